#include "gp-list/takeout/catalog/catalog-make.h"

#include <libdeflate.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gp-list/media/movie-stream.h"
#include "gp-list/media/probe.h"
#include "gp-list/takeout/catalog/catalog-line.h"
#include "gp-list/takeout/names/takeout-name.h"
#include "lib/files/path.h"
#include "lib/mem.h"

#define CHUNK ((size_t)256 * 1024)
#define HEAD CHUNK /* where a photo's EXIF is */

/* An earlier catalog of the same tree, read beside the new one. */
struct old {
	FILE *file; /* NULL: none, or at its end */
	struct catalog_line line; /* the member at hand there */
	char *text;
	size_t cap;
};

struct maker {
	struct package *package;
	FILE *out;
	struct old old;
	time_t began;
	struct buf json; /* of the member at hand */
	struct buf line;
	char head[HEAD]; /* the first bytes of the member at hand */
	size_t kept; /* of them */
	int64_t read; /* of its bytes */
	char chunk[CHUNK];
	uint8_t probed[EXIF_HEAD_MAX]; /* for probe_read_head() */
	struct movie_stream movie; /* of the member at hand */
};

/* Takes the blanks between the tokens of JSON out of B: it gets half as long,
 * and one line. */
static void
compact(struct buf *b)
{
	const char *from = b->data, *const end = b->data + b->len;
	char *to = b->data;
	bool in_string = false;

	for (; from < end; from++) {
		if (in_string && *from == '\\' && from + 1 < end) {
			*to++ = *from++;
		} else if (*from == '"') {
			in_string = !in_string;
		} else if (!in_string &&
		    (*from == ' ' || *from == '\n' || *from == '\t' ||
			*from == '\r')) {
			continue;
		}
		*to++ = *from;
	}
	buf_truncate(b, (size_t)(to - b->data));
}

/* Reads all of the member at hand; its JSON text where it is JSON. */
static void
read_json(struct maker *k, struct catalog_member *m)
{
	ssize_t got = 1;

	buf_clear(&k->json);
	while (!k->json.overflowed && got > 0) {
		got = package_read(k->package, k->chunk, CHUNK);
		if (got > 0) {
			k->read += got;
			buf_add(&k->json, k->chunk, (size_t)got);
			m->crc = libdeflate_crc32(m->crc, k->chunk,
			    (size_t)got);
		}
	}
	if (got < 0)
		m->damage = package_reason(k->package);
	if (got == 0) {
		if (k->json.len > 0)
			compact(&k->json);
		m->json = k->json.data != NULL ? k->json.data : "";
		m->json_len = k->json.len;
	}
}

/* Reads all of the member at hand for its CRC-32, and keeps its head. */
static void
read_bytes(struct maker *k, struct catalog_member *m)
{
	char *to = k->head;
	ssize_t got;

	k->kept = 0;
	movie_stream_begin(&k->movie);
	m->has_crc = true;
	m->crc = 0;
	for (;;) {
		got = package_read(k->package, to,
		    to == k->chunk ? CHUNK : HEAD - k->kept);
		if (got <= 0)
			break;
		k->read += got;
		m->crc = libdeflate_crc32(m->crc, to, (size_t)got);
		movie_stream_take(&k->movie, to, (size_t)got);
		if (to != k->chunk)
			k->kept += (size_t)got;
		to = k->kept < HEAD ? k->head + k->kept : k->chunk;
	}
	if (got < 0)
		m->damage = package_reason(k->package);
}

static void
note_time(struct maker *k, struct catalog_member *m)
{
	struct probe probe;

	probe_read_head(&probe, k->head, k->kept, m->name, k->probed);
	if (probe.media.from == MEDIA_TIME_NONE)
		movie_stream_end(&k->movie, &probe.media);
	m->media = probe.media;
}

/* The next member of the old catalog. */
static void
old_next(struct old *old)
{
	ssize_t n = getline(&old->text, &old->cap, old->file);

	if (n > 0)
		old->text[n - 1] = '\0';
	if (n <= 0 ||
	    catalog_line_read(&old->line, old->text, (size_t)n - 1) < 0 ||
	    old->line.last)
		old->file = NULL;
}

/* The order in which a tree is walked: by name, folder by folder. */
static int
tree_compare(const char *a, const char *b)
{
	int x, y;

	while (*a != '\0' && *a == *b) {
		a++;
		b++;
	}
	x = *a == '/' ? 1 : (unsigned char)*a;
	y = *b == '/' ? 1 : (unsigned char)*b;
	return x - y;
}

/* What the old catalog knows of the file FOUND, unless it has changed. */
static bool
take_old(struct maker *k, const struct package_member *found,
    struct catalog_member *m)
{
	const struct catalog_member *known = &k->old.line.m;

	while (k->old.file != NULL &&
	    (known->name == NULL || tree_compare(known->name, found->name) < 0))
		old_next(&k->old);
	if (k->old.file == NULL || strcmp(known->name, found->name) != 0 ||
	    known->mtime == 0 || known->mtime != found->mtime ||
	    known->size != found->size || known->damage != NULL)
		return false;
	*m = *known;
	return true;
}

/* What there is to know of the file FOUND. Of a zip that is its directory,
 * and the sidecars. */
static void
take_file(struct maker *k, const struct package_member *found,
    struct catalog_member *m)
{
	const bool is_tree = !found->has_crc && package_random(k->package);

	if (is_tree && take_old(k, found, m))
		return;
	/* what is being written now may change within the same second */
	if (is_tree && found->mtime < (int64_t)k->began - 1)
		m->mtime = found->mtime;
	k->read = 0;
	if (takeout_name_is_json(path_base(m->name)) &&
	    found->size <= (int64_t)CATALOG_JSON_MAX) {
		read_json(k, m);
	} else if (!found->has_crc) {
		read_bytes(k, m);
		note_time(k, m);
	}
	if (found->has_crc)
		m->crc = found->crc;
	if (found->size < 0 && m->damage == NULL)
		m->size = k->read; /* a zip that was cut may say it behind */
}

static int
make_member(struct maker *k, const struct package_member *found)
{
	struct catalog_member m = { .name = found->name,
		.type = found->type,
		.size = found->size,
		.has_crc = found->has_crc };

	if (found->type == PACKAGE_FOLDER)
		return 0;
	if (found->type == PACKAGE_FILE)
		take_file(k, found, &m);
	buf_clear(&k->line);
	catalog_line_write(&k->line, &m);
	return fwrite(k->line.data, 1, k->line.len, k->out) == k->line.len ? 0
									   : -1;
}

int
catalog_make(struct package *p, FILE *out, FILE *old)
{
	struct maker *k = mem_alloc(sizeof(*k));
	struct package_member m;
	int found, result = 0;

	k->package = p;
	k->out = out;
	k->began = time(NULL);
	k->old.file = old;
	catalog_line_init(&k->old.line);
	buf_init(&k->json, CATALOG_JSON_MAX);
	buf_init(&k->line, CATALOG_LINE_MAX);
	do {
		found = package_next(p, &m);
		if (found > 0)
			result = make_member(k, &m);
	} while (found > 0 && result == 0);
	buf_clear(&k->line);
	catalog_line_last(&k->line, found < 0 ? package_reason(p) : NULL,
	    package_is_bare(p));
	if (fwrite(k->line.data, 1, k->line.len, out) != k->line.len)
		result = -1;
	catalog_line_release(&k->old.line);
	free(k->old.text);
	buf_release(&k->json);
	buf_release(&k->line);
	free(k);
	return result == 0 && found < 0 ? 1 : result;
}
