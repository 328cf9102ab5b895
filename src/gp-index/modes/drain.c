#include "gp-index/modes/drain.h"

#include <unistd.h>

#include "lib/archive/repo.h"
#include "lib/archive/run-folder.h"
#include "lib/program/out.h"
#include "lib/record/record-drain.h"

static void
keep_counts(const struct index_options *opt, const char *stage,
    const struct counts *counts)
{
	struct repo archive;

	if (opt->dry || repo_open(&archive, opt->cli.archive) < 0)
		return;
	/* where it fails it says so, and this run has failed anyhow */
	(void)run_count(&archive, stage, counts);
	repo_close(&archive);
}

enum status
drain_input(const struct index_options *opt, const char *stage,
    const char *also, const char *code, const char *text)
{
	struct counts counts = { .n = 0 };

	/* records leave before the counts claim that they did */
	record_drain(&counts, also, code, text);
	keep_counts(opt, stage, &counts);
	return STATUS_STOPPED;
}

_Noreturn void
drain_exit(const struct index_options *opt, const char *stage,
    const struct counts *counts)
{
	/* records leave before the counts claim that they did */
	out_flush();
	keep_counts(opt, stage, counts);
	/* exit(3) would look at what SQLite left */
	_exit((int)out_close(STATUS_STOPPED));
}
