#include "lib/record/record.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/num.h"
#include "lib/program/msg.h"
#include "lib/program/out.h"
#include "lib/record/json-member.h"
#include "lib/record/scan.h"
#include "lib/utf8.h"

/* bytes that a usual record needs of each kind, with room to spare */
#define USUAL ((size_t)64 * 1024)

void
record_init(struct record *rec)
{
	buf_init(&rec->line, RECORD_MAX);
	buf_init(&rec->text, RECORD_MAX + 64);
	rec->member = NULL;
	rec->members = rec->members_cap = 0;
	rec->at = 0;
	rec->error = 0;
}

void
record_release(struct record *rec)
{
	buf_release(&rec->line);
	buf_release(&rec->text);
	free(rec->member);
	record_init(rec);
}

void
record_trim(struct record *rec)
{
	if (rec->line.cap > USUAL || rec->text.cap > USUAL ||
	    rec->members_cap * sizeof(*rec->member) > USUAL)
		record_release(rec);
}

static bool
name_is(const struct record *rec, const struct record_member *m,
    const char *name, size_t n)
{
	const char *written = rec->line.data + m->name;
	struct buf plain;
	bool same;

	if (m->name_len == n)
		return memcmp(written, name, n) == 0;
	/* an escaped name is always longer than what it stands for */
	if (m->name_len < n || memchr(written, '\\', m->name_len) == NULL)
		return false;
	buf_init(&plain, RECORD_MAX);
	same = record_unescape(&plain, written, m->name_len) &&
	    plain.len == n && memcmp(plain.data, name, n) == 0;
	buf_release(&plain);
	return same;
}

/* The last member of that name, or NULL. */
static const struct record_member *
find(const struct record *rec, const char *name)
{
	size_t n = strlen(name);
	size_t i;

	for (i = rec->members; i > 0; i--) {
		if (name_is(rec, &rec->member[i - 1], name, n))
			return &rec->member[i - 1];
	}
	return NULL;
}

static void
add_member(void *arg, size_t name, size_t name_len, size_t value,
    size_t value_len)
{
	struct record *rec = arg;
	struct record_member *m;

	if (rec->members == rec->members_cap) {
		rec->members_cap = rec->members_cap > 0 ? rec->members_cap * 2
							: 32;
		rec->member = mem_resize(rec->member, rec->members_cap,
		    sizeof(*rec->member));
	}
	m = &rec->member[rec->members++];
	m->name = name;
	m->name_len = name_len;
	m->value = value;
	m->value_len = value_len;
	m->text = 0;
}

static bool
is_null(const struct record *rec, const struct record_member *m)
{
	return m->value_len == 4 &&
	    memcmp(rec->line.data + m->value, "null", 4) == 0;
}

/* Notes where the members lie; NULL, or what is wrong. */
static const char *
scan_line(struct record *rec)
{
	const struct record_member *m;
	const char *reason;

	rec->members = 0;
	rec->error = 0;
	reason = scan_object(rec->line.data, rec->line.len, RECORD_DEPTH,
	    add_member, rec);
	if (reason != NULL)
		return reason;
	m = find(rec, "error");
	if (m != NULL && !is_null(rec, m)) {
		rec->error = (size_t)(m - rec->member) + 1;
		return NULL;
	}
	m = find(rec, "id");
	if (m == NULL || rec->line.data[m->value] != '"')
		return "no string \"id\"";
	return NULL;
}

static void
empty(struct record *rec)
{
	buf_clear(&rec->line);
	buf_clear(&rec->text);
	rec->members = 0;
	rec->error = 0;
}

int
record_parse(struct record *rec, const char *line, size_t n,
    const char **reason)
{
	const char *why;

	empty(rec);
	if (n > RECORD_MAX || buf_add(&rec->line, line, n) < 0)
		why = "longer than 1 MiB";
	else if (memchr(line, '\0', n) != NULL)
		why = "a NUL byte";
	else
		why = scan_line(rec);
	if (reason != NULL)
		*reason = why;
	if (why == NULL)
		return 0;
	empty(rec);
	return -1;
}

bool
record_object(const struct record *rec, const char *name, struct record *inner)
{
	const char *value;
	size_t n;

	empty(inner);
	value = record_get(rec, name, &n);
	if (value == NULL || *value != '{')
		return false;
	if (buf_add(&inner->line, value, n) == 0 &&
	    scan_object(inner->line.data, inner->line.len, RECORD_DEPTH,
		add_member, inner) == NULL)
		return true;
	empty(inner);
	return false;
}

void
record_new(struct record *rec, const char *id)
{
	empty(rec);
	rec->at = 0;
	buf_addc(&rec->line, '{');
	json_add_text(&rec->line, "id", id);
	buf_addc(&rec->line, '}');
	if (rec->line.overflowed || (scan_line(rec) != NULL && id != NULL))
		msg_die("an id too long for a record");
}

