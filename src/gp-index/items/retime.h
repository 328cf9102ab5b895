/* The time that a file of the archive shows: when it was taken. */
#ifndef GP_INDEX_ITEMS_RETIME_H
#define GP_INDEX_ITEMS_RETIME_H

#include "gp-index/db/index.h"
#include "lib/record/record.h"

/* Gives the file NAME in DIR the time that REC says it was taken, if it says
 * one. That it can't is no failure: a file system that can't hold the time
 * still holds the file. */
void retime_name(int dir, const char *name, struct record *rec);

/* In SQL, an order of the items i of one file, that first which says when it
 * was taken: of several sources or accounts the first one counts, a folder only
 * where there is no other, for it has but the time of the copy; of several
 * items of that one, which a photo becomes that gets another name, the one
 * that said so last. A listing from the future is no later than one without a
 * time.
 */
#define RETIME_ORDER                                                           \
	"i.taken IS NULL, i.source = 'dir', (SELECT min(o.item) FROM item o "  \
	"WHERE o.file = i.file AND o.source = i.source "                       \
	"AND o.account = i.account "                                           \
	"AND (o.taken IS NULL) = (i.taken IS NULL)), "                         \
	"iif(i.taken_as_of <= " INDEX_NOW                                      \
	", i.taken_as_of, NULL) DESC, i.item"

/* In SQL, of file f: when it was taken. Its items may say different things. */
#define RETIME_TAKEN                                                           \
	"ifnull((SELECT i.taken FROM item i WHERE i.file = f.sha256 "          \
	"ORDER BY " RETIME_ORDER " LIMIT 1), f.taken)"

struct retime {
	struct index *ix;
	sqlite3_stmt *find, *set;
};

/* Prepares its statements; IX must outlive R. retime_release() finalizes. */
void retime_init(struct retime *r, struct index *ix);
void retime_release(struct retime *r);

/* Within a write transaction: where the index has another time for the file
 * SHA256 than its items say, REC's the last of them, it gets that; on the disk
 * too, if the file lies there as it was stored, to the nanosecond where REC
 * says the same time. 0 or -1. */
int retime_file(struct retime *r, const uint8_t sha256[static DIGEST_SIZE],
    struct record *rec);

#endif
