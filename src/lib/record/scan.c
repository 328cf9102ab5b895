#include "lib/record/scan.h"

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "lib/num.h"
#include "lib/utf8.h"

#define DEPTH_MAX 1024

struct scan {
	const char *start, *p, *end;
	const char *reason;
	int depth, max_depth;
	uint8_t is_object[DEPTH_MAX / CHAR_BIT]; /* a bit a level */
};

static bool
refuse(struct scan *s, const char *reason)
{
	s->reason = reason;
	return false;
}

static void
blanks(struct scan *s)
{
	while (*s->p == ' ' || *s->p == '\t' || *s->p == '\n' || *s->p == '\r')
		s->p++;
}

static bool
is_hex(char c)
{
	return num_is_digit(c) || (c >= 'a' && c <= 'f') ||
	    (c >= 'A' && c <= 'F');
}

static bool
escape(struct scan *s)
{
	int i;

	s->p++;
	if (*s->p == 'u') {
		for (i = 1; i <= 4; i++) {
			if (!is_hex(s->p[i]))
				return refuse(s, "a bad escape");
		}
		s->p += 5;
		return true;
	}
	if (*s->p == '\0' || strchr("\"\\/bfnrt", *s->p) == NULL)
		return refuse(s, "a bad escape");
	s->p++;
	return true;
}

/* Bit 7 of each byte of X that is '"', '\\', below 0x20 or above 0x7f. Bytes
 * behind such a one may be marked falsely, the first mark is always right. */
static uint64_t
special_bytes(uint64_t x)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);
	const uint64_t tops = ones * 0x80;
	uint64_t quote = x ^ ones * '"';
	uint64_t slash = x ^ ones * '\\';

	return ((x - ones * 0x20) | (quote - ones) | (slash - ones) | x) & tops;
}

/* Skips what needs no look, eight bytes at a time. */
static void
skip_plain(struct scan *s)
{
	uint64_t x, marks;

	while (s->end - s->p >= 8) {
		memcpy(&x, s->p, 8);
		marks = special_bytes(x);
		if (marks != 0) {
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
			s->p += __builtin_ctzll(marks) / 8;
#endif
			break;
		}
		s->p += 8;
	}
}

/* A string, from its first quote to behind its last. */
static bool
string(struct scan *s)
{
	size_t n;

	if (*s->p != '"')
		return refuse(s, "no string where one must be");
	s->p++;
	for (;;) {
		skip_plain(s);
		if (*s->p == '"')
			break;
		if (*s->p == '\\') {
			if (!escape(s))
				return false;
			continue;
		}
		if ((unsigned char)*s->p < 0x20)
			return refuse(s,
			    s->p >= s->end ? "cut off in a string"
					   : "a control byte in a string");
		n = utf8_length(s->p, (size_t)(s->end - s->p));
		if (n == 0)
			return refuse(s, "bytes that are no UTF-8");
		s->p += n;
	}
	s->p++;
	return true;
}

static bool
digits(struct scan *s)
{
	if (!num_is_digit(*s->p))
		return refuse(s, "a bad number");
	while (num_is_digit(*s->p))
		s->p++;
	return true;
}

static bool
number(struct scan *s)
{
	if (*s->p == '-')
		s->p++;
	if (*s->p == '0')
		s->p++;
	else if (!digits(s))
		return false;
	if (*s->p == '.') {
		s->p++;
		if (!digits(s))
			return false;
	}
	if (*s->p == 'e' || *s->p == 'E') {
		s->p++;
		if (*s->p == '+' || *s->p == '-')
			s->p++;
		return digits(s);
	}
	return true;
}

static bool
word(struct scan *s, const char *text)
{
	size_t n = strlen(text);

	if (strncmp(s->p, text, n) != 0)
		return refuse(s, "an unknown word");
	s->p += n;
	return true;
}

static bool
scalar(struct scan *s)
{
	switch (*s->p) {
	case '"':
		return string(s);
	case 't':
		return word(s, "true");
	case 'f':
		return word(s, "false");
	case 'n':
		return word(s, "null");
	case '\0':
		return refuse(s, "cut off");
	default:
		return number(s);
	}
}

