#include "gp-list/takeout/catalog/catalog.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <libdeflate.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gp-list/takeout/catalog/catalog-line.h"
#include "gp-list/takeout/catalog/catalog-make.h"
#include "lib/archive/repo.h"
#include "lib/clock.h"
#include "lib/files/file.h"
#include "lib/files/path.h"
#include "lib/files/publish.h"
#include "lib/mem.h"
#include "lib/name.h"
#include "lib/program/msg.h"
#include "lib/record/json-member.h"

#define SUM_LENGTH 19 /* of the line {"sum":"0a1b2c3d"} */
#define SUM_BLOCK (64 * 1024)

/* Seconds. A download that rests may be some minutes old, and a NAS has a clock
 * of its own. */
#define YOUNG (60 * 60)

/* The part whose catalog is wanted. */
struct wanted {
	const char *path;
	struct stat st;
	int folder; /* .gp/listings */
	char *name; /* of the catalog there; owned */
	struct buf first; /* its first line */
};

/* A tree has no time that tells of changes deep inside. */
static bool
can_be_cached(const struct wanted *w)
{
	return S_ISREG(w->st.st_mode);
}

static int
wanted_init(struct wanted *w, const struct repo *a, const char *path)
{
	struct stat tree;
	char *name;

	memset(w, 0, sizeof(*w));
	w->path = path;
	w->folder = repo_folder(a, "listings");
	buf_init(&w->first, CATALOG_LINE_MAX);
	name = name_file(path_base(path), 0);
	w->name = mem_printf("%s.list", name);
	free(name);
	if (w->folder < 0 || stat(path, &w->st) < 0)
		return -1;
	if (can_be_cached(w)) {
		catalog_line_first(&w->first, path_base(path), &w->st);
	} else {
		memset(&tree, 0, sizeof(tree));
		catalog_line_first(&w->first, path, &tree);
	}
	return 0;
}

static void
wanted_release(struct wanted *w)
{
	if (w->folder >= 0)
		close(w->folder);
	free(w->name);
	buf_release(&w->first);
}

/* CRC-32 of the first N bytes of the file FD; -1 where they can't be read. */
static int64_t
sum_of(int fd, off_t n)
{
	char *block = mem_alloc(SUM_BLOCK);
	uint32_t crc = 0;
	ssize_t got = 1;
	off_t at;

	for (at = 0; at < n && got > 0; at += got) {
		got = file_read_at(fd, block,
		    n - at < SUM_BLOCK ? (size_t)(n - at) : SUM_BLOCK, at);
		if (got > 0)
			crc = libdeflate_crc32(crc, block, (size_t)got);
	}
	free(block);
	return at == n && got >= 0 ? (int64_t)crc : -1;
}

static void
add_sum_line(struct buf *b, uint32_t sum)
{
	char hex[9];

	snprintf(hex, sizeof(hex), "%08" PRIx32, sum);
	buf_addc(b, '{');
	json_add_text(b, "sum", hex);
	buf_adds(b, "}\n");
}

/* Behind the last line of OUT: its sum. A line that is lost
 * inside would be a photo that nobody misses. */
static int
add_sum(FILE *out)
{
	struct buf line;
	struct stat st;
	size_t written;
	int64_t sum;

	if (fflush(out) != 0 || fstat(fileno(out), &st) < 0)
		return -1;
	sum = sum_of(fileno(out), st.st_size);
	if (sum < 0)
		return -1;
	buf_init(&line, CATALOG_LINE_MAX);
	add_sum_line(&line, (uint32_t)sum);
	written = fwrite(line.data, 1, line.len, out);
	buf_release(&line);
	return written == SUM_LENGTH ? 0 : -1;
}

