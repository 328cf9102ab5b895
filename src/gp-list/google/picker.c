#include "gp-list/google/picker.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gp-list/google/media-item.h"
#include "gp-list/google/picking-session.h"
#include "gp-list/google/qr.h"
#include "gp-list/google/session-life.h"
#include "lib/clock.h"
#include "lib/google/page-url.h"
#include "lib/mem.h"
#include "lib/program/msg.h"
#include "lib/record/json.h"

#define SESSION_MAX 2000 /* items, says Google */
#define INTERVAL_MIN_MS 50
#define PENDING_TRIES 10

static void
rest(int64_t ms)
{
	clock_sleep(ms < INTERVAL_MIN_MS ? INTERVAL_MIN_MS : ms);
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
	if (counts_get(&l->counts, "waiting") == 0)
		counts_add(&l->counts, "waiting", 1);
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
		result = session_ask(l, s);
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

static bool
is_same_session(const struct picking_session *a,
    const struct picking_session *b)
{
	return a->id != NULL && strcmp(a->id, b->id) == 0;
}

/* Takes to NOW what is kept of S: in its file, or where another gp-list has set
 * it aside meanwhile. 0, also where it is in neither, or -1 with the reason
 * said. */
static int
load_kept(struct lister *l, struct picking_session *s,
    struct picking_session *now)
{
	session_init(now, l, s->file);
	if (session_load(now, l) < 0)
		return -1;
	if (is_same_session(now, s))
		return 0;
	session_release(now);
	session_follow(s, l);
	session_init(now, l, s->file);
	return session_load(now, l);
}

/* Adds what another gp-list of S has kept in NOW: it may have told more, and
 * earlier, and not have told all yet. */
static void
merge(struct picking_session *s, const struct picking_session *now)
{
	size_t n = s->told.n;

	told_merge(&s->told, &now->told);
	s->whole = s->whole && s->told.n == n;
	if (now->after < s->after)
		s->after = now->after;
}

/* Keeps S, unless it is gone. Where it can't be kept the run is no success, and
 * this is -1. */
static int
keep(struct lister *l, struct picking_session *s)
{
	struct picking_session now;
	int lock = session_lock(l), result;

	if (lock < 0) {
		status_raise(&l->status, STATUS_STOPPED);
		return -1;
	}
	result = load_kept(l, s, &now);
	if (result == 0 && is_same_session(&now, s)) {
		merge(s, &now);
		result = session_save(s, l);
	}
	if (result < 0)
		status_raise(&l->status, STATUS_STOPPED);
	session_release(&now);
	close(lock);
	return result;
}

static enum api_result
ask(struct lister *l, void *arg, const char *token, struct json_object **answer)
{
	struct picking_session *s = arg;
	enum api_result result;
	char *url;
	int tries = 1;

	url = page_url(l->api.picker, "mediaItems", s->id, API_PAGE_SIZE,
	    token);
	result = api_call(&l->api, API_PICKER, "GET", url, NULL, shape_picked,
	    answer);
	/* the list may learn of Done later than the session does */
	while (result == API_PENDING && tries++ < PENDING_TRIES) {
		rest(s->interval_ms);
		result = api_call(&l->api, API_PICKER, "GET", url, NULL,
		    shape_picked, answer);
	}
	free(url);
	return result;
}

/* Keeps what a page names before anything of it leaves: killed from then on, it
 * is known by name. What was told before stays told, though this listing shows
 * it no more: what was picked does not change, and none of it is let go of
 * unstored. */
static int
foretell(struct lister *l, void *arg, struct json_object *items)
{
	struct picking_session *s = arg;
	struct told now = s->told;
	struct json_object *item;
	size_t i, n = json_object_array_length(items);
	int result;

	memset(&s->told, 0, sizeof(s->told));
	told_merge(&s->told, &now);
	for (i = 0; i < n; i++) {
		item = json_object_array_get_idx(items, i);
		told_add(&s->told, json_text(item, "id"),
		    media_item_filename(json_get(item, "mediaFile")), false);
	}
	told_merge(&s->told, &s->before);
	result = keep(l, s);
	told_release(&s->told);
	s->told = now;
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
	struct picking_session *s = arg;
	struct json_object *file = json_get(from->tree, "mediaFile");
	struct json_object *meta = json_get(file, "mediaFileMetadata");
	struct json_object *video = json_get(meta, "videoMetadata");
	struct media_item item = { .from = from, .source = "picker" };
	int64_t left;
	bool more;

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
	left = l->left;
	more = media_item_emit(l, &item);
	told_add(&s->told, item.id, item.filename, l->left > left);
	return more;
}

/* Before anything of S leaves: killed from here on, something may be lost with
 * it, and what a listing before told need not be all. 0, or -1 with the reason
 * said. */
static int
begin_listing(struct lister *l, struct picking_session *s)
{
	if (session_note_event(l, s) < 0)
		return -1;
	s->listed = true;
	s->whole = false;
	return keep(l, s);
}

/* Lists what was picked. */
static int
list_picked(struct lister *l, struct picking_session *s)
{
	const struct pages pages = { "mediaItems", ask, take, s, foretell };
	bool any;
	int result;

	if (begin_listing(l, s) < 0)
		return -1;
	s->before = s->told;
	memset(&s->told, 0, sizeof(s->told));
	result = pages_walk(l, &pages);
	if (s->told.n >= SESSION_MAX)
		msg(l->what,
		    "%d items are all that one session can hold: run "
		    "this again for the rest",
		    SESSION_MAX);
	/* who pressed Done has picked something: nothing is not all */
	any = s->told.n > 0;
	told_merge(&s->told, &s->before);
	told_release(&s->before);
	s->whole = result == 0 && any && !lister_full(l);
	/* where it broke off, all that it told is kept already */
	if (result == 0)
		(void)keep(l, s);
	return result;
}

/* With the lock held: two runs must not let go of what the other lists. */
static int
share_picked(struct lister *l, struct picking_session *s)
{
	return s->id != NULL && s->picked ? session_share(s, l) : 0;
}

static int
load_and_review(struct lister *l, struct picking_session *s)
{
	int lock = session_lock(l), result;

	if (lock < 0)
		return -1;
	result = session_load(s, l) < 0 || session_review(l, s) < 0 ||
		share_picked(l, s) < 0
	    ? -1
	    : 0;
	close(lock);
	return result;
}

/* Looks after a session that `picker:new` set aside: what was picked in it and
 * is not stored is listed too. 0, or -1 with the reason said. */
static int
list_aside(struct lister *l, const char *file)
{
	struct picking_session s;
	int result = -1;

	session_init(&s, l, file);
	if (load_and_review(l, &s) == 0)
		result = s.id != NULL && s.picked ? list_picked(l, &s) : 0;
	if (s.refused)
		msg(file,
		    "where Google goes on refusing this session, which is over "
		    "seven days after it began, remove its file from "
		    ".gp/listings");
	/* of no use to anybody, and said once */
	if (result == 0 && s.damaged)
		result = session_drop(&s, l);
	session_release(&s);
	return result;
}

/* One that can't be listed keeps no other waiting, nor the open one: what was
 * picked in that may be over before the first is mended. */
static int
list_all_aside(struct lister *l)
{
	size_t i, n;
	char **names = session_aside(l, &n);

	if (names == NULL)
		return -1;
	for (i = 0; i < n; i++) {
		if (!lister_full(l) && list_aside(l, names[i]) < 0) {
			msg(names[i],
			    "this session, which was set aside, is tried again "
			    "next time");
			status_raise(&l->status, STATUS_STOPPED);
		}
		free(names[i]);
	}
	free(names);
	return 0;
}

static void
say_taken_up(const struct lister *l, const struct picking_session *s)
{
	if (s->elsewhere && s->listed)
		msg(l->what,
		    "listing again what was picked last time: another gp-list "
		    "is listing at this moment");
	else if (s->listed)
		msg(l->what,
		    "listing again what was picked last time: not all of it is "
		    "stored yet");
	else
		msg(l->what, "taking up the session that was opened before");
}

/* Takes up the kept session, or begins another. */
static int
open_session(struct lister *l, struct picking_session *s, bool another)
{
	if (another) {
		if (s->id != NULL && session_set_aside(s, l) < 0)
			return -1;
	} else if (session_review(l, s) < 0) {
		if (s->refused)
			msg(l->what,
			    "where Google goes on refusing the session that "
			    "was kept, picker:new begins another");
		return -1;
	}
	if (s->id == NULL)
		return session_begin(l, s);
	say_taken_up(l, s);
	return 0;
}

/* Reads the kept session and opens it, or begins one: of several gp-lists at
 * once the first does, and the others take that up. */
static int
load_and_open(struct lister *l, struct picking_session *s, bool another)
{
	int lock = session_lock(l), result;

	if (lock < 0)
		return -1;
	result = session_load(s, l) < 0 || open_session(l, s, another) < 0 ||
		share_picked(l, s) < 0
	    ? -1
	    : 0;
	close(lock);
	return result;
}

static int
list_session(struct lister *l, struct picking_session *s, bool another)
{
	if (lister_need_archive(l) < 0 || (!another && list_all_aside(l) < 0))
		return -1;
	if (lister_full(l))
		return 0;
	if (load_and_open(l, s, another) < 0)
		return -1;
	if (!s->picked)
		show_link(l, s);
	if (wait_for_person(l, s) < 0 || session_share(s, l) < 0)
		return -1;
	return list_picked(l, s);
}

int
picker_list(struct lister *l, const char *arg)
{
	struct picking_session s;
	int result;

	if (lister_open_api(l) == NULL)
		return -1;
	session_init(&s, l, NULL);
	result = list_session(l, &s, strcmp(arg, "new") == 0);
	session_release(&s);
	return result;
}
