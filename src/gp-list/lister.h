/* What a run of gp-list holds: options, archive, API, spool, counts. */
#ifndef GP_LIST_LISTER_H
#define GP_LIST_LISTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gp-list/spool.h"
#include "lib/archive/repo.h"
#include "lib/google/api.h"
#include "lib/program/cli.h"
#include "lib/program/counts.h"
#include "lib/program/status.h"
#include "lib/record/record.h"

struct list_options {
	struct cli cli;
	const char *account; /* --account, else $GP_ACCOUNT, else "default" */
	const char **album; /* each --album; owned */
	size_t albums;
	int64_t limit; /* 0: none */
	bool allow_empty;
	bool list_albums;
	bool no_wait; /* picker: waits for nobody */
	char **source; /* of argv */
	size_t sources;
};

struct lister {
	const struct list_options *opt;
	struct repo archive;
	bool has_archive;
	bool scratch; /* `archive` is a temporary folder */
	struct api api;
	bool api_ready;
	struct spool spool;
	const char *what; /* the SOURCE at hand, for messages */
	int64_t left; /* items of the source at hand left for the next run */
	int64_t found; /* by the source at hand: records, and items left */
	/* of the whole run: "listed" (records), of which "failed" have an
	 * error; "left" because they are not ready; "waiting": a picking
	 * session is open, and nobody has pressed Done */
	struct counts counts;
	enum status status;
};

/* Ready to emit; OPT must outlive L. */
void lister_init(struct lister *l, const struct list_options *opt);

/* Waits for the last record to leave, then frees. */
void lister_release(struct lister *l);

/* The archive, opened at first use; NULL where there is none, for a listing
 * alone needs none. */
const struct repo *lister_open_archive(struct lister *l);

/* The same for what needs one: 0, or -1 with the reason said where there is
 * none, or its index is not its own. */
int lister_need_archive(struct lister *l);

/* The archive, or where there is none a temporary folder in its place, for as
 * long as L lives. NULL with the reason said. */
const struct repo *lister_make_scratch(struct lister *l);

/* The API, ready to call; NULL with the reason said. */
struct api *lister_open_api(struct lister *l);

/* Counts REC and sends it to the spool. false: --limit is reached, ask for no
 * more. */
bool lister_emit(struct lister *l, const struct record *rec);

/* Whether --limit is reached. */
bool lister_full(const struct lister *l);

/* Says that an item (NAME) is not listed this time, and why. */
void lister_leave(struct lister *l, const char *name, const char *why);

/* Says why the source at hand can't go on after an API call with RESULT, and
 * raises the status; always -1. */
int lister_stop(struct lister *l, enum api_result result);

/* Sets "album":{"id":ID,"title":TITLE}; without an ID the title in NFC is it.
 * Nothing without a TITLE. */
void lister_set_album(struct record *rec, const char *id, const char *title);

/* Bytes of RECORD_MAX that are left to later stages: for key, file, sums, path,
 * status, an error. */
#define RECORD_ROOM ((size_t)64 * 1024)

/* Sets `metadata`, N bytes of valid JSON, once all else but an album is set.
 * Where less than RECORD_ROOM would be left it is not set, which is said: the
 * photo matters more. Absent, unlike null, it lets stand what the index has. */
void lister_set_metadata(struct record *rec, const char *json, size_t n);

#endif
