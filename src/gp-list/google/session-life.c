#include "gp-list/google/session-life.h"

#include <stdlib.h>

#include "gp-list/google/pages.h"
#include "lib/mem.h"
#include "lib/program/msg.h"

static int
stopped(struct lister *l)
{
	status_raise(&l->status, STATUS_STOPPED);
	return -1;
}

/* METHOD on the session; *ANSWER is the caller's. */
static enum api_result
call(struct lister *l, const struct picking_session *s, const char *method,
    const struct shape *shape, struct json_object **answer)
{
	enum api_result result;
	char *escaped, *url;

	escaped = pages_escape(s->id);
	url = mem_printf("%s/v1/sessions/%s", l->api.picker, escaped);
	result = api_call(&l->api, API_PICKER, method, url, NULL, shape,
	    answer);
	free(url);
	free(escaped);
	return result;
}

enum api_result
session_ask(struct lister *l, struct picking_session *s)
{
	struct json_object *answer;
	enum api_result result;

	result = call(l, s, "GET", shape_session, &answer);
	if (result == API_OK)
		session_read(s, answer);
	json_object_put(answer);
	return result;
}

static enum api_result
delete_session(struct lister *l, const struct picking_session *s)
{
	static const struct shape nothing[] = { { .name = NULL } };
	struct json_object *answer;
	enum api_result result;

	result = call(l, s, "DELETE", nothing, &answer);
	json_object_put(answer);
	return result;
}

/* Ends one that can't be kept, and whose link nobody has seen: a disk that
 * stays full leaves none at Google with each try. */
static int
undo(struct lister *l, struct picking_session *s)
{
	(void)delete_session(l, s);
	/* it may be there though it can't be told to be durable */
	(void)session_drop(s, l);
	return stopped(l);
}

int
session_begin(struct lister *l, struct picking_session *s)
{
	struct json_object *answer;
	enum api_result result;
	char *url;
	int valid;

	url = mem_printf("%s/v1/sessions", l->api.picker);
	result = api_call(&l->api, API_PICKER, "POST", url, "{}", shape_session,
	    &answer);
	free(url);
	if (result != API_OK)
		return lister_stop(l, result);
	valid = session_read(s, answer);
	json_object_put(answer);
	if (valid < 0) {
		msg(l->what, "Google's answer is no picking session");
		return stopped(l);
	}
	/* before anybody can pick: what is picked must not be lost */
	return session_save(s, l) < 0 ? undo(l, s) : 0;
}

/* All of it is stored: Google may forget it, as it does by itself in time. */
static int
let_go(struct lister *l, struct picking_session *s)
{
	enum api_result result = delete_session(l, s);

	if (result != API_OK && result != API_NOT_FOUND && result != API_BAD) {
		msg(l->what,
		    "all that was picked is stored, but the session can't be "
		    "deleted");
		return lister_stop(l, result);
	}
	if (result == API_BAD)
		msg(l->what,
		    "all that was picked is stored; Google did not delete the "
		    "session (%s), which ends by itself",
		    l->api.message);
	else
		msg_at(1, l->what,
		    "all that was picked is stored: the session is deleted");
	return session_drop(s, l) < 0 ? stopped(l) : 0;
}

/* What is lost with the session. */
static void
say_over(struct lister *l, const struct picking_session *s, int lost,
    int misplaced)
{
	if (lost > 0)
		msg(l->what,
		    "the session picked before is over: %d of its items are "
		    "lost%s",
		    lost, s->whole ? "" : ", and what was never listed");
	else if (misplaced > 0)
		msg(l->what,
		    "the session picked before is over: %d of its items are "
		    "stored, but not in its album%s",
		    misplaced,
		    s->whole ? "" : "; what was never listed is lost");
	else if (!s->whole)
		msg(l->what,
		    "the session %s before is over: what may have been picked "
		    "in it and was never listed is lost",
		    s->listed ? "picked" : "opened");
}

/* It is over, and what of it is not stored can't be had any more. */
static int
give_up(struct lister *l, struct picking_session *s, struct settled *index)
{
	int lost, misplaced;

	if (told_say_lost(&s->told, index, l->opt->account, session_album(l),
		&lost, &misplaced) < 0)
		return stopped(l);
	say_over(l, s, lost, misplaced);
	/* in a link that nobody is known to have used nothing was lost */
	if (s->listed && (lost + misplaced > 0 || !s->whole))
		status_raise(&l->status, STATUS_SOME);
	return session_drop(s, l) < 0 ? stopped(l) : 0;
}

/* Whether it is over only Google tells: the clock here may be wrong, and a 400
 * may mean this request, not the session. */
static int
review(struct lister *l, struct picking_session *s, struct settled *index)
{
	enum api_result result;
	int settled = 0, elsewhere;

	if (s->whole)
		settled = told_settled(&s->told, index, l->opt->account,
		    session_album(l));
	/* one that another run lists is let go of by a later one */
	elsewhere = session_is_listed_elsewhere(l);
	if (settled < 0 || elsewhere < 0)
		return stopped(l);
	if (settled > 0 && elsewhere == 0)
		return let_go(l, s);
	result = session_ask(l, s);
	if (result == API_NOT_FOUND)
		return give_up(l, s, index);
	s->refused = result == API_BAD;
	s->elsewhere = elsewhere > 0;
	return result == API_OK ? 0 : lister_stop(l, result);
}

int
session_note_event(struct lister *l, struct picking_session *s)
{
	struct settled index;
	int64_t event = -1;

	if (settled_open(&index, &l->archive) == 0)
		event = settled_last_event(&index);
	settled_close(&index);
	if (event < 0)
		return stopped(l);
	/* an index that was made anew begins again with its events */
	if (!s->listed || s->after > event)
		s->after = event;
	return 0;
}

int
session_review(struct lister *l, struct picking_session *s)
{
	struct settled index;
	int result;

	if (s->id == NULL)
		return 0;
	result = settled_open(&index, &l->archive);
	/* what was accepted before it was picked again is to be had again */
	index.after = s->after;
	result = result == 0 ? review(l, s, &index) : stopped(l);
	settled_close(&index);
	return result;
}
