#include "lib/name.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <utf8proc.h>

#include "lib/buf.h"
#include "lib/files/path.h"
#include "lib/mem.h"
#include "lib/program/msg.h"
#include "lib/utf8.h"

#define FOLDER_MAX_BYTES 100 /* leaves room for "-2026-Q4" and SHA256SUMS */
#define NO_NAME "unnamed"

/* S with what is no UTF-8 replaced by U+FFFD; the caller frees. */
static char *
repair(const char *s)
{
	size_t n = strlen(s), good = 0, i, len;
	struct buf b;

	buf_init(&b, SIZE_MAX / 4);
	for (i = 0; i < n; i += len) {
		len = utf8_length(s + i, n - i);
		if (len > 0)
			continue;
		buf_add(&b, s + good, i - good);
		buf_adds(&b, "\xef\xbf\xbd");
		len = 1;
		good = i + 1;
	}
	buf_add(&b, s + good, n - good);
	return b.cap > 0 ? b.data : mem_strdup("");
}

/* Valid UTF-8 S mapped by utf8proc; the caller frees. */
static char *
map(const char *s, int options)
{
	utf8proc_uint8_t *mapped;

	if (utf8proc_map((const utf8proc_uint8_t *)s, 0, &mapped,
		(utf8proc_option_t)(UTF8PROC_NULLTERM | UTF8PROC_STABLE |
		    UTF8PROC_COMPOSE | options)) < 0)
		msg_die("out of memory");
	return (char *)mapped;
}

/* Most names are ASCII, where the tables have nothing to say. */
static bool
is_ascii(const char *s)
{
	while (*s != '\0' && (unsigned char)*s < 0x80)
		s++;
	return *s == '\0';
}

char *
name_nfc(const char *title)
{
	char *valid, *nfc;

	if (is_ascii(title))
		return mem_strdup(title);
	valid = repair(title);
	nfc = map(valid, 0);
	free(valid);
	return nfc;
}

/* Marks are put in order before they are folded: U+0345 becomes a letter. */
char *
name_fold(const char *name)
{
	char *nfc, *folded, *p;

	nfc = name_nfc(name);
	if (is_ascii(nfc)) {
		for (p = nfc; *p != '\0'; p++) {
			if (*p >= 'A' && *p <= 'Z')
				*p = (char)(*p - 'A' + 'a');
		}
		return nfc;
	}
	folded = map(nfc, UTF8PROC_CASEFOLD);
	free(nfc);
	return folded;
}

/* The character that valid S begins with; its bytes in *LEN, 0 at the end. */
static utf8proc_category_t
category_at(const char *s, size_t *len, utf8proc_int32_t *code)
{
	*len = utf8_length(s, strlen(s) < 4 ? strlen(s) : 4);
	if (*s == '\0' || *len == 0 ||
	    utf8proc_iterate((const utf8proc_uint8_t *)s,
		(utf8proc_ssize_t)*len, code) < 0) {
		*len = 0;
		*code = 0;
		return UTF8PROC_CATEGORY_CN;
	}
	return utf8proc_category(*code);
}

static bool
is_letter(utf8proc_category_t c)
{
	return c >= UTF8PROC_CATEGORY_LU && c <= UTF8PROC_CATEGORY_LO;
}

static bool
is_mark(utf8proc_category_t c)
{
	return c >= UTF8PROC_CATEGORY_MN && c <= UTF8PROC_CATEGORY_ME;
}

static bool
is_number(utf8proc_category_t c)
{
	return c >= UTF8PROC_CATEGORY_ND && c <= UTF8PROC_CATEGORY_NO;
}

/* Appends the letters and digits of folded S to B, '-' for what is between. */
static void
add_folder(struct buf *b, const char *s)
{
	bool gap = false, after_letter = false;
	utf8proc_category_t c;
	utf8proc_int32_t code;
	size_t len;

	for (c = category_at(s, &len, &code); len > 0;
	     s += len, c = category_at(s, &len, &code)) {
		/* a mark belongs to the letter before it, or to nothing */
		after_letter = is_letter(c) || (after_letter && is_mark(c));
		if (!after_letter && !is_number(c)) {
			gap = b->len > 0;
			continue;
		}
		if (b->len + gap + len > FOLDER_MAX_BYTES)
			return;
		if (gap)
			buf_addc(b, '-');
		gap = false;
		buf_add(b, s, len);
	}
}

char *
name_folder(const char *title)
{
	struct buf b;
	char *folded;

	buf_init(&b, FOLDER_MAX_BYTES);
	folded = name_fold(title);
	add_folder(&b, folded);
	free(folded);
	return b.len > 0 ? b.data : mem_strdup("photos");
}

