#include "gp-index/items/part-failures.h"

#include <stdlib.h>
#include <string.h>

#include "lib/files/path.h"
#include "lib/mem.h"
#include "lib/num.h"
#include "lib/package/part-name.h"
#include "lib/percent.h"

#define ID_PREFIX "takeout:"
#define ID_PREFIX_LENGTH (sizeof(ID_PREFIX) - 1)
#define MISSING "part " /* and its number, zeros before it */
#define MISSING_LENGTH (sizeof(MISSING) - 1)
#define PART_MAX 999999

/* Bytes of the N at NAME, a part's, without its ending and without the " (1)"
 * that a browser adds to a second download. */
static size_t
part_stem_length(const char *name, size_t n)
{
	const size_t stem = part_name_stem(name, n);
	const char *copy;

	if (stem > 0)
		n = stem;
	copy = memmem(name, n, " (", 2);
	return copy != NULL ? (size_t)(copy - name) : n;
}

/* Reads ID, a part's or that of a member of a part; false where it is none. */
static bool
read_id(struct part_failure *f, char *id)
{
	const char *slash = NULL;

	if (strncmp(id, ID_PREFIX, ID_PREFIX_LENGTH) == 0)
		slash = strchr(id, '/');
	if (slash == NULL)
		return false;
	f->id = id;
	f->part = slash + 1;
	f->stem = part_stem_length(f->part, strcspn(f->part, "/"));
	f->due = false;
	return true;
}

int
part_failures_load(struct part_failures *p, struct index *ix)
{
	struct part_failure f;
	sqlite3_stmt *s;
	char *id;
	int step;

	memset(p, 0, sizeof(*p));
	/* what is beyond a thousand is settled by a later run */
	s = index_prepare(ix,
	    "SELECT id FROM failure WHERE source = 'takeout' AND account = '' "
	    "AND stage = 'gp-list' AND accepted IS NULL "
	    "AND id LIKE '" ID_PREFIX "%/%' LIMIT 1000");
	for (step = index_step(ix, s); step > 0; step = index_step(ix, s)) {
		id = mem_strdup(index_text(s, 0));
		if (!read_id(&f, id)) {
			free(id);
			continue;
		}
		p->open = mem_resize(p->open, p->count + 1, sizeof(*p->open));
		p->open[p->count++] = f;
	}
	sqlite3_finalize(s);
	return step;
}

void
part_failures_release(struct part_failures *p)
{
	size_t i;

	for (i = 0; i < p->count; i++)
		free(p->open[i].id);
	free(p->open);
	memset(p, 0, sizeof(*p));
}

static void
drop(struct part_failure *f)
{
	free(f->id);
	f->id = NULL;
	f->due = false;
}

static bool
is_text(struct record *rec, const char *name, const char *value)
{
	const char *text = record_text(rec, name);

	return text != NULL && strcmp(text, value) == 0;
}

/* Whether A and B are of one part, of one name. */
static bool
same_part(const struct part_failure *a, const struct part_failure *b)
{
	return a->part - a->id == b->part - b->id && a->stem == b->stem &&
	    memcmp(a->id, b->id, (size_t)(a->part - a->id) + a->stem) == 0;
}

void
part_failures_note_failed(struct part_failures *p, struct record *rec)
{
	struct part_failure f;
	const char *text;
	char *id;
	size_t i;

	text = p->count > 0 && is_text(rec, "source", "takeout")
	    ? record_text(rec, "id")
	    : NULL;
	if (text == NULL)
		return;
	id = mem_strdup(text);
	for (i = 0; read_id(&f, id) && i < p->count; i++) {
		if (p->open[i].id != NULL && same_part(&p->open[i], &f))
			drop(&p->open[i]);
	}
	free(id);
}

/* The name of the part that URL leads to; the caller frees. */
static char *
part_in(const char *url)
{
	char *name = mem_strdup(path_base(url));

	if (percent_decode(name) == 0)
		return name;
	/* no source's of ours: as it stands */
	free(name);
	return mem_strdup(path_base(url));
}

/* Whether F says that the part called STEM is missing: it names the name and
 * the number. */
static bool
was_missing(const struct part_failure *f, const char *stem)
{
	const char *name = f->id + ID_PREFIX_LENGTH;
	const size_t n = (size_t)(f->part - name) - 1;
	const char *dash = strrchr(stem, '-');
	int64_t wanted, number;

	return strncmp(f->part, MISSING, MISSING_LENGTH) == 0 &&
	    num_parse(f->part + MISSING_LENGTH, 1, PART_MAX, &wanted) == 0 &&
	    strncmp(stem, name, n) == 0 && stem[n] == '-' && dash != NULL &&
	    num_parse(dash + 1, 1, PART_MAX, &number) == 0 && number == wanted;
}

static bool
is_of(const struct part_failure *f, const char *stem)
{
	return (strncmp(f->part, stem, f->stem) == 0 &&
		   stem[f->stem] == '\0') ||
	    was_missing(f, stem);
}

void
part_failures_note_stored(struct part_failures *p, struct record *rec)
{
	const char *url;
	char *stem;
	size_t i;

	/* without a member it is a file of an unpacked name */
	if (p->count == 0 || !is_text(rec, "source", "takeout") ||
	    !is_text(rec, "original", "yes") ||
	    record_text(rec, "member") == NULL)
		return;
	url = record_text(rec, "url");
	if (url == NULL)
		return;
	stem = part_in(url);
	stem[part_stem_length(stem, strlen(stem))] = '\0';
	for (i = 0; i < p->count; i++) {
		if (p->open[i].id != NULL && is_of(&p->open[i], stem))
			p->any_due = p->open[i].due = true;
	}
	free(stem);
}

int
part_failures_end(struct part_failures *p, struct index *ix)
{
	size_t i;

	for (i = 0; p->any_due && i < p->count; i++) {
		if (!p->open[i].due)
			continue;
		if (index_ask(ix,
			"DELETE FROM failure WHERE source = 'takeout' "
			"AND account = '' AND id = ?",
			p->open[i].id) < 0)
			return -1;
		drop(&p->open[i]);
	}
	p->any_due = false;
	return 0;
}
