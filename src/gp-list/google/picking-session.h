/*
 * A picking session, kept in .gp/listings with what its listing told, so that
 * nobody has to pick twice: it lives until all of that is stored. What is kept
 * never claims more than is true; claiming less costs one more listing.
 */
#ifndef GP_LIST_GOOGLE_PICKING_SESSION_H
#define GP_LIST_GOOGLE_PICKING_SESSION_H

#include <json-c/json_object.h>
#include <stdbool.h>
#include <stdint.h>

#include "gp-list/google/told.h"
#include "gp-list/lister.h"

struct picking_session {
	char *file; /* its name below .gp/listings; owned */
	char *id; /* owned; NULL: none open */
	char *uri; /* the link for the person; owned */
	char *expires; /* RFC 3339, or NULL; owned */
	int64_t after; /* the index's last event before it was listed first:
			* what was accepted by then had not been picked in it */
	bool picked; /* the person pressed Done */
	bool listed; /* a listing of what was picked has begun */
	bool whole; /* the last one saw all of it */
	bool damaged; /* its file is; said */
	bool refused; /* Google's last answer for it was 400; said */
	bool elsewhere; /* another gp-list was listing as it was looked after */
	struct told told;
	struct told before; /* while a listing is under way: what was told */
	int64_t interval_ms, timeout_ms; /* as Google said last */
	int sharing; /* our share in the lock of who lists; -1: none */
};

/* No session yet. FILE is its name; NULL: that of the account's and album's
 * open one. session_release() frees what it holds. */
void session_init(struct picking_session *s, const struct lister *l,
    const char *file);
void session_release(struct picking_session *s);

/* Waits until no other gp-list looks for a session or begins one; what it
 * returns is closed in the end, or -1 with the reason said. */
int session_lock(struct lister *l);

/* Says to others, until session_release(), that S is being listed. 0, also
 * where that is so already, or -1 with the reason said. */
int session_share(struct picking_session *s, struct lister *l);

/* Whether another gp-list lists a session: 1, 0, or -1 with the reason said. */
int session_is_listed_elsewhere(struct lister *l);

/* Takes over what Google's PickingSession says; -1 where that is none. */
int session_read(struct picking_session *s, struct json_object *answer);

/* Keeps the session; 0, or -1 with the reason said. */
int session_save(const struct picking_session *s, struct lister *l);

/* Reads the kept session; where there is none s->id stays NULL. -1 with the
 * reason said where the archive or the file can't be read. */
int session_load(struct picking_session *s, struct lister *l);

/* Forgets the session, which is over, and its file. 0, or -1 with the reason
 * said. */
int session_drop(struct picking_session *s, struct lister *l);

/* Keeps the session under another name, and is ready for a new one. 0, or -1
 * with the reason said. */
int session_set_aside(struct picking_session *s, struct lister *l);

/* From now on S is kept where it went when another gp-list set it aside. */
void session_follow(struct picking_session *s, const struct lister *l);

/* The names of all sessions of this account and album that were set aside, *N
 * of them; the caller frees names and array. NULL with the reason said. */
char **session_aside(struct lister *l, size_t *n);

/* The album that all that is picked goes to; NULL where none was asked for.
 * Borrowed. */
const char *session_album(const struct lister *l);

#endif