static bool
in_object(const struct scan *s)
{
	int level = s->depth - 1;

	return (s->is_object[level / CHAR_BIT] >> level % CHAR_BIT & 1) != 0;
}

static bool
enter(struct scan *s, bool object)
{
	uint8_t bit;

	if (s->depth == s->max_depth)
		return refuse(s, "nested too deep");
	bit = (uint8_t)(1 << s->depth % CHAR_BIT);
	if (object)
		s->is_object[s->depth / CHAR_BIT] |= bit;
	else
		s->is_object[s->depth / CHAR_BIT] &= (uint8_t)~bit;
	s->depth++;
	s->p++;
	blanks(s);
	return true;
}

/* A member's name and colon, up to its value. */
static bool
name(struct scan *s)
{
	if (!string(s))
		return false;
	blanks(s);
	if (*s->p != ':')
		return refuse(s, "no colon behind a name");
	s->p++;
	blanks(s);
	return true;
}

/* Behind a value: closes what ends here and goes to the next value's start.
 * Sets *DONE when the depth is back at FLOOR. */
static bool
next(struct scan *s, int floor, bool *done)
{
	for (;;) {
		*done = s->depth == floor;
		if (*done)
			return true;
		blanks(s);
		if (*s->p == ',') {
			s->p++;
			blanks(s);
			return !in_object(s) || name(s);
		}
		if (*s->p != (in_object(s) ? '}' : ']'))
			return refuse(s,
			    *s->p == '\0' ? "cut off" : "no comma or bracket");
		s->p++;
		s->depth--;
	}
}

/* One value of any kind, nested to any allowed depth, without recursion. */
static bool
value(struct scan *s)
{
	int floor = s->depth;
	bool done = false;
	bool object;

	while (!done) {
		if (*s->p == '{' || *s->p == '[') {
			object = *s->p == '{';
			if (!enter(s, object))
				return false;
			if (*s->p != (object ? '}' : ']')) {
				if (object && !name(s))
					return false;
				continue;
			}
			s->p++;
			s->depth--;
		} else if (!scalar(s)) {
			return false;
		}
		if (!next(s, floor, &done))
			return false;
	}
	return true;
}

static bool
member(struct scan *s, scan_member *tell, void *arg)
{
	const char *name_at = s->p, *name_end, *value_at;

	if (!string(s))
		return false;
	name_end = s->p;
	blanks(s);
	if (*s->p != ':')
		return refuse(s, "no colon behind a name");
	s->p++;
	blanks(s);
	value_at = s->p;
	if (!value(s))
		return false;
	if (tell != NULL)
		tell(arg, (size_t)(name_at + 1 - s->start),
		    (size_t)(name_end - name_at - 2),
		    (size_t)(value_at - s->start), (size_t)(s->p - value_at));
	blanks(s);
	return true;
}

static bool
members(struct scan *s, scan_member *tell, void *arg)
{
	if (!enter(s, true))
		return false;
	if (*s->p == '}') {
		s->p++;
		return true;
	}
	for (;;) {
		if (!member(s, tell, arg))
			return false;
		if (*s->p == '}')
			break;
		if (*s->p != ',')
			return refuse(s,
			    *s->p == '\0' ? "cut off" : "no comma or brace");
		s->p++;
		blanks(s);
	}
	s->p++;
	return true;
}

const char *
scan_object(const char *text, size_t n, int max_depth, scan_member *tell,
    void *arg)
{
	struct scan s = { .depth = 0 };

	s.start = s.p = text;
	s.end = text + n;
	s.reason = NULL;
	s.max_depth = max_depth < DEPTH_MAX ? max_depth : DEPTH_MAX;
	blanks(&s);
	if (*s.p != '{')
		return "not a JSON object";
	if (!members(&s, tell, arg))
		return s.reason;
	blanks(&s);
	return s.p == s.end ? NULL : "something behind the object";
}

const char *
scan_string_end(const char *p, const char *end)
{
	for (p++; p < end && *p != '"'; p++) {
		if (*p == '\\')
			p++;
	}
	return p < end ? p + 1 : end;
}
