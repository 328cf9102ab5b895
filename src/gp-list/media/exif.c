#include "gp-list/media/exif.h"

#include <libexif/exif-data.h>
#include <limits.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/mem.h"
#include "lib/num.h"

static const uint8_t exif_mark[6] = { 'E', 'x', 'i', 'f', 0, 0 };

static uint32_t
get16(const uint8_t *p)
{
	return (uint32_t)p[0] << 8 | p[1];
}

static uint32_t
get32(const uint8_t *p)
{
	return get16(p) << 16 | get16(p + 2);
}

static uint32_t
get16le(const uint8_t *p)
{
	return (uint32_t)p[1] << 8 | p[0];
}

static uint32_t
get24le(const uint8_t *p)
{
	return (uint32_t)p[2] << 16 | get16le(p);
}

static uint32_t
get32le(const uint8_t *p)
{
	return get16le(p + 2) << 16 | get16le(p);
}

/* "2021:06:07 08:09:10" (some write '-' or '/') to its parts. */
static bool
parse_time(const char *s, struct tm *tm)
{
	struct tm again;
	time_t t;

	memset(tm, 0, sizeof(*tm));
	if (strlen(s) < 19)
		return false;
	tm->tm_year = num_digits(s, 4) - 1900;
	tm->tm_mon = num_digits(s + 5, 2) - 1;
	tm->tm_mday = num_digits(s + 8, 2);
	tm->tm_hour = num_digits(s + 11, 2);
	tm->tm_min = num_digits(s + 14, 2);
	tm->tm_sec = num_digits(s + 17, 2);
	tm->tm_isdst = -1;
	if (tm->tm_year < -100 || tm->tm_mon < 0 || tm->tm_mday < 1 ||
	    tm->tm_hour < 0 || tm->tm_min < 0 || tm->tm_sec < 0)
		return false;
	again = *tm;
	t = timegm(&again); /* 31 June would become 1 July */
	return t != (time_t)-1 && again.tm_mon == tm->tm_mon &&
	    again.tm_mday == tm->tm_mday && again.tm_hour == tm->tm_hour &&
	    again.tm_min == tm->tm_min && again.tm_sec == tm->tm_sec;
}

/* "+02:00" or "Z" to seconds east of UTC. */
static bool
parse_offset(const char *s, long *seconds)
{
	int hours, minutes;

	if (s[0] == 'Z' && s[1] == '\0') {
		*seconds = 0;
		return true;
	}
	if ((s[0] != '+' && s[0] != '-') || strlen(s) < 6 || s[3] != ':')
		return false;
	hours = num_digits(s + 1, 2);
	minutes = num_digits(s + 4, 2);
	if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59)
		return false;
	*seconds = (hours * 60L + minutes) * 60 * (s[0] == '-' ? -1 : 1);
	return true;
}

/* The text of TAG, cut to TEXT's size; false if it has none. */
static bool
text_of(ExifData *data, ExifIfd ifd, ExifTag tag, char *text, size_t size)
{
	ExifEntry *entry;
	size_t n;

	entry = exif_content_get_entry(data->ifd[ifd], tag);
	if (entry == NULL || entry->data == NULL ||
	    entry->format != EXIF_FORMAT_ASCII)
		return false;
	n = entry->size < size - 1 ? entry->size : size - 1;
	memcpy(text, entry->data, n);
	text[n] = '\0';
	return text[0] != '\0';
}

/* Where times stand: when taken, when scanned, when last changed. */
static const struct time_tag {
	ExifIfd ifd;
	ExifTag time;
	ExifTag offset;
} time_tags[] = {
	{ EXIF_IFD_EXIF, EXIF_TAG_DATE_TIME_ORIGINAL,
	    EXIF_TAG_OFFSET_TIME_ORIGINAL },
	{ EXIF_IFD_EXIF, EXIF_TAG_DATE_TIME_DIGITIZED,
	    EXIF_TAG_OFFSET_TIME_DIGITIZED },
	{ EXIF_IFD_0, EXIF_TAG_DATE_TIME, EXIF_TAG_OFFSET_TIME },
};

