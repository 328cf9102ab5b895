#include "gp-index/items/stem.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/name.h"
#include "lib/program/msg.h"

/* Longest of what photos and videos have; "Dr. Who at the sea" has none. */
#define STEM_EXTENSION_MAX 5

/* How much of NAME is left without its extension. */
static size_t
stem_length(const char *name)
{
	const char *dot = strrchr(name, '.');
	size_t n;

	if (dot == NULL)
		return strlen(name);
	n = strspn(dot + 1, "0123456789abcdefghijklmnopqrstuvwxyz");
	if (n == 0 || n > STEM_EXTENSION_MAX || dot[1 + n] != '\0')
		return strlen(name);
	return (size_t)(dot - name);
}

char *
stem_of(const char *filename)
{
	char *stem;

	if (filename == NULL)
		return NULL;
	stem = name_fold(filename);
	stem[stem_length(stem)] = '\0';
	if (*stem == '\0') {
		free(stem);
		return NULL;
	}
	return stem;
}

/* Answers with TEXT, which is given away; NULL is SQL's NULL. */
static void
answer(sqlite3_context *c, char *text)
{
	if (text != NULL)
		sqlite3_result_text(c, text, -1, free);
	else
		sqlite3_result_null(c);
}

static void
sql_stem(sqlite3_context *c, int n, sqlite3_value **value)
{
	(void)n;
	answer(c, stem_of((const char *)sqlite3_value_text(value[0])));
}

static void
sql_nfc(sqlite3_context *c, int n, sqlite3_value **value)
{
	const char *text = (const char *)sqlite3_value_text(value[0]);

	(void)n;
	answer(c, text != NULL ? name_nfc(text) : NULL);
}

static void
teach(struct index *ix, const char *name,
    void (*call)(sqlite3_context *, int, sqlite3_value **))
{
	if (sqlite3_create_function_v2(ix->db, name, 1,
		SQLITE_UTF8 | SQLITE_DETERMINISTIC | SQLITE_DIRECTONLY, NULL,
		call, NULL, NULL, NULL) != SQLITE_OK)
		msg_die("SQLite takes no function %s", name);
}

void
stem_register(struct index *ix)
{
	teach(ix, "gp_stem", sql_stem);
	teach(ix, "gp_nfc", sql_nfc);
}
