#include "gp-list/media/isobmff.h"

#include "lib/mem.h"
#include <string.h>

#define DEPTH_CHILDREN 1024 /* children of one box that are looked at */
#define EPOCH_1904 INT64_C(2082844800) /* seconds from 1904 to 1970 */

/* A piece of the file in memory. */
struct span {
	const uint8_t *p;
	size_t n;
};

/* N bytes (at most 8) from S as a number, big-endian, and moves on; false,
 * and S empty, when there are less. */
static bool
take(struct span *s, size_t n, uint64_t *value)
{
	*value = 0;
	if (s->n < n) {
		s->n = 0;
		return false;
	}
	s->n -= n;
	for (; n > 0; n--)
		*value = *value << 8 | *s->p++;
	return true;
}

static bool
skip(struct span *s, size_t n)
{
	if (s->n < n) {
		s->n = 0;
		return false;
	}
	s->p += n;
	s->n -= n;
	return true;
}

bool
isobmff_header(struct box *box, const uint8_t *head, size_t n)
{
	struct span s = { head, n };
	uint64_t size;

	if (!take(&s, 4, &size) || s.n < 4)
		return false;
	memcpy(box->type, s.p, 4);
	skip(&s, 4);
	box->header = 8;
	if (size == 1) {
		box->header = 16;
		if (!take(&s, 8, &size))
			return false;
	} else if (size == 0) {
		box->size = 0;
		return true;
	}
	box->size = size;
	return size >= box->header;
}

bool
isobmff_begin(const uint8_t *head, size_t n)
{
	static const char types[][5] = { "ftyp", "moov", "mdat", "wide" };
	size_t i;

	for (i = 0; n >= 8 && i < COUNT(types); i++) {
		if (memcmp(head + 4, types[i], 4) == 0)
			return true;
	}
	return false;
}

/* The next child box in S: its content, cut where memory ends, in CHILD. */
static bool
next_box(struct span *s, struct box *box, struct span *child)
{
	uint64_t size;

	if (!isobmff_header(box, s->p, s->n))
		return false;
	size = box->size == 0 || box->size > s->n ? s->n : box->size;
	if (size < box->header)
		return false;
	child->p = s->p + box->header;
	child->n = (size_t)(size - box->header);
	return skip(s, (size_t)size);
}

/* The first child of TYPE in S. */
static bool
find_box(struct span s, const char *type, struct span *child)
{
	struct box box;
	int i;

	for (i = 0; i < DEPTH_CHILDREN && next_box(&s, &box, child); i++) {
		if (memcmp(box.type, type, 4) == 0)
			return true;
	}
	return false;
}

/* The number of the EXIF item, from the item information box. */
static bool
exif_item(struct span s, uint64_t *id)
{
	uint64_t version, count, unused;
	struct span entry;
	struct box box;
	int i;

	if (!take(&s, 1, &version) || !skip(&s, 3) ||
	    !take(&s, version == 0 ? 2 : 4, &count))
		return false;
	for (i = 0; i < DEPTH_CHILDREN && next_box(&s, &box, &entry); i++) {
		if (memcmp(box.type, "infe", 4) != 0 ||
		    !take(&entry, 1, &version) || version < 2 ||
		    !skip(&entry, 3) ||
		    !take(&entry, version == 2 ? 2 : 4, id) ||
		    !take(&entry, 2, &unused) || entry.n < 4)
			continue;
		if (memcmp(entry.p, "Exif", 4) == 0)
			return true;
	}
	return false;
}

/* Sizes of the fields in an item location box. */
struct item_location {
	uint64_t version;
	size_t offset, length, base, index;
};

/* One item of the location box: its first extent. false at its end. */
static bool
next_location(struct span *s, const struct item_location *l, uint64_t *id,
    uint64_t *offset, uint64_t *length)
{
	uint64_t method = 0, unused, base, extents, i, at, len;

	if (!take(s, l->version < 2 ? 2 : 4, id) ||
	    (l->version > 0 && !take(s, 2, &method)) || !take(s, 2, &unused) ||
	    !take(s, l->base, &base) || !take(s, 2, &extents))
		return false;
	*length = 0;
	for (i = 0; i < extents; i++) {
		if (!skip(s, l->index) || !take(s, l->offset, &at) ||
		    !take(s, l->length, &len))
			return false;
		if (i == 0 && (method & 15) == 0 && at <= UINT64_MAX - base) {
			*offset = base + at;
			*length = len;
		}
		/* no field takes room: a hostile count would spin */
		if (l->index + l->offset + l->length == 0)
			break;
	}
	return true;
}

