#include "gp-list/google/picking-session.h"

#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "lib/files/file.h"
#include "lib/files/publish.h"
#include "lib/fnv.h"
#include "lib/mem.h"
#include "lib/num.h"
#include "lib/program/msg.h"
#include "lib/record/json-member.h"
#include "lib/record/json.h"

#define FILE_MAX ((size_t)16 * 1024 * 1024) /* of 2,000 items */
#define LISTED_LOCK "picker.lock" /* shared by who lists a session */
#define ASIDE_PREFIX "old-" /* before the name of one that was set aside */
#define INTERVAL_MS 5000 /* where Google says nothing */
#define INTERVAL_MAX_MS 60000
#define TIMEOUT_MS (30 * 60 * 1000)
#define TIMEOUT_MAX_S (8 * 24 * 3600.0) /* a session lives seven days */

const char *
session_album(const struct lister *l)
{
	return l->opt->albums > 0 ? l->opt->album[0] : NULL;
}

/* "picker-ACCOUNT"; with an album its hash too, so that sessions for several
 * albums can be open side by side. The caller frees. */
static char *
state_stem(const struct lister *l)
{
	const char *p, *album = session_album(l);
	struct buf name;
	char *stem;

	buf_init(&name, 4096);
	buf_adds(&name, "picker-");
	for (p = l->opt->account; *p != '\0'; p++) {
		if (isalnum((unsigned char)*p) || strchr("@._-", *p) != NULL)
			buf_addc(&name, *p);
		else
			buf_printf(&name, "%%%02X", (unsigned char)*p);
	}
	if (album != NULL)
		buf_printf(&name, "-%016" PRIx64, fnv_text(album));
	stem = mem_strdup(name.data);
	buf_release(&name);
	return stem;
}

int
session_lock(struct lister *l)
{
	int folder = repo_folder(&l->archive, "listings");

	if (folder >= 0 && file_lock(folder, LOCK_EX) < 0) {
		msg(l->archive.path, "cannot lock .gp/listings: %s",
		    file_lock_reason(errno));
		close(folder);
		folder = -1;
	}
	return folder;
}

/* The lock of who lists a session, opened, with MORE flags; -1 with errno, the
 * reason said but where it is not there. */
static int
open_listed(struct lister *l, int more)
{
	int folder = repo_folder(&l->archive, "listings");
	int fd = folder < 0 ? -1
			    : openat(folder, LISTED_LOCK,
				  O_RDWR | more | O_NOFOLLOW | O_CLOEXEC, 0666);
	int error = folder < 0 ? EIO : errno;

	if (folder >= 0 && fd < 0 && (error != ENOENT || more != 0))
		msg(l->archive.path, ".gp/listings/" LISTED_LOCK ": %s",
		    strerror(errno));
	if (folder >= 0)
		close(folder);
	errno = error;
	return fd;
}

static int
complain_locked(struct lister *l, int fd)
{
	msg(l->archive.path, "cannot lock .gp/listings/" LISTED_LOCK ": %s",
	    file_lock_reason(errno));
	close(fd);
	return -1;
}

int
session_share(struct picking_session *s, struct lister *l)
{
	int fd;

	if (s->sharing >= 0)
		return 0;
	fd = open_listed(l, O_CREAT);
	if (fd >= 0 && file_lock(fd, LOCK_SH) < 0)
		return complain_locked(l, fd);
	s->sharing = fd;
	return fd < 0 ? -1 : 0;
}

int
session_is_listed_elsewhere(struct lister *l)
{
	int fd = open_listed(l, 0);
	bool held;

	if (fd < 0)
		return errno == ENOENT ? 0 : -1;
	held = flock(fd, LOCK_EX | LOCK_NB) < 0;
	if (held && errno != EWOULDBLOCK)
		return complain_locked(l, fd);
	close(fd);
	return held;
}

void
session_init(struct picking_session *s, const struct lister *l,
    const char *file)
{
	char *stem = state_stem(l);

	memset(s, 0, sizeof(*s));
	s->sharing = -1;
	s->after = SETTLED_NO_EVENT;
	s->file = file != NULL ? mem_strdup(file) : mem_printf("%s.json", stem);
	free(stem);
}

