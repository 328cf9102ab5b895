/*
 * The picking session that is open: kept in .gp/listings, so that one that
 * was opened and not finished is taken up again within its seven days. One
 * that was listed may still have failed to download (gp-fetch deletes at
 * Google those that did not), so it is listed once more before it is let go:
 * nobody should have to pick twice.
 */
#ifndef GP_LIST_GOOGLE_PICKING_SESSION_H
#define GP_LIST_GOOGLE_PICKING_SESSION_H

#include <json-c/json_object.h>
#include <stdbool.h>
#include <stdint.h>

#include "gp-list/lister.h"

struct picking_session {
	char *file; /* its name below .gp/listings; owned */
	char *id; /* owned; NULL: none open */
	char *uri; /* the link for the person; owned */
	char *expires; /* RFC 3339, or NULL; owned */
	bool picked; /* the person pressed Done */
	bool listed; /* all of it, by an earlier run */
	int64_t interval_ms, timeout_ms; /* as Google said last */
};

/* Names the file for this account and album; no session yet. */
void session_init(struct picking_session *s, const struct lister *l);
void session_release(struct picking_session *s);

/* Takes over what Google's PickingSession says; -1 where that is none. */
int session_read(struct picking_session *s, struct json_object *answer);

/* Keeps the session; 0, or -1 with the reason said. */
int session_save(const struct picking_session *s, struct lister *l);

/* Reads the kept session, if there is one and it has not expired; else s->id
 * stays NULL. -1 with the reason said where the archive can't be opened. */
int session_load(struct picking_session *s, struct lister *l);

/* Forgets the session (it is gone at Google). */
void session_forget(struct picking_session *s);

#endif