/* The object that says what went wrong. */
static void
error_object(struct buf *b, const char *code, const char *text)
{
	buf_init(b, 16384);
	buf_addc(b, '{');
	json_add_text(b, "stage", msg_tool());
	json_add_text(b, "code", code);
	json_add_name(b, "message");
	buf_add_json(b, text, strnlen(text, 2000));
	buf_addc(b, '}');
}

/* REC has nothing but its ERROR from now on. */
static void
keep_error(struct record *rec, const struct buf *error)
{
	empty(rec);
	buf_addc(&rec->line, '{');
	json_add_name(&rec->line, "error");
	buf_add(&rec->line, error->data, error->len);
	buf_addc(&rec->line, '}');
}

void
record_make_bad(struct record *rec, const char *reason)
{
	char text[128];
	struct buf object;

	snprintf(text, sizeof(text), "line %zu is no record: %s", rec->at,
	    reason);
	msg(NULL, "%s", text);
	error_object(&object, "bad-record", text);
	keep_error(rec, &object);
	buf_release(&object);
	scan_line(rec);
}

bool
record_failed(const struct record *rec)
{
	return rec->error != 0;
}

const char *
record_get(const struct record *rec, const char *name, size_t *n)
{
	const struct record_member *m;

	m = find(rec, name);
	if (m == NULL)
		return NULL;
	*n = m->value_len;
	return rec->line.data + m->value;
}

/* Decodes member M, once, so that texts handed out stay where they are: all
 * of them together are never longer than the line. */
static const char *
decode(struct record *rec, struct record_member *m)
{
	const char *value = rec->line.data + m->value;
	size_t start = rec->text.len;

	if (value[0] != '"')
		return NULL;
	if (m->text > 0)
		return rec->text.data + m->text - 1;
	if (buf_reserve(&rec->text, rec->line.len - rec->text.len + 64) < 0 ||
	    !record_unescape(&rec->text, value + 1, m->value_len - 2) ||
	    strlen(rec->text.data + start) != rec->text.len - start) {
		buf_truncate(&rec->text, start);
		return NULL;
	}
	/* keep the NUL: the next text begins behind it */
	buf_add(&rec->text, "", 1);
	m->text = start + 1;
	return rec->text.data + start;
}

const char *
record_text(struct record *rec, const char *name)
{
	const struct record_member *m;

	m = find(rec, name);
	if (m == NULL)
		return NULL;
	return decode(rec, &rec->member[m - rec->member]);
}

int
record_int(const struct record *rec, const char *name, int64_t *value)
{
	char digits[24];
	const char *s;
	size_t n;

	s = record_get(rec, name, &n);
	if (s == NULL)
		return -1;
	if (n >= 2 && s[0] == '"') {
		s++;
		n -= 2;
	}
	if (n >= sizeof(digits))
		return -1;
	memcpy(digits, s, n);
	digits[n] = '\0';
	return num_parse(digits, INT64_MIN, INT64_MAX, value);
}

/* Puts N bytes at AT in place of OLD bytes; -1 beyond RECORD_MAX. */
static int
splice(struct buf *b, size_t at, size_t old, const char *s, size_t n)
{
	size_t tail = b->len - at - old;

	if (n > old && buf_reserve(b, n - old) < 0)
		return -1;
	memmove(b->data + at + n, b->data + at + old, tail);
	memcpy(b->data + at, s, n);
	b->len = at + n + tail;
	b->data[b->len] = '\0';
	return 0;
}

/* Adds a member before the closing brace; -1 beyond RECORD_MAX. */
static int
append_member(struct record *rec, const char *name, const char *json, size_t n)
{
	struct buf added;
	size_t end = rec->line.len;
	int result;

	while (end > 0 && rec->line.data[end - 1] != '}')
		end--;
	buf_init(&added, RECORD_MAX + 256);
	/* what it comes behind, by which the comma goes */
	buf_addc(&added, rec->members > 0 ? '"' : '{');
	json_add_name(&added, name);
	buf_add(&added, json, n);
	result = added.overflowed
	    ? -1
	    : splice(&rec->line, end - 1, 0, added.data + 1, added.len - 1);
	if (result == 0)
		add_member(rec, end - 1 + (rec->members > 0 ? 2 : 1),
		    strlen(name), end + added.len - 2 - n, n);
	buf_release(&added);
	return result;
}

static int
replace_member(struct record *rec, const struct record_member *m,
    const char *json, size_t n)
{
	if (splice(&rec->line, m->value, m->value_len, json, n) < 0)
		return -1;
	return scan_line(rec) == NULL ? 0 : -1;
}