static void
forget(struct picking_session *s)
{
	free(s->id);
	free(s->uri);
	free(s->expires);
	s->id = s->uri = s->expires = NULL;
	s->after = SETTLED_NO_EVENT;
	s->picked = s->listed = s->whole = false;
	s->refused = s->elsewhere = false;
	told_release(&s->told);
	told_release(&s->before);
}

void
session_release(struct picking_session *s)
{
	forget(s);
	free(s->file);
	s->file = NULL;
	if (s->sharing >= 0)
		close(s->sharing);
	s->sharing = -1;
}

/* A Duration ("5s", "3.5s") in milliseconds; OTHERWISE where it is none. */
static int64_t
duration_ms(struct json_object *o, const char *name, int64_t otherwise)
{
	const char *s = json_text(o, name);
	char *end;
	double seconds;

	if (s == NULL || !isdigit((unsigned char)*s))
		return otherwise;
	seconds = strtod(s, &end);
	if (strcmp(end, "s") != 0 || !isfinite(seconds))
		return otherwise;
	if (seconds > TIMEOUT_MAX_S)
		seconds = TIMEOUT_MAX_S;
	return (int64_t)(seconds * 1000);
}

static void
replace(char **kept, const char *value)
{
	if (value == NULL)
		return;
	free(*kept);
	*kept = mem_strdup(value);
}

static bool
is_true(struct json_object *o)
{
	return json_object_is_type(o, json_type_boolean) &&
	    json_object_get_boolean(o);
}

int
session_read(struct picking_session *s, struct json_object *answer)
{
	struct json_object *polling = json_get(answer, "pollingConfig");

	replace(&s->id, json_text(answer, "id"));
	replace(&s->uri, json_text(answer, "pickerUri"));
	replace(&s->expires, json_text(answer, "expireTime"));
	s->picked = is_true(json_get(answer, "mediaItemsSet"));
	s->interval_ms = duration_ms(polling, "pollInterval", INTERVAL_MS);
	if (s->interval_ms > INTERVAL_MAX_MS)
		s->interval_ms = INTERVAL_MAX_MS;
	s->timeout_ms = duration_ms(polling, "timeoutIn", TIMEOUT_MS);
	return s->id != NULL && s->uri != NULL ? 0 : -1;
}

int
session_save(const struct picking_session *s, struct lister *l)
{
	struct buf text;
	int folder, result = -1;

	folder = repo_folder(&l->archive, "listings");
	if (folder < 0)
		return -1;
	buf_init(&text, FILE_MAX);
	buf_addc(&text, '{');
	json_add_text(&text, "id", s->id);
	json_add_text(&text, "pickerUri", s->uri);
	json_add_text(&text, "expireTime", s->expires);
	json_add_text(&text, "account", l->opt->account);
	json_add_text(&text, "album", session_album(l));
	json_add_int(&text, "afterEvent", s->after);
	json_add_bool(&text, "listed", s->listed);
	json_add_bool(&text, "whole", s->whole);
	told_write(&s->told, &text);
	buf_adds(&text, "}\n");
	if (text.overflowed)
		msg(s->file, "the session is too long to keep");
	else if (publish_bytes(folder, s->file, text.data, text.len, 0600) < 0)
		msg(s->file, "cannot keep the session in .gp/listings: %s",
		    strerror(errno));
	else
		result = 0;
	buf_release(&text);
	close(folder);
	return result;
}

static bool
same(const char *a, const char *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	return strcmp(a, b) == 0;
}

/* A session of another account or album is as good as none. One of an earlier
 * gp does not say what was told: it is listed again. */
