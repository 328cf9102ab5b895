#include "gp-pack/disc-path.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/mem.h"
#include "lib/name.h"
#include "lib/num.h"

#define JOLIET_CHARACTERS 64 /* Joliet, section "Joliet file names" */

static bool
is_continuation(char c)
{
	return ((unsigned char)c & 0xc0) == 0x80;
}

/* Replaces in place what not every reader shows; S is UTF-8. */
static void
make_plain(char *s)
{
	char *to = s;

	while (*s != '\0') {
		if ((unsigned char)*s >= 0xf0) { /* beyond the first plane */
			*to++ = '_';
			for (s++; is_continuation(*s); s++)
				;
		} else if (*s == '%' || *s == ';') {
			*to++ = '_';
			s++;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

/* How many of the bytes of S make its first N characters. */
static size_t
bytes_of(const char *s, size_t n)
{
	const char *p = s;

	while (*p != '\0') {
		if (!is_continuation(*p) && n-- == 0)
			break;
		p++;
	}
	return (size_t)(p - s);
}

static size_t
characters(const char *s)
{
	size_t n = 0;

	for (; *s != '\0'; s++)
		n += !is_continuation(*s);
	return n;
}

/* Appends NAME, cut to what Joliet keeps, the extension kept; digits of HEX
 * tell apart what is the same otherwise, or was cut. */
static void
add_name(struct buf *b, const char *name, const char *hex, unsigned try)
{
	const char *dot = strrchr(name, '.');
	size_t stem, room = JOLIET_CHARACTERS;
	char mark[24] = "";

	if (dot == NULL || dot == name || strlen(dot) > NAME_EXTENSION_MAX)
		dot = name + strlen(name);
	stem = characters(name) - characters(dot);
	if (try > 1)
		snprintf(mark, sizeof(mark), "-%.8s-%u", hex, try);
	else if (try == 1 || stem + characters(dot) > room)
		snprintf(mark, sizeof(mark), "-%.8s", hex);
	room -= characters(dot) + strlen(mark);
	if (stem > room)
		stem = room;
	buf_add(b, name, bytes_of(name, stem));
	buf_printf(b, "%s%s", mark, dot);
}

char *
disc_path(const char *path, const char *hex, bool dated, int64_t taken,
    unsigned try)
{
	char time[NUM_TIME_SIZE], *name;
	struct buf b;

	name = name_file(path, 0);
	make_plain(name);
	buf_init(&b, 4096);
	if (dated && num_format_time(time, taken) == 0)
		buf_printf(&b, "data/%.4s/%.7s/", time, time);
	else
		buf_adds(&b, "data/undated/");
	add_name(&b, name, hex, try);
	free(name);
	return b.data;
}
