#include "gp-index/items/noted.h"

#include <string.h>

#include "lib/mem.h"
#include "lib/record/scan.h"

/* The first byte from P on, before END, that is no blank of JSON's. */
static const char *
skip_blanks(const char *p, const char *end)
{
	while (p < end && strchr(" \t\r\n", *p) != NULL)
		p++;
	return p;
}

/* Behind the string that is the value of the name that ends at P; P where no
 * string follows. */
static const char *
skip_value(const char *p, const char *end)
{
	const char *value = skip_blanks(p, end);

	if (value == end || *value != ':')
		return p;
	value = skip_blanks(value + 1, end);
	return value < end && *value == '"' ? scan_string_end(value, end) : p;
}

static void
add_lasting(struct digest *d, const char *s, size_t n)
{
	static const char name[] = "\"baseUrl\"";
	const char *end = s + n, *link;

	for (link = memmem(s, (size_t)(end - s), name, sizeof(name) - 1);
	     link != NULL;
	     link = memmem(s, (size_t)(end - s), name, sizeof(name) - 1)) {
		link += sizeof(name) - 1;
		digest_add(d, s, (size_t)(link - s));
		s = skip_value(link, end);
	}
	digest_add(d, s, (size_t)(end - s));
}

int64_t
noted_hash(const struct record *rec, struct digest *d)
{
	static const char *const names[] = { "creationTime", "metadata" };
	uint8_t digest[DIGEST_SIZE];
	const char *value;
	uint64_t hash;
	size_t i, n;

	digest_begin(d);
	for (i = 0; i < COUNT(names); i++) {
		value = record_get(rec, names[i], &n);
		if (value != NULL)
			add_lasting(d, value, n);
		digest_add(d, "", 1);
	}
	digest_end(d, digest);
	memcpy(&hash, digest, sizeof(hash));
	return (int64_t)(hash >> 1);
}
