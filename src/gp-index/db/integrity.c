#include "gp-index/db/integrity.h"

#include <stdbool.h>
#include <string.h>

#include "lib/program/msg.h"

/* What SQLite says of a page for which there was no memory, SQLITE_NOMEM being
 * 7: a complaint, but no proof. */
#define NO_MEMORY "unable to get the page. error code=7"

/* SQLite tells several things in one text, a line each. Says each; how many,
 * the headline with them. */
static int64_t
say_lines(const struct index *ix, const char *text)
{
	int64_t found = 0;
	size_t len;

	for (; *text != '\0'; text += len + (text[len] == '\n')) {
		len = strcspn(text, "\n");
		if (len > 0)
			msg(ix->path, "%.*s", (int)len, text);
		found++;
	}
	return found;
}

static int64_t
check_integrity(struct index *ix)
{
	sqlite3_stmt *s;
	const char *text;
	int64_t found = 0;
	bool starved = false;
	int step;

	s = index_prepare(ix, "PRAGMA integrity_check(1000000)");
	for (step = index_step(ix, s); step > 0; step = index_step(ix, s)) {
		text = index_text(s, 0);
		if (text == NULL || strcmp(text, "ok") == 0)
			continue;
		found += say_lines(ix, text);
		starved = starved || strstr(text, NO_MEMORY) != NULL;
	}
	sqlite3_finalize(s);
	return step < 0 || starved ? -1 : found;
}

int
integrity_read_error(const struct index *ix)
{
	int code = 0;

	if (sqlite3_file_control(ix->db, "main", SQLITE_FCNTL_LAST_ERRNO,
		&code) != SQLITE_OK)
		return 0;
	return code;
}

/* A page that could not be read is a complaint like any other to SQLite. It is
 * no proof: the next read may bring it. */
static bool
was_read(struct index *ix)
{
	const int code = integrity_read_error(ix);

	if (code != 0)
		msg(ix->path, "it could not be read (%s): this proves nothing",
		    strerror(code));
	return code == 0;
}

static int64_t
check_references(struct index *ix)
{
	sqlite3_stmt *s;
	int64_t found = 0;
	int step;

	s = index_prepare(ix, "PRAGMA foreign_key_check");
	for (step = index_step(ix, s); step > 0; step = index_step(ix, s)) {
		msg(ix->path, "a row of %s points at none of %s",
		    index_text(s, 0), index_text(s, 2));
		found++;
	}
	sqlite3_finalize(s);
	return step < 0 ? -1 : found;
}

int64_t
integrity_check(struct index *ix)
{
	int64_t broken = check_integrity(ix), loose;

	if (broken < 0 || (broken > 0 && !was_read(ix)))
		return -1;
	loose = check_references(ix);
	return loose < 0 ? -1 : broken + loose;
}