/* The last component of S, which is cut behind it. */
static char *
last_component(char *s)
{
	size_t n = strlen(s);

	while (n > 0 && s[n - 1] == '/')
		s[--n] = '\0';
	return s + (path_base(s) - s);
}

/* Whether a name with it would be refused, or would lie to the eye: controls
 * turn a line round on the screen ("gpj.exe"). */
static bool
is_harmful(utf8proc_category_t c, utf8proc_int32_t code)
{
	return c == UTF8PROC_CATEGORY_CC || c == UTF8PROC_CATEGORY_ZL ||
	    c == UTF8PROC_CATEGORY_ZP || code == 0xfeff || code == 0x200e ||
	    code == 0x200f || (code >= 0x202a && code <= 0x202e) ||
	    (code >= 0x2066 && code <= 0x2069) ||
	    (code < 0x80 && strchr("/\\:*?\"<>|", (int)code) != NULL);
}

/* Appends valid S to B with '_' for each harmful character. */
static void
add_harmless(struct buf *b, const char *s)
{
	utf8proc_category_t c;
	utf8proc_int32_t code;
	size_t len;

	for (c = category_at(s, &len, &code); len > 0;
	     s += len, c = category_at(s, &len, &code)) {
		if (is_harmful(c, code))
			buf_addc(b, '_');
		else
			buf_add(b, s, len);
	}
}

static void
trim_end(struct buf *b)
{
	size_t n = b->len;

	while (n > 0 && (b->data[n - 1] == '.' || b->data[n - 1] == ' '))
		n--;
	buf_truncate(b, n);
}

/* Where the extension of B begins, with its '.'; b->len if it has none. */
static size_t
extension_at(const struct buf *b)
{
	const char *dot;

	dot = strrchr(b->data, '.');
	if (dot == NULL || dot[1] == '\0' || strlen(dot) > NAME_EXTENSION_MAX)
		return b->len;
	return (size_t)(dot - b->data);
}

/* Whether Windows takes STEM (what is before the first '.') for a device. */
static bool
is_device(const char *stem)
{
	static const char *const plain[] = { "con", "prn", "aux", "nul",
		"conin$", "conout$" };
	static const char *const digits[] = { "0", "1", "2", "3", "4", "5", "6",
		"7", "8", "9", "\xc2\xb9", "\xc2\xb2", "\xc2\xb3" };
	size_t n = strcspn(stem, "."), i;

	while (n > 0 && stem[n - 1] == ' ')
		n--;
	for (i = 0; i < COUNT(plain); i++) {
		if (strlen(plain[i]) == n &&
		    strncasecmp(stem, plain[i], n) == 0)
			return true;
	}
	if (n < 4 ||
	    (strncasecmp(stem, "com", 3) != 0 &&
		strncasecmp(stem, "lpt", 3) != 0))
		return false;
	for (i = 0; i < COUNT(digits); i++) {
		if (strlen(digits[i]) == n - 3 &&
		    memcmp(stem + 3, digits[i], n - 3) == 0)
			return true;
	}
	return false;
}

/* Cuts B to at most MAX bytes, between characters. */
static void
cut(struct buf *b, size_t max)
{
	if (b->len <= max)
		return;
	while (max > 0 && ((unsigned char)b->data[max] & 0xc0) == 0x80)
		max--;
	buf_truncate(b, max);
	trim_end(b);
}

/* STEM "-N" EXTENSION, all cleaned, within the bounds; the caller frees. */
static char *
join(const char *stem, const char *extension, unsigned n)
{
	char number[16] = "";
	struct buf b;
	char *name;

	buf_init(&b, SIZE_MAX / 4);
	stem += strspn(stem, "-. ");
	if (is_device(stem))
		buf_addc(&b, '_');
	buf_adds(&b, stem);
	if (*extension == '\0')
		trim_end(&b);
	if (n > 0)
		snprintf(number, sizeof(number), "-%u", n);
	cut(&b, NAME_MAX_BYTES - strlen(number) - strlen(extension));
	name = mem_printf("%s%s%s", b.len > 0 ? b.data : NO_NAME, number,
	    extension);
	buf_release(&b);
	return name;
}

char *
name_file(const char *filename, unsigned n)
{
	char *nfc, *stem, *name;
	struct buf b;
	size_t dot;

	buf_init(&b, SIZE_MAX / 4);
	nfc = name_nfc(filename);
	add_harmless(&b, last_component(nfc));
	free(nfc);
	trim_end(&b);
	dot = extension_at(&b);
	stem = mem_strndup(b.data, dot);
	name = join(stem, b.data + dot, n);
	free(stem);
	buf_release(&b);
	return name;
}