/* Whether the file FD ends in the sum of what is before. */
static bool
is_whole(int fd)
{
	char end[SUM_LENGTH + 1] = "";
	struct buf wanted;
	struct stat st;
	int64_t sum;
	bool same;
	off_t at;

	if (fstat(fd, &st) < 0 || st.st_size < SUM_LENGTH)
		return false;
	at = st.st_size - SUM_LENGTH;
	sum = sum_of(fd, at);
	if (sum < 0 || file_read_at(fd, end, SUM_LENGTH, at) != SUM_LENGTH)
		return false;
	buf_init(&wanted, CATALOG_LINE_MAX);
	add_sum_line(&wanted, (uint32_t)sum);
	same = strcmp(end, wanted.data) == 0;
	buf_release(&wanted);
	return same;
}

/* The cached catalog, behind its first line; NULL where there is none of the
 * part as it is now. */
static FILE *
open_cached(const struct wanted *w)
{
	char *line = NULL;
	size_t cap = 0;
	FILE *f = NULL;
	int fd;

	fd = file_open(w->folder, w->name, O_NOFOLLOW);
	if (fd >= 0)
		f = fdopen(fd, "r");
	if (f != NULL &&
	    (getline(&line, &cap, f) < 0 || strcmp(line, w->first.data) != 0 ||
		!is_whole(fd))) {
		fclose(f);
		f = NULL;
	}
	free(line);
	return f;
}

static int
complain(const struct wanted *w)
{
	msg(NULL, ".gp/listings/%s: %s", w->name, strerror(errno));
	return -1;
}

/* Writes the catalog of P and gives it its name; as catalog_make() does. OLD
 * as there. */
static int
make_named(const struct wanted *w, struct package *p, FILE *old,
    struct publish *new)
{
	int made = -1;

	if (fwrite(w->first.data, 1, w->first.len, new->out) == w->first.len)
		made = catalog_make(p, new->out, old);
	if (made < 0 || add_sum(new->out) < 0) {
		publish_abandon(new);
		return complain(w);
	}
	return publish_commit(new) < 0 ? complain(w) : made;
}

/* Makes the catalog of W; who comes second waits, and then finds that of the
 * first. *CUT: not all of the part can be read. */
static enum catalog_result
make(const struct wanted *w, bool *cut, char *reason, size_t n)
{
	enum catalog_result result = CATALOG_WHOLE;
	struct publish new;
	struct package *p;
	FILE *cached;
	int made;

	if (publish_begin(&new, w->folder, w->name, 0600) < 0) {
		complain(w);
		return CATALOG_FAILED;
	}
	cached = open_cached(w);
	if (cached != NULL && can_be_cached(w)) {
		publish_abandon(&new);
		fclose(cached);
		return CATALOG_WHOLE;
	}
	p = package_open(w->path, reason, n);
	if (p == NULL) {
		publish_abandon(&new);
		result = CATALOG_DAMAGED;
		*cut = true;
	} else {
		made = make_named(w, p, cached, &new);
		result = made < 0 ? CATALOG_FAILED : CATALOG_WHOLE;
		*cut = made > 0;
	}
	package_close(p);
	if (cached != NULL)
		fclose(cached);
	return result;
}

/* What the LAST line says of the part. */
static enum catalog_result
result_of(const struct catalog_line *last, char *reason, size_t n)
{
	snprintf(reason, n, "%s", last->reason != NULL ? last->reason : "");
	if (last->reason != NULL)
		return CATALOG_DAMAGED;
	return last->bare ? CATALOG_BARE : CATALOG_WHOLE;
}

/* Tells TAKE of the members in F; whether all of the part could be read. */
static enum catalog_result
tell(const struct wanted *w, FILE *f, catalog_take *take, void *arg,
    char *reason, size_t n)
{
	enum catalog_result result = CATALOG_FAILED;
	struct catalog_line line;
	char *text = NULL;
	size_t cap = 0;
	ssize_t len;

	catalog_line_init(&line);
	for (;;) {
		len = getline(&text, &cap, f);
		if (len <= 0 || text[len - 1] != '\n')
			break;
		text[len - 1] = '\0';
		if (catalog_line_read(&line, text, (size_t)len - 1) < 0)
			break;
		if (line.last) {
			result = result_of(&line, reason, n);
			break;
		}
		take(arg, &line.m);
	}
	if (result == CATALOG_FAILED) {
		msg(NULL, ".gp/listings/%s: damaged, and removed: start again",
		    w->name);
		unlinkat(w->folder, w->name, 0);
	}
	free(text);
	catalog_line_release(&line);
	return result;
}

