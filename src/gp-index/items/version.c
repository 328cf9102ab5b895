#include "gp-index/items/version.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "gp-index/db/index.h"
#include "gp-index/items/noted.h"
#include "lib/mem.h"
#include "lib/num.h"
#include "lib/record/scan.h"

/* Seconds, more than from any time of a record to any other. */
#define BEFORE_ALL ((int64_t)1 << 40)

/* When the source said what REC says, or VERSION_UNDATED. */
static int64_t
time_of(struct record *rec)
{
	const char *text = record_text(rec, "listedTime");
	int64_t as_of;

	if (text == NULL)
		text = record_text(rec, "urlTime");
	if (text == NULL || num_parse_time(text, &as_of, NULL) < 0)
		return VERSION_UNDATED;
	return as_of;
}

/* A member of a JSON object that is an object, or true. */
struct named_member {
	const char *text, *name, *value;
	size_t len; /* of VALUE */
};

static void
find_member(void *arg, size_t name, size_t name_len, size_t value,
    size_t value_len)
{
	struct named_member *w = arg;

	if (name_len == strlen(w->name) &&
	    memcmp(w->text + name, w->name, name_len) == 0) {
		w->value = w->text + value;
		w->len = value_len;
	}
}

/* The member NAME of the object TEXT (N bytes); the caller frees. NULL where
 * there is none. */
static char *
member_of(const char *text, size_t n, const char *name)
{
	char *copy = mem_strndup(text, n), *value = NULL;
	struct named_member w = { .text = copy, .name = name };

	if (scan_object(copy, n, RECORD_DEPTH, find_member, &w) == NULL &&
	    w.value != NULL)
		value = mem_strndup(w.value, w.len);
	free(copy);
	return value;
}

/* Whether gp-list marked the sidecar of REC as one of a part that can't be
 * vouched for: metadata.gp.unproved. */
static bool
has_unproved_sidecar(struct record *rec)
{
	size_t n;
	const char *metadata = record_get(rec, "metadata", &n);
	char *gp = metadata != NULL ? member_of(metadata, n, "gp") : NULL;
	char *mark = gp != NULL ? member_of(gp, strlen(gp), "unproved") : NULL;
	bool has = mark != NULL && strcmp(mark, "true") == 0;

	free(gp);
	free(mark);
	return has;
}

/* Whether what REC says came from a part of an export that can't be vouched
 * for. */
static bool
is_doubtful(struct record *rec)
{
	const char *original = record_text(rec, "original");

	return (original != NULL && strcmp(original, "unknown") == 0) ||
	    has_unproved_sidecar(rec);
}

void
version_read(struct version *v, struct record *rec, struct digest *d)
{
	const char *source = record_text(rec, "source");
	const int64_t now = (int64_t)time(NULL);

	v->hash = noted_hash(rec, d);
	v->as_of = time_of(rec);
	v->ahead = v->as_of > now;
	if (v->ahead)
		v->as_of = now;
	v->from_takeout = source != NULL && strcmp(source, "takeout") == 0;
	/* what it says may be damaged too: of such the later is right still */
	if (v->from_takeout && is_doubtful(rec) && v->as_of != VERSION_UNDATED)
		v->as_of -= BEFORE_ALL;
}

/* Column I of S. A time that is still to come is none: it is of a clock that
 * was ahead, and nothing would be newer for as long. */
static int64_t
read_as_of(sqlite3_stmt *s, int i)
{
	int64_t as_of = sqlite3_column_int64(s, i);

	return sqlite3_column_type(s, i) != SQLITE_NULL &&
		as_of <= (int64_t)time(NULL)
	    ? as_of
	    : VERSION_UNDATED;
}

struct version_noted
version_read_noted(sqlite3_stmt *s, int i)
{
	return (struct version_noted){
		.has = sqlite3_column_type(s, i) != SQLITE_NULL,
		.hash = sqlite3_column_int64(s, i),
		.as_of = read_as_of(s, i + 1),
	};
}

/* AS_OF in the order of what is right: what nobody can vouch for, what is not
 * dated, what is. */
static int64_t
rank(int64_t as_of)
{
	return as_of == VERSION_UNDATED ? -BEFORE_ALL / 2 : as_of;
}

bool
version_is_newer(const struct version *v, const struct version_noted *noted,
    bool last)
{
	if (!noted->has)
		return true;
	/* an export that confirms it makes it as new as that is; what Google
	 * answers is of now each time, as is what is still to come */
	if (v->hash == noted->hash)
		return v->from_takeout && !v->ahead &&
		    rank(v->as_of) > rank(noted->as_of);
	if (v->as_of != noted->as_of)
		return rank(v->as_of) > rank(noted->as_of);
	if (v->as_of == VERSION_UNDATED)
		return last;
	return v->hash > noted->hash;
}

struct said
said_read(struct record *rec)
{
	const char *taken = record_text(rec, "creationTime");
	struct said said = { .has_taken = false };

	said.has_taken = taken != NULL &&
	    num_parse_time(taken, &said.taken, NULL) == 0;
	said.metadata = record_get(rec, "metadata", &said.size);
	return said;
}

/* Whether what V says, which orders before (ORDER < 0) or after what columns I
 * and I + 1 of S have (that, and from when), is older. */
static bool
is_older(sqlite3_stmt *s, int i, const struct version *v,
    const struct version_noted *noted, bool newer, int order)
{
	const int64_t as_of = read_as_of(s, i + 1);

	if (sqlite3_column_type(s, i) == SQLITE_NULL)
		return false;
	if (noted->has && v->hash == noted->hash)
		return !newer;
	if (v->as_of != as_of)
		return rank(v->as_of) < rank(as_of);
	return as_of == VERSION_UNDATED ? !newer : order <= 0;
}

void
said_drop_older(struct said *said, sqlite3_stmt *s, int i,
    const struct version *v, const struct version_noted *noted, bool newer)
{
	const int64_t taken = sqlite3_column_int64(s, i);
	const char *metadata = index_text(s, i + 2);
	size_t size;
	int order;

	if (said->has_taken &&
	    is_older(s, i, v, noted, newer,
		(said->taken > taken) - (said->taken < taken)))
		said->has_taken = false;
	if (said->metadata == NULL || metadata == NULL)
		return;
	size = strlen(metadata);
	order = memcmp(said->metadata, metadata,
	    size < said->size ? size : said->size);
	if (order == 0)
		order = (said->size > size) - (said->size < size);
	if (is_older(s, i + 2, v, noted, newer, order))
		said->metadata = NULL;
}