static void
forget_texts(struct record *rec)
{
	size_t i;

	if (rec->text.len == 0)
		return;
	buf_clear(&rec->text);
	for (i = 0; i < rec->members; i++)
		rec->member[i].text = 0;
}

static int
set_member(struct record *rec, const char *name, const char *json, size_t n)
{
	const struct record_member *m;

	forget_texts(rec);
	m = find(rec, name);
	if (m != NULL)
		return replace_member(rec, m, json, n);
	return append_member(rec, name, json, n);
}

/* Where the line is full, metadata gives way: an error must not be lost. */
void
record_mark(struct record *rec, const char *code, const char *text)
{
	struct buf object;

	if (record_failed(rec))
		return;
	error_object(&object, code, text);
	if (set_member(rec, "error", object.data, object.len) < 0) {
		set_member(rec, "metadata", "null", 4);
		if (set_member(rec, "error", object.data, object.len) < 0)
			keep_error(rec, &object);
	}
	buf_release(&object);
	scan_line(rec);
}

void
record_fail(struct record *rec, const char *code, const char *fmt, ...)
{
	char text[2048];
	va_list ap;

	if (record_failed(rec))
		return;
	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	msg(record_display_name(rec), "%s", text);
	record_mark(rec, code, text);
}

void
record_set_raw(struct record *rec, const char *name, const char *json, size_t n)
{
	if (record_failed(rec))
		return;
	if (set_member(rec, name, json, n) < 0)
		record_fail(rec, "too-long",
		    "the record would grow beyond 1 MiB with %s", name);
}

void
record_set_text(struct record *rec, const char *name, const char *value)
{
	struct buf json;

	buf_init(&json, RECORD_MAX * 6 + 2);
	buf_add_json(&json, value, strlen(value));
	record_set_raw(rec, name, json.data, json.len);
	buf_release(&json);
}

void
record_set_int(struct record *rec, const char *name, int64_t value)
{
	char digits[24];
	int n;

	n = snprintf(digits, sizeof(digits), "%lld", (long long)value);
	record_set_raw(rec, name, digits, (size_t)n);
}

void
record_write(const struct record *rec)
{
	out_write(rec->line.data, rec->line.len);
	out_write("\n", 1);
}

const char *
record_display_name(struct record *rec)
{
	const char *label;

	label = record_text(rec, "filename");
	if (label == NULL)
		label = record_text(rec, "id");
	if (label != NULL)
		return label;
	if (rec->at == 0)
		return "?"; /* it was read nowhere */
	forget_texts(rec);
	buf_printf(&rec->text, "line %zu", rec->at);
	return rec->text.data;
}

static uint32_t
hex4(const char *s)
{
	char digits[5];

	memcpy(digits, s, 4);
	digits[4] = '\0';
	return (uint32_t)strtoul(digits, NULL, 16);
}

/* \uXXXX at S (behind the 'u', N bytes left); the bytes it takes, 0 if bad. */
static size_t
unescape_code(struct buf *b, const char *s, size_t n)
{
	char utf8[4];
	uint32_t code, low;
	size_t taken = 4;

	if (n < 4)
		return 0;
	code = hex4(s);
	if (code >= 0xd800 && code < 0xe000) {
		low = n >= 10 && s[4] == '\\' && s[5] == 'u' ? hex4(s + 6) : 0;
		if (code < 0xdc00 && low >= 0xdc00 && low < 0xe000) {
			code = 0x10000 + ((code - 0xd800) << 10) +
			    (low - 0xdc00);
			taken = 10;
		} else {
			code = 0xfffd;
		}
	}
	return buf_add(b, utf8, utf8_encode(utf8, code)) < 0 ? 0 : taken;
}

static char
unescape_char(char c)
{
	switch (c) {
	case 'b':
		return '\b';
	case 'f':
		return '\f';
	case 'n':
		return '\n';
	case 'r':
		return '\r';
	case 't':
		return '\t';
	default:
		return c; /* " \ / */
	}
}

bool
record_unescape(struct buf *b, const char *s, size_t n)
{
	const char *end = s + n, *slash;
	size_t taken;

	while (s < end) {
		slash = memchr(s, '\\', (size_t)(end - s));
		if (slash == NULL)
			return buf_add(b, s, (size_t)(end - s)) == 0;
		if (buf_add(b, s, (size_t)(slash - s)) < 0 || end - slash < 2)
			return false;
		s = slash + 2;
		if (slash[1] == 'u') {
			taken = unescape_code(b, s, (size_t)(end - s));
			if (taken == 0)
				return false;
			s += taken;
		} else if (buf_addc(b, unescape_char(slash[1])) < 0) {
			return false;
		}
	}
	return true;
}
