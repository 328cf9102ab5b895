/*
 * The record, one JSON object a line (gp-record(5)). A record keeps its line
 * to the letter; a strict, bounded scanner notes where the top-level members
 * lie, and new members are put in before the closing brace. What a tool does
 * not know passes on unchanged.
 *
 * A struct record owns its memory; text that record_get() and record_text()
 * hand out lives in it until the record is changed or read again.
 */
#ifndef GP_LIB_RECORD_RECORD_H
#define GP_LIB_RECORD_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

#define RECORD_MAX ((size_t)1024 * 1024) /* bytes a line, without '\n' */
#define RECORD_DEPTH 256 /* nested arrays and objects; jq 1.6 has the same */

struct record_member {
	size_t name, name_len; /* without the quotes, still escaped */
	size_t value, value_len; /* as written, with quotes */
	size_t text; /* where it lies decoded, plus one; 0 when not yet */
};

struct record {
	struct buf line; /* without '\n' */
	struct record_member *member;
	size_t members, members_cap;
	struct buf text; /* decoded strings handed out, each once */
	size_t at; /* number of the input line, from 1; 0 for new ones */
	size_t error; /* cached: index of "error" + 1, or 0 */
};

/* An empty record; record_release() frees its line. */
void record_init(struct record *rec);
void record_release(struct record *rec);

/* For a record that is spent, in a batch of many: empties it where a long line
 * made it large, and gives that memory back. */
void record_trim(struct record *rec);

/* How the message of a record that is none ends, when the input did so within
 * a line: what wrote it died, and will write the line again. */
#define RECORD_CUT "cut off: the program before this one stopped in its middle"

/* Takes N bytes as a record; -1 when they are no valid record (then REC is
 * empty). REASON, if not NULL, gets a constant text. */
int record_parse(struct record *rec, const char *line, size_t n,
    const char **reason);

/* Makes it a record that has only `error`, code bad-record, for line rec->at,
 * and says so. */
void record_make_bad(struct record *rec, const char *reason);

/* Begins a new record {"id":ID}. ID is NULL for what has none: all that can be
 * said of it is an error, and until that is said it is no record. */
void record_new(struct record *rec, const char *id);

/* Writes the record and '\n' to standard output (see out.h). */
void record_write(const struct record *rec);

/* Whether it carries an `error` (null is none): pass it through untouched. */
bool record_failed(const struct record *rec);

/* Marks it: "error":{"stage":TOOL,"code":CODE,"message":text}, and says the
 * text on stderr with the record's filename or id. A record that failed
 * already stays as it is. */
void record_fail(struct record *rec, const char *code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));

/* The same, but says nothing: for the rest of a stream that can't go on, which
 * was said once. */
void record_mark(struct record *rec, const char *code, const char *text);

/* The value of top-level member NAME as written (length in *N), or NULL. The
 * last one counts if it is there twice, as with jq. */
const char *record_get(const struct record *rec, const char *name, size_t *n);

/* Makes INNER, which was initialised, the object that is member NAME, so that
 * its own members can be had; false, and INNER is empty, where it is absent
 * or no object. */
bool record_object(const struct record *rec, const char *name,
    struct record *inner);

/* The string member NAME, decoded and NUL-terminated, or NULL when it is
 * absent, no string, or holds a NUL. */
const char *record_text(struct record *rec, const char *name);

/* The whole-number member NAME (or the string of one); 0, or -1 when absent
 * or out of range. */
int record_int(const struct record *rec, const char *name, int64_t *value);

/* Sets a top-level member, in place if it is there, else before the closing
 * brace. A record that would grow beyond RECORD_MAX fails with code too-long.
 * Texts handed out before are void. */
void record_set_text(struct record *rec, const char *name, const char *value);
void record_set_int(struct record *rec, const char *name, int64_t value);

/* The same for a value that is JSON, taken as it stands. */
void record_set_raw(struct record *rec, const char *name, const char *json,
    size_t n);

/* What to call it in a message: filename, else id, else "line N". */
const char *record_display_name(struct record *rec);

/* Decodes the N bytes between a JSON string's quotes into B (appends); false
 * if an escape is wrong. Lone surrogates become U+FFFD. */
bool record_unescape(struct buf *b, const char *s, size_t n);

#endif
