#include "gp-list/takeout/catalog/takeout-exports.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/archive/litter.h"
#include "lib/files/path.h"
#include "lib/files/unfinished.h"
#include "lib/mem.h"
#include "lib/num.h"
#include "lib/package/part-name.h"
#include "lib/program/msg.h"

#define TAKEOUT "takeout-"

/* What a folder holds, counted to tell parts from a tree. */
struct folder_look {
	int64_t takeouts, packed, folders, others;
	char folder[256]; /* one of the folders */
	char packed_name[256]; /* one of the packed, whole */
	int error; /* why something could not be looked at; 0: all could */
};

/* Bytes of NAME before the extension of a packed part, or 0. *ARRIVING:
 * browsers and rclone add an ending while they write. */
static size_t
part_stem(const char *name, bool *arriving)
{
	size_t n = unfinished_stem(name), stem;

	*arriving = n > 0;
	stem = part_name_stem(name, *arriving ? n : strlen(name));
	return stem == 0 && *arriving ? part_name_stem_inside(name) : stem;
}

/* Where the number at the end of STEM begins, with its dash; a browser's
 * " (1)" for a second download is cut off. */
static char *
number_of(char *stem, int64_t *number)
{
	char *copy = strstr(stem, " ("), *dash;

	if (copy != NULL)
		*copy = '\0';
	dash = strrchr(stem, '-');
	*number = 0;
	if (dash == NULL || num_parse(dash + 1, 1, 999999, number) < 0)
		return stem + strlen(stem);
	return dash;
}

static char *
time_in_name(const struct stat *st)
{
	struct tm tm;
	char text[32] = "";
	time_t when = st->st_mtime;

	if (gmtime_r(&when, &tm) != NULL)
		strftime(text, sizeof(text), "%Y%m%dT%H%M%SZ", &tm);
	return mem_strdup(text);
}

/* The export called NAME, new if it is not there. */
static struct takeout_export *
export_named(struct takeout_exports *e, const char *name, const char *order)
{
	struct takeout_export *x;
	size_t i;

	for (i = 0; i < e->count; i++) {
		if (strcmp(e->export[i].name, name) == 0)
			return &e->export[i];
	}
	e->export = mem_resize(e->export, e->count + 1, sizeof(*e->export));
	x = &e->export[e->count++];
	memset(x, 0, sizeof(*x));
	x->name = mem_strdup(name);
	x->order = mem_strdup(order);
	return x;
}

static void
add_part(struct takeout_export *x, const char *path, const char *series,
    int64_t number, bool arriving)
{
	struct takeout_part *part;

	x->part = mem_resize(x->part, x->parts + 1, sizeof(*x->part));
	part = &x->part[x->parts++];
	part->path = mem_strdup(path);
	part->series = mem_strdup(series);
	part->number = number;
	part->arriving = arriving;
}

/* The part at PATH, whose name has STEM_LEN bytes before its extension. The
 * export is what comes before the second dash: -3-009 is one of the same. */
static void
take_part(struct takeout_exports *e, const char *path, const char *name,
    size_t stem_len, bool arriving, const struct stat *st)
{
	char *stem = mem_strndup(name, stem_len), *at, *second, *order, *id;
	int64_t number;

	at = number_of(stem, &number);
	*at = '\0';
	id = mem_strdup(stem);
	if (strncasecmp(id, TAKEOUT, strlen(TAKEOUT)) == 0) {
		second = strchr(id + strlen(TAKEOUT), '-');
		if (second != NULL)
			*second = '\0';
		order = mem_strdup(id + strlen(TAKEOUT));
	} else {
		order = time_in_name(st);
	}
	add_part(export_named(e, id, order), path, stem, number, arriving);
	free(order);
	free(id);
	free(stem);
}

static int
by_number(const void *a, const void *b)
{
	const struct takeout_part *x = a, *y = b;
	int order = strcmp(x->series, y->series);

	if (order == 0)
		order = (x->number > y->number) - (x->number < y->number);
	return order != 0 ? order : strcmp(x->path, y->path);
}

static int
by_order(const void *a, const void *b)
{
	const struct takeout_export *x = a, *y = b;
	int order = strcmp(x->order, y->order);

	return order != 0 ? order : strcmp(x->name, y->name);
}

int64_t
takeout_exports_missing(const struct takeout_export *x, size_t i,
    int64_t *first)
{
	const struct takeout_part *part = x->part;

	*first = 1;
	if (x->alone || i >= x->parts)
		return 0;
	if (i > 0 && strcmp(part[i - 1].series, part[i].series) == 0)
		*first = part[i - 1].number + 1;
	return part[i].number > *first ? part[i].number - *first : 0;
}

/* Counts NAME in LOOK; PACKED: it is a part. */
static void
count_entry(struct folder_look *look, const char *name, const struct stat *st,
    bool packed)
{
	if (S_ISDIR(st->st_mode) && look->folders++ == 0)
		snprintf(look->folder, sizeof(look->folder), "%s", name);
	look->packed += packed;
	look->others += !packed && !S_ISDIR(st->st_mode);
	look->takeouts += packed &&
	    strncasecmp(name, TAKEOUT, strlen(TAKEOUT)) == 0;
}

