#include "gp-auth/form.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/num.h"
#include "lib/percent.h"

int
form_add(struct buf *b, const char *name, const char *value)
{
	if (b->len > 0 && b->data[b->len - 1] != '?')
		buf_addc(b, '&');
	percent_add(b, name, "");
	buf_addc(b, '=');
	percent_add(b, value, "");
	return b->overflowed ? -1 : 0;
}

/* The character that S (N bytes, not 0) begins with, its length in *USED; -1
 * where it may not be there. */
static int
decode_char(const char *s, size_t n, size_t *used)
{
	int high, low, c;

	*used = 1;
	if (*s == '+')
		return ' ';
	if (*s != '%')
		return (unsigned char)*s >= 0x20 ? (unsigned char)*s : -1;
	if (n < 3)
		return -1;
	high = num_hex_digit(s[1]);
	low = num_hex_digit(s[2]);
	if (high < 0 || low < 0)
		return -1;
	*used = 3;
	c = high * 16 + low;
	return c >= 0x20 ? c : -1;
}

static char *
decode(const char *s, size_t n)
{
	char *text;
	size_t len, used, i;
	int c;

	text = mem_alloc(n + 1); /* decoding only shrinks */
	for (i = 0, len = 0; i < n; i += used) {
		c = decode_char(s + i, n - i, &used);
		if (c < 0) {
			free(text);
			return NULL;
		}
		text[len++] = (char)c;
	}
	return text;
}

char *
form_get(const char *form, const char *name)
{
	const size_t len = strlen(name);
	size_t n;

	for (;;) {
		n = strcspn(form, "&#");
		if (n > len && form[len] == '=' && memcmp(form, name, len) == 0)
			return decode(form + len + 1, n - len - 1);
		if (form[n] != '&')
			return NULL;
		form += n + 1;
	}
}
