#include "lib/buf.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/utf8.h"

/* what an empty buffer points to; never written */
static char nothing[1];

void
buf_init(struct buf *b, size_t max)
{
	b->data = nothing;
	b->len = 0;
	b->cap = 0;
	b->max = max;
	b->overflowed = false;
}

void
buf_release(struct buf *b)
{
	if (b->cap > 0)
		free(b->data);
	buf_init(b, b->max);
}

void
buf_clear(struct buf *b)
{
	b->len = 0;
	b->overflowed = false;
	if (b->cap > 0)
		b->data[0] = '\0';
}

int
buf_reserve(struct buf *b, size_t n)
{
	size_t cap;

	if (n > b->max || b->len > b->max - n) {
		b->overflowed = true;
		errno = EMSGSIZE;
		return -1;
	}
	if (b->len + n < b->cap)
		return 0;
	cap = b->cap > 0 ? b->cap : 128;
	while (cap < b->len + n + 1)
		cap = cap <= SIZE_MAX / 2 ? cap * 2 : b->len + n + 1;
	b->data = mem_resize(b->cap > 0 ? b->data : NULL, cap, 1);
	b->data[b->len] = '\0'; /* new memory has none yet */
	b->cap = cap;
	return 0;
}

int
buf_add(struct buf *b, const void *p, size_t n)
{
	if (n == 0)
		return 0;
	if (buf_reserve(b, n) < 0)
		return -1;
	memcpy(b->data + b->len, p, n);
	b->len += n;
	b->data[b->len] = '\0';
	return 0;
}

int
buf_adds(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

int
buf_addc(struct buf *b, char c)
{
	return buf_add(b, &c, 1);
}

int
buf_printf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	if (n < 0 || buf_reserve(b, (size_t)n) < 0) {
		b->overflowed = true;
		return -1;
	}
	if (n == 0)
		return 0;
	va_start(ap, fmt);
	vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	va_end(ap);
	b->len += (size_t)n;
	return 0;
}

void
buf_truncate(struct buf *b, size_t len)
{
	if (len >= b->len)
		return;
	b->len = len;
	b->data[len] = '\0';
}

static int
add_json_char(struct buf *b, const char *s, size_t n)
{
	switch (*s) {
	case '"':
		return buf_adds(b, "\\\"");
	case '\\':
		return buf_adds(b, "\\\\");
	case '\n':
		return buf_adds(b, "\\n");
	case '\t':
		return buf_adds(b, "\\t");
	case '\r':
		return buf_adds(b, "\\r");
	default:
		if ((unsigned char)*s < 0x20)
			return buf_printf(b, "\\u%04x", (unsigned)*s);
		return buf_add(b, s, n);
	}
}

/* How many of the N bytes at S stand in JSON as they are, all ASCII. */
static size_t
plain_run(const char *s, size_t n)
{
	size_t i = 0;

	while (
	    i < n && s[i] >= 0x20 && s[i] < 0x7f && s[i] != '"' && s[i] != '\\')
		i++;
	return i;
}

int
buf_add_json(struct buf *b, const char *s, size_t n)
{
	size_t i, len;
	bool failed;

	failed = buf_addc(b, '"') < 0;
	for (i = 0; i < n && !failed; i += len) {
		len = plain_run(s + i, n - i);
		if (len > 0) {
			failed = buf_add(b, s + i, len) < 0;
			continue;
		}
		len = utf8_length(s + i, n - i);
		if (len == 0) {
			len = 1;
			failed = buf_adds(b, "\xef\xbf\xbd") < 0;
		} else {
			failed = add_json_char(b, s + i, len) < 0;
		}
	}
	return failed || buf_addc(b, '"') < 0 ? -1 : 0;
}