/* Whether somebody may still be writing the part: its time is of late, or one
 * that the clock here does not show yet. */
static bool
is_young(const struct wanted *w)
{
	return time(NULL) - w->st.st_mtim.tv_sec < YOUNG;
}

/* Whether the part changed since it was looked at. A young part that can't be
 * read to its end (CUT) may be one that grows: then a second tells. */
static bool
grew(const struct wanted *w, bool cut)
{
	struct stat now;

	if (!can_be_cached(w))
		return false;
	if (cut && is_young(w))
		clock_sleep(1000);
	return stat(w->path, &now) < 0 || now.st_size != w->st.st_size ||
	    now.st_mtim.tv_sec != w->st.st_mtim.tv_sec ||
	    now.st_mtim.tv_nsec != w->st.st_mtim.tv_nsec;
}

/* The catalog of W, made where needed, open behind its first line. */
static FILE *
open_catalog(const struct wanted *w, enum catalog_result *result, char *reason,
    size_t n)
{
	FILE *f = can_be_cached(w) ? open_cached(w) : NULL;
	bool cut = false, growing;

	if (f != NULL)
		return f;
	msg_at(1, w->path, "reading it");
	*result = make(w, &cut, reason, n);
	growing = *result != CATALOG_FAILED && grew(w, cut);
	if (growing) {
		unlinkat(w->folder, w->name, 0);
		*result = CATALOG_GROWING;
	}
	if (*result != CATALOG_WHOLE)
		return NULL;
	f = open_cached(w);
	if (f == NULL) {
		complain(w);
		*result = CATALOG_FAILED;
	}
	return f;
}

enum catalog_result
catalog_glance(const struct repo *a, const char *path, catalog_take *take,
    void *arg, char *reason, size_t n)
{
	enum catalog_result result;
	struct wanted w;
	FILE *f;

	*reason = '\0';
	if (wanted_init(&w, a, path) < 0) {
		snprintf(reason, n, "%s", strerror(errno));
		result = w.folder < 0 ? CATALOG_FAILED : CATALOG_DAMAGED;
	} else {
		f = open_catalog(&w, &result, reason, n);
		if (f != NULL) {
			result = tell(&w, f, take, arg, reason, n);
			fclose(f);
		}
	}
	wanted_release(&w);
	return result;
}

void
catalog_forget(const struct repo *a, const char *path)
{
	struct wanted w;

	if (wanted_init(&w, a, path) == 0 && can_be_cached(&w))
		unlinkat(w.folder, w.name, 0);
	wanted_release(&w);
}

enum catalog_result
catalog_read(const struct repo *a, const char *path, catalog_take *take,
    void *arg, char *reason, size_t n)
{
	enum catalog_result result;

	result = catalog_glance(a, path, take, arg, reason, n);
	/* what is downloaded again may have the same size and time */
	if (result == CATALOG_DAMAGED)
		catalog_forget(a, path);
	return result;
}

bool
catalog_is_cached(const struct repo *a, const char *path)
{
	struct wanted w;
	bool cached = true;
	FILE *f;

	if (wanted_init(&w, a, path) == 0 && can_be_cached(&w)) {
		f = open_cached(&w);
		cached = f != NULL;
		if (f != NULL)
			fclose(f);
	}
	wanted_release(&w);
	return cached;
}

void
catalog_cache(const struct repo *a, const char *path)
{
	enum catalog_result result;
	struct wanted w;
	char reason[256];
	FILE *f = NULL;

	if (wanted_init(&w, a, path) == 0)
		f = open_catalog(&w, &result, reason, sizeof(reason));
	if (f != NULL)
		fclose(f);
	wanted_release(&w);
}
