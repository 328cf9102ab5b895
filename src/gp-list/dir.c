#include "gp-list/dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gp-list/file-url.h"
#include "gp-list/media/mime.h"
#include "gp-list/media/probe.h"
#include "lib/archive/litter.h"
#include "lib/buf.h"
#include "lib/files/path.h"
#include "lib/mem.h"
#include "lib/num.h"
#include "lib/program/msg.h"
#include "lib/record/json-member.h"

#define METADATA_MAX ((size_t)256)
#define FOLDERS_MAX 256 /* folders in folders; each holds a descriptor */
/* bytes of names in a folder */
#define NAMES_MAX ((size_t)1024 * 1024 * 1024)
#define PATH_BYTES ((size_t)128 * 1024)

struct dir_walk {
	struct lister *l;
	char *root; /* real path, "" for "/" */
	struct buf path; /* below the root, of what is at hand */
	struct buf text; /* for putting things together */
	int depth;
	int64_t hidden, links, others;
	uint8_t head[EXIF_HEAD_MAX]; /* of the file at hand */
};

/* The names in one folder, sorted. */
struct names {
	struct buf text;
	size_t *at;
	size_t count, cap;
};

/* Hidden ones too: .gp, and what machines leave. */
static bool
left_out(const char *name)
{
	return name[0] == '.' || litter_is(name);
}

/*
 * Begins the record of the file or folder at hand. Its id is
 * dir:ROOT/./PATH#SIZE-SECONDS.NANOSECONDS (of a folder dir:ROOT/./PATH/), ROOT
 * and PATH encoded: "/./" and '#' are in neither, so no two files share one.
 */
