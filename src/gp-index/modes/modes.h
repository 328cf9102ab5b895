/* The modes of gp-index, one file each. Each runs to the end of its input, says
 * what went wrong and returns the exit status. */
#ifndef GP_INDEX_MODES_MODES_H
#define GP_INDEX_MODES_MODES_H

#include <stdbool.h>

#include "lib/program/cli.h"
#include "lib/program/status.h"

struct index_options {
	struct cli cli;
	bool dry; /* -n */
	const char *folder;
	const char *album;
	bool unpacked;
	const char *missing_from;
	const char *disc;
	bool full; /* --stats --full */
	const char *copy; /* --seen COPY */
	const char *file; /* --backup, --restore FILE */
	const char *id, *reason; /* --accept ID REASON */
	const char *label, *state; /* --disc-state LABEL STATE */
};

/* --new: records in; out go those that are not stored yet. */
enum status mode_new(const struct index_options *opt);

/* --record: stores the staged files of the records, and passes these on. */
enum status mode_record(const struct index_options *opt);

/* --export: a record out for each stored file that is asked for. */
enum status mode_export(const struct index_options *opt);

/* --seen COPY: checked records in; notes what COPY proves to have. */
enum status mode_seen(const struct index_options *opt);

/* --packed: notes what gp-pack put on discs, and passes the records on. */
enum status mode_packed(const struct index_options *opt);

/* --disc-state LABEL STATE: notes what became of a disc. */
enum status mode_disc_state(const struct index_options *opt);

/* --accept ID REASON: settles a permanent failure for good. */
enum status mode_accept(const struct index_options *opt);

/* --init: makes an archive of a new or empty folder, once. */
enum status mode_init(const struct index_options *opt);

/* --stats [--full]: counts to standard output. */
enum status mode_stats(const struct index_options *opt);

/* --check: whether the index and the files on disk agree. */
enum status mode_check(const struct index_options *opt);

/* --backup FILE: a checked copy of the index. */
enum status mode_backup(const struct index_options *opt);

/* --restore FILE: puts such a copy in the place of the index. */
enum status mode_restore(const struct index_options *opt);

/* --rebuild: makes an index from what lies in the archive. */
enum status mode_rebuild(const struct index_options *opt);

#endif
