/*
 * What of a record concerns the index: which item it is, its album, its
 * metadata; and the statements that keep them.
 */
#ifndef GP_INDEX_ITEMS_ITEM_H
#define GP_INDEX_ITEMS_ITEM_H

#include <stdbool.h>
#include <stdint.h>

#include "gp-index/db/index.h"
#include "gp-index/items/retime.h"
#include "gp-index/items/supersede.h"
#include "gp-index/items/version.h"
#include "lib/digest.h"
#include "lib/record/record.h"

/* Texts are borrowed from the record and live as long as it is unchanged. */
struct item {
	const char *source, *account, *id, *filename;
	const char *session; /* in which it was picked, or NULL */
	uint8_t key[DIGEST_SIZE];
	struct version version; /* of what the source says of it */
	bool proved; /* its id has the sum of an original, which a part of an
		      * export that is whole proves */
};

/* Reads it; D is used for the key. 0, or -1 where REC has no usable id. */
int item_read(struct item *item, struct record *rec, struct digest *d);

/* Whether NAME begins with ITEM's key, as gp-fetch names its staged file. */
bool item_names_file(const struct item *item, const char *name);

struct item_statements {
	struct index *ix;
	sqlite3_stmt *known, *member_known, *before, *any_file;
	sqlite3_stmt *upsert, *album, *album_find, *member;
	sqlite3_stmt *failure, *failure_album, *failure_clear;
	struct retime retime;
	struct supersede supersede;
	struct record inner; /* an object within a record */
	struct digest *digest;
};

/* Prepares its statements; IX must outlive ST. item_statements_release() frees
 * what it holds. */
void item_statements_init(struct item_statements *st, struct index *ix);
void item_statements_release(struct item_statements *st);

/* Whether the item is stored: 1, 0, or -1 with the reason said. *SAME: there is
 * nothing in REC that item_note() would change in the row that is there; true
 * where there is none. */
int item_known(struct item_statements *st, const struct item *item,
    struct record *rec, bool *same);

/* The file that the item is stored as, into SHA256: 1, 0 when it is not
 * stored, or -1 with the reason said. */
int item_file(struct item_statements *st, const struct item *item,
    uint8_t sha256[static DIGEST_SIZE]);

/* The same of the item's key, whatever its source and account. */
int item_file_of_any(struct item_statements *st, const struct item *item,
    uint8_t sha256[static DIGEST_SIZE]);

/* Within a write transaction: keeps the item, its album and session as REC has
 * them, and what it says of the item but where that says something newer: of
 * two that are not dated, REC's is. Judges which copies are superseded by that.
 * FILE is its stored file, NULL when it has none (yet). What came from a
 * damaged part and is proved now becomes an original. 0 or -1. */
int item_note(struct item_statements *st, const struct item *item,
    struct record *rec, const uint8_t *file);

/* The same for an item whose bytes are stored, as FILE: that may make the file
 * an original. REC went through the whole pipe: of two that are not dated, what
 * is there is newer. */
int item_store(struct item_statements *st, const struct item *item,
    struct record *rec, const uint8_t *file);

/* Within a write transaction: keeps what REC (which failed) says of its
 * failure and its album, unless gp-list, gp-fetch or gp-hash failed at what
 * another run has stored. 0 or -1. */
int item_note_failure(struct item_statements *st, struct record *rec);

#endif