static void
take_over(struct picking_session *s, struct lister *l, const struct buf *text)
{
	struct json_object *o = json_parse(text->data, text->len);
	const char *account = json_text(o, "account");
	const char *album = json_text(o, "album");

	if (session_read(s, o) < 0) {
		msg(s->file,
		    "the session kept in .gp/listings is damaged: what was "
		    "picked in it, and is not stored yet, is to be picked "
		    "again");
		status_raise(&l->status, STATUS_SOME);
		forget(s);
		s->damaged = true;
	} else if (!same(account, l->opt->account) ||
	    !same(album, session_album(l))) {
		forget(s);
	} else {
		(void)json_int(o, "afterEvent", &s->after);
		s->listed = is_true(json_get(o, "listed"));
		s->whole = told_read(&s->told, o) == 0 && s->told.n > 0 &&
		    is_true(json_get(o, "whole"));
	}
	json_object_put(o);
}

int
session_load(struct picking_session *s, struct lister *l)
{
	struct buf text;
	int folder, result = 0;

	if (lister_need_archive(l) < 0)
		return -1;
	folder = repo_folder(&l->archive, "listings");
	if (folder < 0)
		return -1;
	buf_init(&text, FILE_MAX);
	if (file_load(folder, s->file, &text) == 0) {
		take_over(s, l, &text);
	} else if (errno != ENOENT) {
		msg(s->file, "cannot read the kept session: %s",
		    file_reason(errno));
		result = -1;
	}
	buf_release(&text);
	close(folder);
	return result;
}

int
session_drop(struct picking_session *s, struct lister *l)
{
	int folder, result = 0;

	folder = repo_folder(&l->archive, "listings");
	if (folder < 0)
		return -1;
	if (unlinkat(folder, s->file, 0) < 0 && errno != ENOENT) {
		msg(s->file, "cannot remove it from .gp/listings: %s",
		    strerror(errno));
		result = -1;
	}
	close(folder);
	forget(s);
	return result;
}

/* What names of sessions set aside begin with: '+' is in no account's name. */
static char *
aside_prefix(const struct lister *l)
{
	char *stem = state_stem(l), *prefix;

	prefix = mem_printf(ASIDE_PREFIX "%s+", stem);
	free(stem);
	return prefix;
}

/* What S is called once it is set aside. */
static char *
aside_name(const struct picking_session *s, const struct lister *l)
{
	char *prefix = aside_prefix(l), *name;

	name = mem_printf("%s%016" PRIx64 ".json", prefix, fnv_text(s->id));
	free(prefix);
	return name;
}

void
session_follow(struct picking_session *s, const struct lister *l)
{
	char *name = aside_name(s, l);

	free(s->file);
	s->file = name;
}

int
session_set_aside(struct picking_session *s, struct lister *l)
{
	char *name;
	int folder, result = 0;

	folder = repo_folder(&l->archive, "listings");
	if (folder < 0)
		return -1;
	name = aside_name(s, l);
	if (renameat(folder, s->file, folder, name) < 0) {
		msg(s->file, "cannot keep it as %s: %s", name, strerror(errno));
		result = -1;
	}
	free(name);
	close(folder);
	forget(s);
	return result;
}

static bool
is_aside(const char *name, const char *prefix)
{
	size_t n = strlen(name), len = strlen(prefix);

	return n > len && strncmp(name, prefix, len) == 0 &&
	    strcmp(name + n - strlen(".json"), ".json") == 0;
}

char **
session_aside(struct lister *l, size_t *n)
{
	char *prefix, **names = NULL;
	struct dirent **list;
	int folder, count, i;

	*n = 0;
	folder = repo_folder(&l->archive, "listings");
	if (folder < 0)
		return NULL;
	count = scandirat(folder, ".", &list, NULL, alphasort);
	if (count < 0)
		msg(".gp/listings", "%s", strerror(errno));
	close(folder);
	if (count < 0)
		return NULL;
	prefix = aside_prefix(l);
	names = mem_resize(NULL, (size_t)count + 1, sizeof(*names));
	for (i = 0; i < count; i++) {
		if (is_aside(list[i]->d_name, prefix))
			names[(*n)++] = mem_strdup(list[i]->d_name);
		free(list[i]);
	}
	free(list);
	free(prefix);
	return names;
}
