/* Whether an item was stored while it was on its way here: by another run of
 * the same album, or by gp-index --record, which adopts what a dead run staged.
 */
#ifndef GP_FETCH_STORED_H
#define GP_FETCH_STORED_H

#include <pthread.h>
#include <stdbool.h>

#include "lib/archive/repo.h"
#include "lib/archive/settled.h"
#include "lib/record/record.h"

struct stored {
	struct settled index; /* under the lock */
	bool unreadable; /* under the lock: said, and asked no more */
	pthread_mutex_t lock;
};

/* 0, or -1 with the reason said; stored_close() after 0 alone. */
int stored_open(struct stored *s, const struct repo *a);
void stored_close(struct stored *s);

/* Whether the item of REC is stored now, though gp-index --new let it pass,
 * which gave it its key: without one nobody has asked the index. Any thread may
 * call this. */
bool stored_check(struct stored *s, struct record *rec);

#endif