/* Counts NAME, in the folder at PATH, in LOOK, or, if that is NULL, takes it
 * into E where it is a part. */
static void
take_entry(struct takeout_exports *e, const char *path, const char *name,
    const struct stat *st, struct folder_look *look)
{
	bool arriving = false;
	size_t n = S_ISREG(st->st_mode) ? part_stem(name, &arriving) : 0;
	char *file;

	if (look != NULL) {
		count_entry(look, name, st, n > 0);
		if (n > 0 && !arriving && *look->packed_name == '\0')
			snprintf(look->packed_name, sizeof(look->packed_name),
			    "%s", name);
	} else if (n > 0) {
		file = mem_printf("%s/%s", path, name);
		take_part(e, file, name, n, arriving, st);
		free(file);
	}
}

/* Entry NAME could not be looked at: it may be a part, the others are none the
 * worse for it. */
static void
pass_over(struct takeout_exports *e, const char *path, const char *name)
{
	msg(NULL, "takeout:%s/%s: %s; the rest is listed", path, name,
	    strerror(errno));
	e->unread = true;
}

/* take_entry() for each of the folder at PATH. 0, or -1 with errno. */
static int
walk(struct takeout_exports *e, const char *path, struct folder_look *look)
{
	struct dirent *entry;
	DIR *dir = opendir(path);
	struct stat st;
	int error;

	if (dir == NULL)
		return -1;
	for (;;) {
		errno = 0;
		entry = readdir(dir);
		if (entry == NULL)
			break;
		if (entry->d_name[0] == '.' || litter_is(entry->d_name))
			continue;
		if (fstatat(dirfd(dir), entry->d_name, &st, 0) == 0)
			take_entry(e, path, entry->d_name, &st, look);
		else if (errno != ENOENT && look != NULL) /* not just gone */
			look->error = errno;
		else if (errno != ENOENT)
			pass_over(e, path, entry->d_name);
	}
	error = errno;
	closedir(dir);
	errno = error;
	return error == 0 ? 0 : -1;
}

/* The folder at PATH: parts, or a tree. */
static int
take_folder(struct takeout_exports *e, const char *path, const struct stat *st)
{
	struct folder_look look = { .takeouts = 0 };
	struct takeout_export *x;
	char *order;
	size_t i;

	if (walk(e, path, &look) < 0)
		return -1;
	if (look.takeouts > 0 || (look.packed > 0 && look.folders == 0)) {
		if (walk(e, path, NULL) < 0)
			return -1;
		for (i = 0; i < e->count; i++)
			qsort(e->export[i].part, e->export[i].parts,
			    sizeof(struct takeout_part), by_number);
		qsort(e->export, e->count, sizeof(struct takeout_export),
		    by_order);
		if (look.folders > 0)
			msg(NULL,
			    "takeout:%s: folder %s beside the archives "
			    "is not read: if it is unpacked, list "
			    "takeout:%s/%s too",
			    path, look.folder, path, look.folder);
		return 0;
	}
	if (look.packed + look.folders + look.others == 0) {
		/* what machines leave is no export; what nobody can look at may
		 * be */
		errno = look.error;
		return look.error == 0 ? 0 : -1;
	}
	if (*look.packed_name != '\0')
		msg(NULL,
		    "takeout:%s: archive %s beside folders is not read: if it "
		    "is an export, list takeout:%s/%s too",
		    path, look.packed_name, path, look.packed_name);
	order = time_in_name(st);
	x = export_named(e, path_base(path), order);
	x->tree = true;
	add_part(x, path, "", 0, false);
	free(order);
	return 0;
}

int
takeout_exports_find(struct takeout_exports *e, const char *path)
{
	char *real = realpath(path, NULL);
	const char *name;
	bool arriving;
	struct stat st;
	size_t n;
	int result = -1;

	memset(e, 0, sizeof(*e));
	if (real != NULL && stat(real, &st) == 0) {
		name = path_base(real);
		n = part_stem(name, &arriving);
		if (S_ISDIR(st.st_mode)) {
			result = take_folder(e, real, &st);
		} else {
			take_part(e, real, name, n > 0 ? n : strlen(name),
			    false, &st);
			e->export[0].alone = true;
			result = 0;
		}
	}
	if (result < 0)
		msg(NULL, "takeout:%s: %s", path, strerror(errno));
	free(real);
	return result;
}

void
takeout_exports_release(struct takeout_exports *e)
{
	struct takeout_export *x;
	size_t i, j;

	for (i = 0; i < e->count; i++) {
		x = &e->export[i];
		for (j = 0; j < x->parts; j++) {
			free(x->part[j].path);
			free(x->part[j].series);
		}
		free(x->part);
		free(x->name);
		free(x->order);
	}
	free(e->export);
	memset(e, 0, sizeof(*e));
}
