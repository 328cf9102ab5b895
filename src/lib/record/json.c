#include "lib/record/json.h"

#include <errno.h>
#include <json-c/json_tokener.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/num.h"
#include "lib/record/scan.h"
#include "lib/utf8.h"

#define JSON_DEPTH 64

/* json-c (0.16) does not look whether its copy of a member's name was made, and
 * dies where it was not. The linker gives it this one, which says so. */
char *
strdup(const char *s)
{
	return mem_strdup(s);
}

/* json-c lets overlong forms and surrogates through, and stops at a NUL. */
static bool
is_text(const char *s, size_t n)
{
	size_t len;

	for (; n > 0; s += len, n -= len) {
		len = *s > 0 && *s < 0x7f ? 1 : utf8_length(s, n);
		if (len == 0 || *s == '\0')
			return false;
	}
	return true;
}

/* json-c lets NaN, single quotes, `1.`, `-01` and control bytes through. */
static bool
is_strict(const char *s, size_t n)
{
	char *copy = mem_alloc(n + 1); /* the scanner wants a 0 behind it */
	bool strict;

	memcpy(copy, s, n);
	copy[n] = '\0';
	strict = scan_object(copy, n, 2 * JSON_DEPTH, NULL, NULL) == NULL;
	free(copy);
	return strict;
}

struct json_object *
json_parse(const char *s, size_t n)
{
	struct json_tokener *tok;
	struct json_object *o;

	if (n > INT_MAX - 1 || !is_text(s, n))
		return NULL;
	errno = 0;
	tok = json_tokener_new_ex(JSON_DEPTH);
	mem_check();
	if (tok == NULL)
		return NULL;
	json_tokener_set_flags(tok,
	    JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
	o = json_tokener_parse_ex(tok, s, (int)n);
	/* a number at the very end is complete only once the end is seen */
	if (json_tokener_get_error(tok) == json_tokener_continue)
		o = json_tokener_parse_ex(tok, "", 1);
	mem_check(); /* else what could not be kept is "no JSON", or left out */
	if (json_tokener_get_error(tok) != json_tokener_success) {
		json_object_put(o);
		o = NULL;
	}
	json_tokener_free(tok);
	if (json_object_is_type(o, json_type_object) && !is_strict(s, n)) {
		json_object_put(o);
		o = NULL;
	}
	return o;
}

struct json_object *
json_get(struct json_object *o, const char *name)
{
	struct json_object *value;

	if (!json_object_is_type(o, json_type_object) ||
	    !json_object_object_get_ex(o, name, &value))
		return NULL;
	return value;
}

const char *
json_text(struct json_object *o, const char *name)
{
	struct json_object *value = json_get(o, name);
	const char *s;

	if (!json_object_is_type(value, json_type_string))
		return NULL;
	s = json_object_get_string(value);
	if (strlen(s) != (size_t)json_object_get_string_len(value))
		return NULL;
	return s;
}

int
json_int(struct json_object *o, const char *name, int64_t *value)
{
	struct json_object *member = json_get(o, name);
	const char *s;

	if (json_object_is_type(member, json_type_int)) {
		/* json-c clamps at the ends instead of refusing */
		errno = 0;
		*value = json_object_get_int64(member);
		return *value == INT64_MAX || *value == INT64_MIN ? -1 : 0;
	}
	s = json_text(o, name);
	if (s == NULL)
		return -1;
	return num_parse(s, INT64_MIN, INT64_MAX, value);
}
