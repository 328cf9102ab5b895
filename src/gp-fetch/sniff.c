#include "gp-fetch/sniff.h"

#include <stdbool.h>
#include <string.h>
#include <strings.h>

#include "lib/magic.h"
#include "lib/mem.h"
#include "lib/utf8.h"

enum looks { LOOKS_OTHER, LOOKS_TEXT, LOOKS_PNG, LOOKS_IMAGE, LOOKS_MARKUP };

static const struct signature {
	size_t at;
	const char *bytes;
	size_t n;
	enum looks looks;
} magics[] = {
	{ 0, "\x89PNG\r\n\x1a\n", 8, LOOKS_PNG },
	{ 0, "\xff\xd8\xff", 3, LOOKS_IMAGE },
	{ 0, "GIF8", 4, LOOKS_IMAGE },
	{ 8, "WEBP", 4, LOOKS_IMAGE },
	{ 0, "II*\0", 4, LOOKS_IMAGE },
	{ 0, "MM\0*", 4, LOOKS_IMAGE },
	{ 4, "ftypheic", 8, LOOKS_IMAGE },
	{ 4, "ftypheix", 8, LOOKS_IMAGE },
	{ 4, "ftypmif1", 8, LOOKS_IMAGE },
	{ 4, "ftypavif", 8, LOOKS_IMAGE },
};

/* Blanks and a byte order mark may come first. */
static size_t
skip_blanks(const uint8_t *head, size_t n)
{
	size_t i = 0;

	if (n >= 3 && memcmp(head, "\xef\xbb\xbf", 3) == 0)
		i = 3;
	while (i < n &&
	    (head[i] == ' ' || head[i] == '\t' || head[i] == '\r' ||
		head[i] == '\n'))
		i++;
	return i;
}

/* UTF-8 without control bytes. A character that the end cuts is allowed. */
static bool
is_text(const uint8_t *head, size_t n)
{
	const char *s = (const char *)head;
	size_t i = 0, len;

	while (i < n) {
		if (head[i] < ' ' && strchr("\t\r\n\f", head[i]) == NULL)
			return false;
		if (head[i] == 0x7f)
			return false;
		len = utf8_length(s + i, n - i);
		if (len == 0)
			return n == SNIFF_HEAD && n - i < 4 && i > 0;
		i += len;
	}
	return true;
}

static enum looks
look(const uint8_t *head, size_t n)
{
	const struct signature *m;
	size_t i;

	for (i = 0; i < COUNT(magics); i++) {
		m = &magics[i];
		if (n >= m->at + m->n &&
		    memcmp(head + m->at, m->bytes, m->n) == 0)
			return m->looks;
	}
	if (!is_text(head, n))
		return LOOKS_OTHER;
	i = skip_blanks(head, n);
	if (i < n && (head[i] == '<' || head[i] == '{' || head[i] == '['))
		return LOOKS_MARKUP;
	return LOOKS_TEXT;
}

static bool
begins(const char *mime, const char *with)
{
	return mime != NULL && strncasecmp(mime, with, strlen(with)) == 0;
}

const char *
sniff_check(const uint8_t *head, size_t n, const char *mime)
{
	enum looks looks = look(head, n);

	if (begins(mime, "text/") || begins(mime, "application/json") ||
	    begins(mime, "image/svg"))
		return NULL;
	switch (looks) {
	case LOOKS_MARKUP:
		return "a web page or an error message";
	case LOOKS_TEXT:
		return "a text";
	case LOOKS_PNG:
		if (begins(mime, "image/") && !begins(mime, "image/png") &&
		    !begins(mime, "image/x-png"))
			return "a PNG, as Google apologises";
		/* fall through */
	case LOOKS_IMAGE:
		return begins(mime, "video/") ? "a still picture" : NULL;
	default:
		return NULL;
	}
}

const char *
sniff_member(const uint8_t *head, size_t n, const char *mime)
{
	bool image = begins(mime, "image/") && !begins(mime, "image/svg");

	if (!image && !begins(mime, "video/"))
		return NULL;
	return sniff_check(head, n < SNIFF_HEAD ? n : SNIFF_HEAD, NULL);
}

/* Whether a file of TYPE may be called MIME, as gp-list calls one in a folder:
 * m4v is a name of MP4. */
static bool
is_named(const char *type, const char *mime)
{
	return mime != NULL &&
	    (strcasecmp(mime, type) == 0 ||
		(strcasecmp(mime, "video/x-m4v") == 0 &&
		    strcmp(type, "video/mp4") == 0));
}

const char *
sniff_type(const uint8_t *head, size_t n, const char *mime)
{
	const char *type = magic_type(head, n, true);

	return type == NULL || is_named(type, mime) ? NULL : type;
}
