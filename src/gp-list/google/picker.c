#include "gp-list/google/picker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gp-list/google/media-item.h"
#include "gp-list/google/picking-session.h"
#include "gp-list/google/qr.h"
#include "lib/clock.h"
#include "lib/json.h"
#include "lib/mem.h"
#include "lib/msg.h"

#define PAGE_SIZE "100"
#define SESSION_MAX 2000 /* items, says Google */
#define INTERVAL_MIN_MS 50
#define PENDING_TRIES 10

static void
rest(int64_t ms)
{
	struct timespec t;

	if (ms < INTERVAL_MIN_MS)
		ms = INTERVAL_MIN_MS;
	t.tv_sec = (time_t)(ms / 1000);
	t.tv_nsec = (long)(ms % 1000) * 1000000;
	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

static int
nonsense(struct lister *l)
{
	msg(l->what, "Google's answer is no picking session");
	status_raise(&l->status, STATUS_STOPPED);
	return -1;
}

/* What Google says now about the session. */
static enum api_result
refresh(struct lister *l, struct picking_session *s)
{
	struct json_object *answer;
	enum api_result result;
	char *escaped, *url;

	escaped = pages_escape(s->id);
	url = mem_printf("%s/v1/sessions/%s", l->api.picker, escaped);
	result = api_call(&l->api, API_PICKER, "GET", url, NULL, shape_session,
	    &answer);
	free(url);
	free(escaped);
	if (result == API_OK)
		session_read(s, answer);
	json_object_put(answer);
	return result;
}

static int
create(struct lister *l, struct picking_session *s)
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
	if (valid < 0)
		return nonsense(l);
	/* before anybody can pick: what is picked must not be lost */
	if (session_save(s, l) < 0) {
		status_raise(&l->status, STATUS_STOPPED);
		return -1;
	}
	return 0;
}

/* Takes up the kept session, or opens a new one. */
static int
open_session(struct lister *l, struct picking_session *s)
{
	enum api_result result;

	if (session_load(s, l) < 0) {
		status_raise(&l->status, STATUS_STOPPED);
		return -1;
	}
	if (s->id != NULL) {
		result = refresh(l, s);
		if (result == API_OK) {
			msg(l->what,
			    s->listed
				? "listing again what was picked last time: "
				  "Google still has it, so it may not be all "
				  "fetched; the run after this one picks anew"
				: "taking up the session that was opened "
				  "before");
			return 0;
		}
		if (result != API_NOT_FOUND && result != API_BAD)
			return lister_stop(l, result);
		session_forget(s);
		msg_at(1, l->what, "the session opened before is gone");
	}
	return create(l, s);
}

static void
show_link(const struct lister *l, const struct picking_session *s)
{
	char *link;

	link = mem_printf("%s/autoclose", s->uri);
	msg(l->what,
	    "open this link, signed in to the same Google account; "
	    "search for the album by its title, tick its photos and press "
	    "Done: %s",
	    link);
	/* a log or a mail shows no picture */
	if (!l->opt->no_wait)
		qr_show(link);
	free(link);
}

/* The counts of the run say so too: nothing has failed. */
static int
nobody_picked(struct lister *l, const struct picking_session *s)
{
	msg(l->what,
	    "nobody has finished picking yet; pick at %s and run "
	    "this again: the session is taken up until %s",
	    s->uri, s->expires != NULL ? s->expires : "it expires");
	l->waiting = true;
	status_raise(&l->status, STATUS_PERSON);
	return -1;
}

