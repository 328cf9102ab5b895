/* How a picking session begins and ends at Google. Nothing else of gp makes or
 * deletes one. */
#ifndef GP_LIST_GOOGLE_SESSION_LIFE_H
#define GP_LIST_GOOGLE_SESSION_LIFE_H

#include "gp-list/google/picking-session.h"

/* Makes a session at Google and keeps it in S. 0, or -1 with the reason said.
 */
int session_begin(struct lister *l, struct picking_session *s);

/* Notes in S, which is about to be listed, which event of the index was the
 * last before its first listing. 0, or -1 with the reason said. */
int session_note_event(struct lister *l, struct picking_session *s);

/* Takes over what Google says now about S; an answer that is no session changes
 * nothing. What the call came to. */
enum api_result session_ask(struct lister *l, struct picking_session *s);

/* Looks after a kept session: where all that it told is stored it is deleted at
 * Google; where it is over, what is lost with it is said. After both there is
 * none (s->id is NULL). 0, or -1 with the reason said: it stays, and nothing
 * may be begun in its place. */
int session_review(struct lister *l, struct picking_session *s);

#endif
