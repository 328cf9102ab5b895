#include "gp-index/items/supersede.h"

#include <string.h>

#include "gp-index/items/stem.h"
#include "lib/program/msg.h"

#define GROUP_MAX ((size_t)64 * 1024 * 1024) /* 2,000,000 checksums */

/* Files whose mark may be there, or may have to come. */
#define MARKABLE "(original <> 'yes' OR superseded_by IS NOT NULL)"

static const char group_sql[] =
    "SELECT sha256 FROM file WHERE sha256 IN "
    "(SELECT file FROM item WHERE taken = ?1 AND stem = ?2 "
    "UNION ALL SELECT ?3) AND " MARKABLE;

/* The groups of all items of a file. */
static const char around_sql[] =
    "SELECT sha256 FROM file WHERE sha256 IN "
    "(SELECT o.file FROM item i JOIN item o ON o.taken = i.taken "
    "AND o.stem = i.stem WHERE i.file = ?1) AND " MARKABLE;

/* Whether a file is from the APIs and nothing else, or from damaged parts of
 * exports and nothing else (a folder's files are unknown too, and stay), and
 * all its items agree on stem and time. */
static const char self_sql[] =
    "SELECT count(i.item) > 0 AND CASE f.original "
    "WHEN 'no' THEN total(i.source NOT IN ('library', 'picker')) "
    "WHEN 'unknown' THEN total(i.source <> 'takeout') ELSE 1 END = 0 "
    "AND count(i.taken) = count(*) AND min(i.taken) = max(i.taken) "
    "AND count(i.stem) = count(*) AND min(i.stem) = max(i.stem) "
    "FROM file f LEFT JOIN item i ON i.file = f.sha256 WHERE f.sha256 = ?1";

/* What else could be the photo that the copy shows: its checksum, what it is,
 * and whether it came through the same sign-in; exports show a photo again and
 * again. Albums are the same by title too, since library alone has ids of
 * Google. Most photos of an export are in no album, there and in a later one:
 * that is one place too, if they are of one kind (a camera writes IMG_1.DNG
 * beside IMG_1.JPG). */
static const char rivals_sql[] =
    "SELECT o.file, f.original, c.source = o.source AND c.account = o.account "
    "AND c.source <> 'takeout' "
    "FROM item c JOIN item o ON o.taken = c.taken AND o.stem = c.stem "
    "LEFT JOIN file f ON f.sha256 = o.file "
    "WHERE c.file = ?1 AND o.file IS NOT ?1 "
    "AND ifnull(substr(c.mime, 1, instr(c.mime, '/')) = "
    "substr(o.mime, 1, instr(o.mime, '/')), 1) "
    "AND (EXISTS (SELECT 1 FROM item_album p JOIN item_album q "
    "JOIN album a ON a.album = p.album JOIN album b ON b.album = q.album "
    "WHERE p.item = c.item AND q.item = o.item "
    "AND (a.album = b.album OR gp_nfc(a.title) = gp_nfc(b.title))) "
    "OR (c.source = 'takeout' AND o.source = 'takeout' "
    "AND c.mime IS o.mime AND NOT EXISTS (SELECT 1 FROM item_album "
    "WHERE item IN (c.item, o.item))))";

void
supersede_init(struct supersede *s, struct index *ix)
{
	s->ix = ix;
	stem_register(ix);
	s->group = index_prepare(ix, group_sql);
	s->around = index_prepare(ix, around_sql);
	s->promote = index_prepare(ix,
	    "UPDATE file SET original = 'yes' "
	    "WHERE sha256 = ? AND original <> 'yes'");
	s->self = index_prepare(ix, self_sql);
	s->rivals = index_prepare(ix, rivals_sql);
	s->set = index_prepare(ix,
	    "UPDATE file SET superseded_by = ?2 "
	    "WHERE sha256 = ?1 AND superseded_by IS NOT ?2");
	buf_init(&s->found, GROUP_MAX);
}

void
supersede_release(struct supersede *s)
{
	sqlite3_finalize(s->group);
	sqlite3_finalize(s->around);
	sqlite3_finalize(s->promote);
	sqlite3_finalize(s->self);
	sqlite3_finalize(s->rivals);
	sqlite3_finalize(s->set);
	buf_release(&s->found);
}

