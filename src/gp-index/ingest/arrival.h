/* One record on its way into the archive, and how far it came. */
#ifndef GP_INDEX_INGEST_ARRIVAL_H
#define GP_INDEX_INGEST_ARRIVAL_H

#include "gp-index/ingest/incoming.h"
#include "gp-index/items/item.h"
#include "lib/record/record.h"

enum arrival_state {
	ARRIVAL_READ, /* the record is here */
	ARRIVAL_PROVED, /* its bytes are durable and what it says, or gone */
	ARRIVAL_ANNOUNCED, /* the index has these bytes, or a row for them */
	ARRIVAL_NAMED, /* they lie where the index says */
	ARRIVAL_STORED, /* and the index says that they do */
	ARRIVAL_FAILED /* the record has an `error` */
};

/* What it brings, once it is announced. */
enum arrival_bytes {
	ARRIVAL_NEW, /* bytes the archive did not have */
	ARRIVAL_OWED, /* such that a list of checksums names at PATH */
	ARRIVAL_TWIN, /* an earlier record of this batch brings them */
	ARRIVAL_KNOWN /* it has them, or had */
};

/* What lies beside its staged file, if that is there no more: the record of a
 * run that died may be of the same photo, from another account or album. */
enum arrival_beside {
	BESIDE_OWN, /* its own, or none */
	BESIDE_PROVED, /* another, of the bytes that are stored */
	BESIDE_OTHER /* another, of which that can't be told: the sweep's */
};

struct arrival {
	struct record rec;
	struct item item;
	struct incoming staged;
	enum arrival_state state;
	enum arrival_bytes bytes;
	char *path; /* below the archive, once announced; owned */
	enum arrival_beside beside;
};

/* Whether they are new to the index. */
static inline bool
arrival_is_new(const struct arrival *a)
{
	return a->bytes == ARRIVAL_NEW || a->bytes == ARRIVAL_OWED;
}

/* Fails A's record, as record_fail(), and so A. */
#define arrival_fail(a, ...)                                                   \
	((void)((a)->state = ARRIVAL_FAILED),                                  \
	    record_fail(&(a)->rec, __VA_ARGS__))

#endif
