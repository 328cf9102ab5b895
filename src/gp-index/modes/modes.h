/* The modes of gp-index, one file each. Each returns the exit status. */
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

/* Each runs its mode to the end of its input. */
enum status mode_new(const struct index_options *opt);
enum status mode_record(const struct index_options *opt);
enum status mode_export(const struct index_options *opt);
enum status mode_seen(const struct index_options *opt);
enum status mode_packed(const struct index_options *opt);
enum status mode_disc_state(const struct index_options *opt);
enum status mode_accept(const struct index_options *opt);
enum status mode_init(const struct index_options *opt);
enum status mode_stats(const struct index_options *opt);
enum status mode_check(const struct index_options *opt);
enum status mode_backup(const struct index_options *opt);
enum status mode_restore(const struct index_options *opt);
enum status mode_rebuild(const struct index_options *opt);

#endif