static bool
locate(struct span s, uint64_t wanted, uint64_t *offset, uint64_t *length)
{
	struct item_location l;
	uint64_t sizes, items, id, i;

	if (!take(&s, 1, &l.version) || l.version > 2 || !skip(&s, 3) ||
	    !take(&s, 2, &sizes) || !take(&s, l.version < 2 ? 2 : 4, &items))
		return false;
	l.offset = sizes >> 12 & 15;
	l.length = sizes >> 8 & 15;
	l.base = sizes >> 4 & 15;
	l.index = l.version > 0 ? sizes & 15 : 0;
	if (l.offset > 8 || l.length > 8 || l.base > 8 || l.index > 8)
		return false;
	for (i = 0; i < items; i++) {
		if (!next_location(&s, &l, &id, offset, length))
			return false;
		if (id == wanted)
			return *length > 0;
	}
	return false;
}

bool
isobmff_exif(const uint8_t *head, size_t n, uint64_t *offset, uint64_t *length)
{
	struct span meta, items, places;
	uint64_t id;

	return find_box((struct span){ head, n }, "meta", &meta) &&
	    skip(&meta, 4) && find_box(meta, "iinf", &items) &&
	    exif_item(items, &id) && find_box(meta, "iloc", &places) &&
	    locate(places, id, offset, length);
}

void
isobmff_read_size(struct media *m, const uint8_t *head, size_t n)
{
	struct span s, properties, child;
	uint64_t width, height;
	struct box box;
	int i;

	if (!find_box((struct span){ head, n }, "meta", &s) || !skip(&s, 4) ||
	    !find_box(s, "iprp", &properties) ||
	    !find_box(properties, "ipco", &s))
		return;
	/* tiles and thumbnails have sizes too: the picture is the largest */
	for (i = 0; i < DEPTH_CHILDREN && next_box(&s, &box, &child); i++) {
		if (memcmp(box.type, "ispe", 4) == 0 && skip(&child, 4) &&
		    take(&child, 4, &width) && take(&child, 4, &height) &&
		    width * height > (uint64_t)(m->width * m->height) &&
		    width <= INT32_MAX && height <= INT32_MAX) {
			m->width = (int64_t)width;
			m->height = (int64_t)height;
		}
	}
}

const uint8_t *
isobmff_exif_tiff(const uint8_t *item, size_t n, size_t *len)
{
	struct span s = { item, n };
	uint64_t before;

	if (!take(&s, 4, &before) || before > s.n || !skip(&s, (size_t)before))
		return NULL;
	*len = s.n;
	return s.p;
}

static void
read_movie_header(struct media *m, struct span s)
{
	uint64_t version, created;

	if (!take(&s, 1, &version) || !skip(&s, 3) ||
	    !take(&s, version == 1 ? 8 : 4, &created))
		return;
	/* 0 is unset; before 1970 or after 2100 is no camera's clock */
	if (created < (uint64_t)EPOCH_1904 ||
	    created > (uint64_t)EPOCH_1904 + UINT64_C(4102444800))
		return;
	m->taken = (int64_t)created - EPOCH_1904;
	m->from = MEDIA_TIME_CONTAINER;
}

/* Width and height of a track, in 16.16 fixed point at its header's end. */
static void
read_track(struct media *m, struct span track)
{
	struct span s;
	uint64_t version, width, height;

	if (m->width != 0 || !find_box(track, "tkhd", &s) ||
	    !take(&s, 1, &version) || !skip(&s, version == 1 ? 87 : 75) ||
	    !take(&s, 4, &width) || !take(&s, 4, &height) || width >> 16 == 0 ||
	    height >> 16 == 0)
		return;
	m->width = (int64_t)(width >> 16);
	m->height = (int64_t)(height >> 16);
}

void
isobmff_read_movie(struct media *m, const uint8_t *moov, size_t n)
{
	struct span s = { moov, n }, child;
	struct box box;
	int i;

	for (i = 0; i < DEPTH_CHILDREN && next_box(&s, &box, &child); i++) {
		if (memcmp(box.type, "mvhd", 4) == 0)
			read_movie_header(m, child);
		else if (memcmp(box.type, "trak", 4) == 0)
			read_track(m, child);
	}
}
