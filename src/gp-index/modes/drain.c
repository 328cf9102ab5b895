#include "gp-index/modes/drain.h"

#include "lib/archive/repo.h"
#include "lib/record/record-drain.h"

static void
keep_counts(const struct index_options *opt, const char *stage,
    const struct counts *counts)
{
	struct repo archive;

	if (opt->dry || repo_open(&archive, opt->cli.archive) < 0)
		return;
	/* where it fails it says so, and this run has failed anyhow */
	(void)repo_count(&archive, stage, counts);
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
