#include "gp-index/modes/drain.h"

#include <unistd.h>

#include "lib/archive/repo.h"
#include "lib/program/out.h"
#include "lib/record/record-reader.h"
#include "lib/record/record.h"

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
drain(const struct index_options *opt, const char *stage, const char *also,
    const char *code, const char *text)
{
	struct counts counts = { .n = 0 };
	struct record_reader in;
	struct record rec;

	record_init(&rec);
	record_reader_init(&in, STDIN_FILENO);
	while (record_read(&in, &rec)) {
		if (!record_failed(&rec))
			record_mark(&rec, code, text);
		if (also != NULL)
			counts_add(&counts, also, 1);
		counts_add(&counts, "failed", 1);
		record_write(&rec);
	}
	record_reader_release(&in);
	record_release(&rec);
	/* records leave before the counts claim that they did */
	out_flush();
	keep_counts(opt, stage, &counts);
	return STATUS_STOPPED;
}