static void
begin_record(struct dir_walk *w, struct record *rec, const struct stat *st)
{

	buf_clear(&w->text);
	buf_adds(&w->text, "dir:");
	file_url_add(&w->text, w->root);
	buf_adds(&w->text, "/./");
	file_url_add(&w->text, w->path.data);
	if (S_ISDIR(st->st_mode))
		buf_addc(&w->text, '/');
	else
		buf_printf(&w->text, "#%lld-%lld.%09ld", (long long)st->st_size,
		    (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
	record_init(rec);
	record_new(rec, w->text.data);
	record_set_text(rec, "source", "dir");
	if (w->l->opt->albums > 0)
		lister_set_album(rec, NULL, w->l->opt->album[0]);
	if (w->path.len > 0)
		record_set_text(rec, "filename", path_base(w->path.data));
}

static bool
end_record(struct dir_walk *w, struct record *rec)
{
	bool more;

	more = lister_emit(w->l, rec);
	record_release(rec);
	return more;
}

/* Lists what can't be read as a failed record. */
static bool
emit_failed(struct dir_walk *w, const struct stat *st, const char *reason)
{
	struct record rec;

	begin_record(w, &rec, st);
	record_fail(&rec, "unreadable", "%s/%s: %s", w->root, w->path.data,
	    reason);
	return end_record(w, &rec);
}

/* A photo of 0 bytes is none: who stored it would take it for safe. */
static bool
emit_empty(struct dir_walk *w, const struct stat *st)
{
	struct record rec;

	begin_record(w, &rec, st);
	record_fail(&rec, "bad-content",
	    "%s/%s is empty (0 bytes): copy it here again from where it came",
	    w->root, w->path.data);
	return end_record(w, &rec);
}

/* Sets creationTime, and in metadata where it is from. */
static void
set_time(struct record *rec, const struct media *m, const struct stat *st)
{
	static const char *const from[] = {
		[MEDIA_TIME_NONE] = "file",
		[MEDIA_TIME_EXIF] = "exif",
		[MEDIA_TIME_CONTAINER] = "container",
	};
	char time_text[NUM_TIME_SIZE];
	int64_t seconds = (int64_t)st->st_mtim.tv_sec;
	struct buf metadata;

	if (m->from != MEDIA_TIME_NONE)
		seconds = m->taken;
	if (num_format_time(time_text, seconds) < 0)
		return; /* no year that RFC 3339 can write: unknown */
	record_set_text(rec, "creationTime", time_text);
	buf_init(&metadata, METADATA_MAX);
	buf_addc(&metadata, '{');
	json_add_text(&metadata, "timeFrom", from[m->from]);
	if (m->from == MEDIA_TIME_EXIF && m->zone_assumed)
		json_add_text(&metadata, "timeZone", "assumed");
	buf_addc(&metadata, '}');
	record_set_raw(rec, "metadata", metadata.data, metadata.len);
	buf_release(&metadata);
}

static void
set_url(struct dir_walk *w, struct record *rec)
{
	char now[NUM_TIME_SIZE];

	buf_clear(&w->text);
	buf_adds(&w->text, "file://");
	file_url_add(&w->text, w->root);
	buf_addc(&w->text, '/');
	file_url_add(&w->text, w->path.data);
	record_set_text(rec, "url", w->text.data);
	if (num_format_time(now, (int64_t)time(NULL)) == 0)
		record_set_text(rec, "urlTime", now);
}

static bool
emit_file(struct dir_walk *w, const struct probe *probe, const struct stat *st)
{
	const struct media *m = &probe->media;
	struct record rec;

	begin_record(w, &rec, st);
	if (probe->mime != NULL)
		record_set_text(&rec, "mimeType", probe->mime);
	if (m->width > 0 && m->height > 0) {
		record_set_int(&rec, "width", m->width);
		record_set_int(&rec, "height", m->height);
	}
	record_set_text(&rec, "original", "unknown");
	set_url(w, &rec);
	set_time(&rec, m, st);
	return end_record(w, &rec);
}

/* Opens and lists the file NAME in DIR; ST is what it was just now. */
static bool
list_file(struct dir_walk *w, int dir, const char *name, struct stat *st)
{
	struct probe probe;
	bool failed;
	int fd, saved;

	fd = openat(dir, name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
	if (fd < 0)
		return emit_failed(w, st, strerror(errno));
	failed = fstat(fd, st) < 0;
	if (!failed && !S_ISREG(st->st_mode)) { /* swapped under our hands */
		close(fd);
		w->others++;
		return true;
	}
	failed = failed || probe_read(&probe, fd, name, w->head) < 0;
	saved = errno;
	close(fd);
	if (failed)
		return emit_failed(w, st, strerror(saved));
	return st->st_size == 0 && mime_is_media(probe.mime)
	    ? emit_empty(w, st)
	    : emit_file(w, &probe, st);
}

static void
names_release(struct names *names)
{
	buf_release(&names->text);
	free(names->at);
}

static int
names_compare(const void *a, const void *b, void *text)
{
	const size_t *x = a, *y = b;

	return strcmp((const char *)text + *x, (const char *)text + *y);
}

static int
names_add(struct names *names, const char *name)
{
	if (names->count == names->cap) {
		names->cap = names->cap == 0 ? 64 : names->cap * 2;
		names->at = mem_resize(names->at, names->cap,
		    sizeof(names->at[0]));
	}
	names->at[names->count] = names->text.len;
	if (buf_add(&names->text, name, strlen(name) + 1) < 0)
		return -1;
	names->count++;
	return 0;
}

/* Fills and sorts NAMES from FD, which is closed; 0, or -1 with errno. */
static int
names_read(struct dir_walk *w, struct names *names, int fd)
{
	struct dirent *entry;
	DIR *dir;
	bool failed = false;
	int saved;

	dir = fdopendir(fd);
	if (dir == NULL) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	while (!failed) {
		errno = 0;
		entry = readdir(dir);
		if (entry == NULL) {
			failed = errno != 0;
			break;
		}
		if (strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		if (left_out(entry->d_name))
			w->hidden++;
		else
			failed = names_add(names, entry->d_name) < 0;
	}
	saved = errno;
	closedir(dir);
	if (names->count > 0)
		qsort_r(names->at, names->count, sizeof(names->at[0]),
		    names_compare, names->text.data);
	errno = saved;
	return failed ? -1 : 0;
}

static bool list_folder(struct dir_walk *w, int dir, const struct stat *st);

/* Goes into folder NAME in DIR. */
static bool
enter(struct dir_walk *w, int dir, const char *name, const struct stat *st)
{
	bool more;
	int fd;

	if (w->depth == FOLDERS_MAX)
		return emit_failed(w, st, "too many folders in one another");
	fd = openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0)
		return emit_failed(w, st, strerror(errno));
	w->depth++;
	more = list_folder(w, fd, st);
	w->depth--;
	close(fd);
	return more;
}

/* Lists what the path at hand, NAME in DIR, is. */
static bool
list_entry(struct dir_walk *w, int dir, const char *name)
{
	struct stat st;

	memset(&st, 0, sizeof(st));
	if (fstatat(dir, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		if (errno != ENOENT)
			return emit_failed(w, &st, strerror(errno));
		msg(NULL, "%s/%s: gone since the folder was read", w->root,
		    w->path.data);
		return true;
	}
	if (S_ISDIR(st.st_mode))
		return enter(w, dir, name, &st);
	if (S_ISREG(st.st_mode))
		return list_file(w, dir, name, &st);
	msg_at(1, NULL, "%s/%s: left out: %s", w->root, w->path.data,
	    S_ISLNK(st.st_mode) ? "a link" : "no regular file");
	if (S_ISLNK(st.st_mode))
		w->links++;
	else
		w->others++;
	return true;
}

/* Lists the folder at hand, open as DIR; false: no more is wanted. */
static bool
list_folder(struct dir_walk *w, int dir, const struct stat *st)
{
	const size_t len = w->path.len;
	struct names names = { .at = NULL };
	bool more = true;
	size_t i;

	buf_init(&names.text, NAMES_MAX);
	/* names that could be read are listed though others could not */
	if (names_read(w, &names, fcntl(dir, F_DUPFD_CLOEXEC, 0)) < 0)
		more = emit_failed(w, st, strerror(errno));
	for (i = 0; i < names.count && more; i++) {
		if (len > 0)
			buf_addc(&w->path, '/');
		buf_adds(&w->path, names.text.data + names.at[i]);
		more = list_entry(w, dir, names.text.data + names.at[i]);
		buf_truncate(&w->path, len);
	}
	names_release(&names);
	return more;
}

static void
say_left_out(const struct dir_walk *w)
{
	if (w->hidden + w->links + w->others == 0)
		return;
	msg(NULL,
	    "dir:%s: left out: %lld hidden or system files and folders, "
	    "%lld links, %lld of other kinds",
	    w->root, (long long)w->hidden, (long long)w->links,
	    (long long)w->others);
}

/* Opens the folder ARG; its fd and real path in *ROOT, or -1 with errno. */
static int
open_root(const char *arg, char **root)
{
	int fd;

	*root = realpath(arg, NULL);
	if (*root == NULL)
		return -1;
	fd = open(*root, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (strcmp(*root, "/") == 0)
		(*root)[0] = '\0';
	return fd;
}

int
dir_list(struct lister *l, const char *arg)
{
	struct dir_walk *w = mem_alloc(sizeof(*w));
	struct stat st;
	int fd;

	w->l = l;
	fd = open_root(arg, &w->root);
	if (fd < 0 || fstat(fd, &st) < 0) {
		msg(NULL, "dir:%s: %s", arg, strerror(errno));
		status_raise(&l->status, STATUS_STOPPED);
		free(w->root);
		free(w);
		return -1;
	}
	buf_init(&w->path, PATH_BYTES);
	buf_init(&w->text, 4 * PATH_BYTES);
	list_folder(w, fd, &st);
	say_left_out(w);
	close(fd);
	buf_release(&w->text);
	buf_release(&w->path);
	free(w->root);
	free(w);
	return 0;
}