/* 1, 0, or -1 with the reason said. */
static int
is_copy(struct supersede *s, const uint8_t *sha256)
{
	int step;

	index_bind_digest(s->self, 1, sha256);
	step = index_step(s->ix, s->self);
	if (step > 0) {
		step = sqlite3_column_int(s->self, 0);
		sqlite3_reset(s->self);
	}
	return step;
}

/* The one original of which SHA256 is a copy: 1; 0 where there is none, or a
 * doubt; -1 with the reason said. */
static int
find_original(struct supersede *s, const uint8_t *sha256,
    uint8_t original[static DIGEST_SIZE])
{
	uint8_t other[DIGEST_SIZE];
	const char *what;
	int step, found = 0;

	index_bind_digest(s->rivals, 1, sha256);
	for (step = index_step(s->ix, s->rivals); step > 0;
	     step = index_step(s->ix, s->rivals)) {
		what = index_text(s->rivals, 1);
		if (what == NULL || !index_digest(s->rivals, 0, other))
			break; /* waits to be stored */
		if (sqlite3_column_int(s->rivals, 2) != 0)
			break; /* one sign-in shows no photo twice */
		if (strcmp(what, "yes") != 0)
			continue;
		if (found && memcmp(original, other, DIGEST_SIZE) != 0)
			break;
		memcpy(original, other, DIGEST_SIZE);
		found = 1;
	}
	if (step > 0)
		sqlite3_reset(s->rivals);
	return step < 0 ? -1 : step == 0 && found;
}

/* Sets or takes away the mark of one file. */
static int
judge(struct supersede *s, const uint8_t *sha256)
{
	uint8_t original[DIGEST_SIZE];
	int found;

	found = is_copy(s, sha256);
	if (found > 0)
		found = find_original(s, sha256, original);
	if (found < 0)
		return -1;
	index_bind_digest(s->set, 1, sha256);
	if (found > 0)
		index_bind_digest(s->set, 2, original);
	else
		sqlite3_bind_null(s->set, 2);
	return index_run(s->ix, s->set);
}

/* Judges all that S->found holds. */
static int
judge_found(struct supersede *s)
{
	size_t at;

	if (s->found.overflowed)
		msg_die("a group of photos beyond all bounds");
	for (at = 0; at < s->found.len; at += DIGEST_SIZE) {
		if (judge(s, (const uint8_t *)s->found.data + at) < 0)
			return -1;
	}
	return 0;
}

/* The checksums that Q yields go to S->found: an update must not meet its own
 * question. */
static int
collect(struct supersede *s, sqlite3_stmt *q)
{
	uint8_t sha256[DIGEST_SIZE];
	int step;

	buf_clear(&s->found);
	for (step = index_step(s->ix, q); step > 0;
	     step = index_step(s->ix, q)) {
		if (index_digest(q, 0, sha256))
			buf_add(&s->found, sha256, sizeof(sha256));
	}
	return step;
}

int
supersede_judge(struct supersede *s, const int64_t *taken, const char *stem,
    const uint8_t *file)
{
	sqlite3_clear_bindings(s->group);
	if (taken != NULL)
		index_bind_int(s->group, 1, *taken);
	index_bind_text(s->group, 2, stem);
	if (file != NULL)
		index_bind_digest(s->group, 3, file);
	return collect(s, s->group) < 0 ? -1 : judge_found(s);
}

int
supersede_promote(struct supersede *s, const uint8_t sha256[static DIGEST_SIZE])
{
	index_bind_digest(s->promote, 1, sha256);
	if (index_run(s->ix, s->promote) < 0)
		return -1;
	if (sqlite3_changes(s->ix->db) == 0)
		return 0;
	index_bind_digest(s->around, 1, sha256);
	return collect(s, s->around) < 0 ? -1 : judge_found(s);
}

int
supersede_all(struct index *ix)
{
	struct supersede s;
	sqlite3_stmt *q;
	bool failed;

	supersede_init(&s, ix);
	q = index_prepare(ix, "SELECT sha256 FROM file WHERE " MARKABLE);
	failed = collect(&s, q) < 0 || judge_found(&s) < 0;
	sqlite3_finalize(q);
	supersede_release(&s);
	return failed ? -1 : 0;
}
