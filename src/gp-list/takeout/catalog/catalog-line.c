#include "gp-list/takeout/catalog/catalog-line.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/record/json-member.h"
#include "lib/record/record.h"
#include "lib/record/scan.h"
#include "lib/utf8.h"

/* 1 did not tell a bare tar from a gzipped one; 2 took photos in a zip whose
 * mode is a link's for links */
#define CATALOG_VERSION 3

/*
 * n name, x name in hex where it is no UTF-8, k type, s size, c CRC-32, j JSON
 * text, f where the time is from, t the time, z whether its zone was assumed,
 * m mtime, d damage; of the last line: e why it ends, b whether it is a bare
 * tar.
 */
static const char members[] = "nxkscjftzmdeb";

struct values {
	const char *line;
	struct {
		size_t at, len;
	} of[sizeof(members) - 1];
};

static void
write_name(struct buf *b, const char *name)
{
	if (utf8_is(name)) {
		json_add_text(b, "n", name);
		return;
	}
	json_add_name(b, "x");
	buf_addc(b, '"');
	for (; *name != '\0'; name++)
		buf_printf(b, "%02x", (unsigned)(unsigned char)*name);
	buf_addc(b, '"');
}

void
catalog_line_write(struct buf *b, const struct catalog_member *m)
{
	buf_addc(b, '{');
	write_name(b, m->name);
	if (m->type != PACKAGE_FILE)
		json_add_int(b, "k", m->type);
	json_add_int(b, "s", m->size);
	if (m->has_crc)
		json_add_int(b, "c", m->crc);
	if (m->media.from != MEDIA_TIME_NONE) {
		json_add_int(b, "f", m->media.from);
		json_add_int(b, "t", m->media.taken);
		json_add_int(b, "z", m->media.zone_assumed ? 1 : 0);
	}
	if (m->mtime != 0)
		json_add_int(b, "m", m->mtime);
	json_add_text(b, "d", m->damage);
	if (m->json != NULL) {
		json_add_name(b, "j");
		buf_add_json(b, m->json, m->json_len);
	}
	buf_adds(b, "}\n");
}

void
catalog_line_first(struct buf *b, const char *name, const struct stat *st)
{
	char time[48];

	snprintf(time, sizeof(time), "%lld.%09ld",
	    (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec);
	buf_addc(b, '{');
	json_add_int(b, "gp-catalog", CATALOG_VERSION);
	json_add_int(b, "size", st->st_size);
	json_add_text(b, "time", time);
	json_add_text(b, "part", name);
	buf_adds(b, "}\n");
}

void
catalog_line_last(struct buf *b, const char *reason, bool bare)
{
	buf_addc(b, '{');
	json_add_name(b, "e");
	if (reason != NULL)
		buf_add_json(b, reason, strlen(reason));
	else
		buf_adds(b, "null");
	if (bare)
		json_add_int(b, "b", 1);
	buf_adds(b, "}\n");
}

static void
take(void *arg, size_t name, size_t name_len, size_t value, size_t value_len)
{
	struct values *v = arg;
	const char *p;

	if (name_len != 1)
		return;
	p = strchr(members, v->line[name]);
	if (p == NULL || *p == '\0')
		return;
	v->of[p - members].at = value;
	v->of[p - members].len = value_len;
}

/* The length of member NAME as written, 0 without it; where in *AT. */
static size_t
get(const struct values *v, char name, const char **at)
{
	size_t i = (size_t)(strchr(members, name) - members);

	*at = v->line + v->of[i].at;
	return v->of[i].len;
}

/* The number member NAME, or MISSING. */
static int64_t
number(const struct values *v, char name, int64_t missing)
{
	const char *at;

	/* a comma or brace ends it */
	return get(v, name, &at) > 0 ? (int64_t)strtoll(at, NULL, 10) : missing;
}

/* Decodes the string member NAME into TEXT, NUL behind it: where it begins
 * there, or -1. */
static ssize_t
string(const struct values *v, char name, struct buf *text)
{
	const char *at;
	size_t n = get(v, name, &at), start = text->len;

	if (n < 2 || *at != '"' || !record_unescape(text, at + 1, n - 2) ||
	    buf_addc(text, '\0') < 0)
		return -1;
	return (ssize_t)start;
}

static ssize_t
hex_name(const struct values *v, struct buf *text)
{
	const char *at;
	size_t n = get(v, 'x', &at), start = text->len, i;
	char digits[3] = "", byte;

	if (n < 4)
		return -1;
	for (i = 1; i + 2 < n; i += 2) {
		memcpy(digits, at + i, 2);
		byte = (char)strtoul(digits, NULL, 16);
		if (byte == 0)
			return -1;
		buf_addc(text, byte);
	}
	return buf_addc(text, '\0') < 0 ? -1 : (ssize_t)start;
}

static int
read_member(struct catalog_line *line, const struct values *v)
{
	struct buf *text = &line->text;
	struct catalog_member *m = &line->m;
	ssize_t name, json, damage;
	size_t json_len;

	memset(m, 0, sizeof(*m));
	name = string(v, 'n', text);
	if (name < 0)
		name = hex_name(v, text);
	damage = string(v, 'd', text);
	json = string(v, 'j', text);
	json_len = json < 0 ? 0 : text->len - (size_t)json - 1;
	if (name < 0 || text->overflowed)
		return -1;
	m->name = text->data + name;
	m->damage = damage < 0 ? NULL : text->data + damage;
	m->json = json < 0 ? NULL : text->data + json;
	m->json_len = json_len;
	m->type = (enum package_type)number(v, 'k', PACKAGE_FILE);
	m->size = number(v, 's', -1);
	m->crc = (uint32_t)number(v, 'c', -1);
	m->has_crc = number(v, 'c', -1) >= 0;
	m->mtime = number(v, 'm', 0);
	m->media.from = (enum media_time)number(v, 'f', MEDIA_TIME_NONE);
	m->media.taken = number(v, 't', 0);
	m->media.zone_assumed = number(v, 'z', 0) != 0;
	return 0;
}

void
catalog_line_init(struct catalog_line *line)
{
	memset(line, 0, sizeof(*line));
	buf_init(&line->text, CATALOG_LINE_MAX);
}

void
catalog_line_release(struct catalog_line *line)
{
	buf_release(&line->text);
}

int
catalog_line_read(struct catalog_line *line, const char *s, size_t n)
{
	struct values v = { .line = s };
	const char *at;
	ssize_t reason;

	buf_clear(&line->text);
	if (scan_object(s, n, 4, take, &v) != NULL)
		return -1;
	line->last = get(&v, 'e', &at) > 0;
	if (!line->last)
		return read_member(line, &v);
	line->bare = number(&v, 'b', 0) != 0;
	reason = string(&v, 'e', &line->text);
	line->reason = reason < 0 ? NULL : line->text.data + reason;
	return 0;
}