/* Waits until the person pressed Done, asking as often as Google says. */
static int
wait_for_person(struct lister *l, struct picking_session *s)
{
	int64_t deadline = clock_ms() + s->timeout_ms, left;
	enum api_result result;

	while (!s->picked) {
		left = deadline - clock_ms();
		if (left <= 0 || l->opt->no_wait)
			return nobody_picked(l, s);
		rest(left < s->interval_ms ? left : s->interval_ms);
		result = refresh(l, s);
		if (result == API_NOT_FOUND)
			msg(l->what,
			    "the session is gone: run this again for "
			    "a new one");
		if (result != API_OK)
			return lister_stop(l, result);
		/* Google may shorten the time; an answer that never counts
		 * down must not make it endless */
		if (!s->picked && clock_ms() + s->timeout_ms < deadline)
			deadline = clock_ms() + s->timeout_ms;
	}
	return 0;
}

static enum api_result
ask(struct lister *l, void *arg, const char *token, struct json_object **answer)
{
	const struct picking_session *s = arg;
	enum api_result result;
	char *id, *page, *url;
	int tries = 1;

	id = pages_escape(s->id);
	page = pages_escape(token);
	url = mem_printf("%s/v1/mediaItems?sessionId=%s&pageSize=" PAGE_SIZE
			 "%s%s",
	    l->api.picker, id, *token != '\0' ? "&pageToken=" : "", page);
	result = api_call(&l->api, API_PICKER, "GET", url, NULL, shape_picked,
	    answer);
	/* the list may learn of Done later than the session does */
	while (result == API_PENDING && tries++ < PENDING_TRIES) {
		rest(s->interval_ms);
		result = api_call(&l->api, API_PICKER, "GET", url, NULL,
		    shape_picked, answer);
	}
	free(url);
	free(page);
	free(id);
	return result;
}

static bool
is_video(struct json_object *tree, struct json_object *video, const char *mime)
{
	const char *type = json_text(tree, "type");

	return (type != NULL && strcmp(type, "VIDEO") == 0) || video != NULL ||
	    (mime != NULL && strncmp(mime, "video/", 6) == 0);
}

static bool
take(struct lister *l, void *arg, const struct page_item *from)
{
	const struct picking_session *s = arg;
	struct json_object *file = json_get(from->tree, "mediaFile");
	struct json_object *meta = json_get(file, "mediaFileMetadata");
	struct json_object *video = json_get(meta, "videoMetadata");
	struct media_item item = { .from = from, .source = "picker" };

	item.id = json_text(from->tree, "id");
	item.created = json_text(from->tree, "createTime");
	item.filename = media_item_filename(file);
	item.mime = json_text(file, "mimeType");
	item.base_url = json_text(file, "baseUrl");
	item.size = meta;
	item.state = json_text(video, "processingStatus");
	item.video = is_video(from->tree, video, item.mime);
	if (l->opt->albums > 0)
		item.album_title = l->opt->album[0];
	item.session = s->id;
	return media_item_emit(l, &item);
}

/* What is left for the next run needs the session as it is; else it is noted
 * that all was listed, or the session is let go. */
static void
finish(struct lister *l, struct picking_session *s)
{
	if (l->found >= SESSION_MAX)
		msg(l->what,
		    "%d items are all that one session can hold: run "
		    "this again for the rest",
		    SESSION_MAX);
	if (l->left > 0 || lister_full(l))
		return;
	if (s->listed) {
		l->finished = s->file;
		s->file = NULL;
		return;
	}
	/* where this fails the next run lists it again, no harm done */
	s->listed = true;
	session_save(s, l);
}

static int
list_session(struct lister *l, struct picking_session *s)
{
	const struct pages pages = { "mediaItems", ask, take, s };

	if (open_session(l, s) < 0)
		return -1;
	if (!s->picked)
		show_link(l, s);
	if (wait_for_person(l, s) < 0 || pages_walk(l, &pages) < 0)
		return -1;
	finish(l, s);
	return 0;
}

int
picker_list(struct lister *l, const char *arg)
{
	struct picking_session s;
	int result;

	(void)arg;
	if (lister_api(l) == NULL)
		return -1;
	session_init(&s, l);
	result = list_session(l, &s);
	session_release(&s);
	return result;
}