static void
read_time(struct media *m, ExifData *data)
{
	const struct time_tag *tag;
	char text[32];
	struct tm tm;
	long offset = 0;
	time_t t;
	size_t i;

	for (i = 0; i < COUNT(time_tags); i++) {
		tag = &time_tags[i];
		if (!text_of(data, tag->ifd, tag->time, text, sizeof(text)) ||
		    !parse_time(text, &tm))
			continue;
		m->zone_assumed = !text_of(data, EXIF_IFD_EXIF, tag->offset,
				      text, sizeof(text)) ||
		    !parse_offset(text, &offset);
		t = m->zone_assumed ? mktime(&tm) : timegm(&tm) - offset;
		if (m->zone_assumed && t == (time_t)-1)
			continue;
		m->taken = (int64_t)t;
		m->from = MEDIA_TIME_EXIF;
		return;
	}
}

/* The number of TAG, 0 if it has none. */
static int64_t
number_of(ExifData *data, ExifTag tag)
{
	ExifEntry *entry;
	ExifByteOrder order = exif_data_get_byte_order(data);

	entry = exif_content_get_entry(data->ifd[EXIF_IFD_EXIF], tag);
	if (entry == NULL || entry->data == NULL || entry->components != 1)
		return 0;
	if (entry->format == EXIF_FORMAT_SHORT && entry->size >= 2)
		return exif_get_short(entry->data, order);
	if (entry->format == EXIF_FORMAT_LONG && entry->size >= 4)
		return (int64_t)exif_get_long(entry->data, order);
	return 0;
}

static void *
take(ExifLong n)
{
	return mem_alloc(n);
}

static void *
resize(void *p, ExifLong n)
{
	return mem_resize(p, n, 1);
}

/* Without memory libexif leaves out tags and says nothing: the program ends
 * instead. */
static ExifData *
exif_open(void)
{
	ExifMem *mem = exif_mem_new(take, resize, free);
	ExifData *data = exif_data_new_mem(mem);

	exif_mem_unref(mem);
	return data;
}

/* Takes what MARKED ("Exif\0\0", then TIFF) says. */
static void
read_marked(struct media *m, const uint8_t *marked, size_t n)
{
	ExifData *data;
	int64_t width, height;

	if (m->from != MEDIA_TIME_NONE || n > UINT_MAX)
		return;
	data = exif_open();
	if (data == NULL)
		return;
	/* as it is: no tags made up, none dropped */
	exif_data_unset_option(data, EXIF_DATA_OPTION_FOLLOW_SPECIFICATION);
	exif_data_load_data(data, marked, (unsigned)n);
	read_time(m, data);
	width = number_of(data, EXIF_TAG_PIXEL_X_DIMENSION);
	height = number_of(data, EXIF_TAG_PIXEL_Y_DIMENSION);
	if (m->width == 0 && width > 0 && height > 0) {
		m->width = width;
		m->height = height;
	}
	exif_data_unref(data);
}

void
exif_read_tiff(struct media *m, const uint8_t *tiff, size_t n)
{
	uint8_t *marked;

	if (n < 8 || n > EXIF_HEAD_MAX)
		return;
	marked = mem_alloc(n + sizeof(exif_mark));
	memcpy(marked, exif_mark, sizeof(exif_mark));
	memcpy(marked + sizeof(exif_mark), tiff, n);
	read_marked(m, marked, n + sizeof(exif_mark));
	free(marked);
}

static void
set_size(struct media *m, uint32_t width, uint32_t height)
{
	if (width == 0 || height == 0)
		return;
	m->width = width;
	m->height = height;
}

/* Whether MARKER begins a frame: SOF0 to SOF15 without DHT, JPG and DAC. */
static bool
jpeg_frame(uint8_t marker)
{
	return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 &&
	    marker != 0xc8 && marker != 0xcc;
}

/* Segment by segment up to the picture itself. */
static size_t
read_jpeg(struct media *m, const uint8_t *p, size_t n)
{
	size_t at = 2, len;

	while (at < n) {
		if (p[at] == 0xff && at + 1 < n && p[at + 1] == 0xff) {
			at++; /* fill byte */
			continue;
		}
		if (n - at < 4)
			return at + 4;
		len = get16(p + at + 2);
		if (p[at] != 0xff || p[at + 1] == 0xda || len < 2)
			return n;
		if (n - at < len + 2)
			return at + len + 2;
		if (p[at + 1] == 0xe1 && len >= 2 + sizeof(exif_mark) &&
		    memcmp(p + at + 4, exif_mark, sizeof(exif_mark)) == 0)
			read_marked(m, p + at + 4, len - 2);
		if (jpeg_frame(p[at + 1]) && len >= 7) {
			set_size(m, get16(p + at + 7), get16(p + at + 5));
			return n;
		}
		at += len + 2;
	}
	return at + 4;
}

static size_t
read_png(struct media *m, const uint8_t *p, size_t n)
{
	size_t at = 8, len;

	while (at < n && n - at >= 12) {
		len = get32(p + at);
		if (len > INT32_MAX)
			return n;
		if (memcmp(p + at + 4, "IDAT", 4) == 0 && m->width != 0)
			return n; /* EXIF may stand behind; not looked for */
		if (n - at - 12 < len)
			return n;
		if (memcmp(p + at + 4, "IHDR", 4) == 0 && len >= 8)
			set_size(m, get32(p + at + 8), get32(p + at + 12));
		else if (memcmp(p + at + 4, "eXIf", 4) == 0)
			exif_read_tiff(m, p + at + 8, len);
		at += len + 12;
	}
	return n;
}

static size_t
read_webp(struct media *m, const uint8_t *p, size_t n)
{
	size_t at = 12, len;

	while (at < n && n - at >= 8) {
		len = get32le(p + at + 4);
		if (n - at - 8 < len)
			return at + 8 + len;
		if (memcmp(p + at, "VP8X", 4) == 0 && len >= 10)
			set_size(m, get24le(p + at + 12) + 1,
			    get24le(p + at + 15) + 1);
		else if (memcmp(p + at, "VP8 ", 4) == 0 && len >= 10)
			set_size(m, get16le(p + at + 14) & 0x3fff,
			    get16le(p + at + 16) & 0x3fff);
		else if (memcmp(p + at, "EXIF", 4) == 0 && len > 6 &&
		    memcmp(p + at + 8, exif_mark, sizeof(exif_mark)) == 0)
			read_marked(m, p + at + 8, len);
		else if (memcmp(p + at, "EXIF", 4) == 0)
			exif_read_tiff(m, p + at + 8, len);
		at += 8 + len + (len & 1);
	}
	return at + 8;
}

size_t
exif_read_image(struct media *m, const uint8_t *head, size_t n)
{
	if (n >= 4 && memcmp(head, "\xff\xd8\xff", 3) == 0)
		return read_jpeg(m, head, n);
	if (n >= 16 && memcmp(head, "\x89PNG\r\n\x1a\n", 8) == 0)
		return read_png(m, head, n);
	if (n >= 12 && memcmp(head, "RIFF", 4) == 0 &&
	    memcmp(head + 8, "WEBP", 4) == 0)
		return read_webp(m, head, n);
	if (n >= 10 && memcmp(head, "GIF8", 4) == 0)
		set_size(m, get16le(head + 6), get16le(head + 8));
	if (n >= 8 &&
	    (memcmp(head, "II*\0", 4) == 0 || memcmp(head, "MM\0*", 4) == 0)) {
		exif_read_tiff(m, head, n);
		return m->from == MEDIA_TIME_NONE ? EXIF_HEAD_MAX : n;
	}
	return n;
}
