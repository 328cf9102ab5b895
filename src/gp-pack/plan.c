#include "gp-pack/plan.h"

#include <stdlib.h>

#include "gp-pack/disc-path.h"
#include "lib/mem.h"
#include "lib/name.h"
#include "lib/num.h"
#include "lib/program/msg.h"

struct planner {
	struct record_store *s;
	sqlite3_stmt *next, *name, *put;
};

/* Takes the name PATH if no other on this disc is the same to readers that
 * don't tell upper case from lower: 1 taken, 0 not, -1. */
static int
claim(struct planner *p, const char *path)
{
	char *folded;
	int result;

	folded = name_fold(path);
	sqlite3_bind_text(p->name, 1, folded, -1, SQLITE_STATIC);
	result = record_store_run(p->s, p->name);
	free(folded);
	if (result < 0)
		return -1;
	return sqlite3_changes(p->s->db) > 0;
}

/* Finds the row in hand a name and notes it. 0, or -1. */
static int
lay_out(struct planner *p)
{
	const char *path = (const char *)sqlite3_column_text(p->next, 5);
	bool dated = sqlite3_column_type(p->next, 4) != SQLITE_NULL;
	int64_t taken = sqlite3_column_int64(p->next, 4);
	char hex[DIGEST_HEX], *name = NULL;
	int claimed = 0, result = -1;
	unsigned try;

	digest_hex(sqlite3_column_blob(p->next, 1), hex);
	for (try = 0; claimed == 0; try++) {
		free(name);
		name = disc_path(path, hex, dated, taken, try);
		claimed = claim(p, name);
	}
	if (claimed > 0) {
		sqlite3_bind_int64(p->put, 1, sqlite3_column_int64(p->next, 0));
		sqlite3_bind_text(p->put, 2, name, -1, SQLITE_STATIC);
		result = record_store_run(p->s, p->put);
	}
	free(name);
	return result;
}

int
plan_fail(struct record_store *s, int64_t seq, const char *code,
    const char *text)
{
	sqlite3_stmt *put;
	int result;

	put = record_store_prepare(s,
	    "INSERT OR IGNORE INTO failed VALUES(?1, ?2, ?3)");
	sqlite3_bind_int64(put, 1, seq);
	sqlite3_bind_text(put, 2, code, -1, SQLITE_STATIC);
	sqlite3_bind_text(put, 3, text, -1, SQLITE_STATIC);
	result = record_store_run(s, put);
	sqlite3_finalize(put);
	return result;
}

static int
fail_large(struct record_store *s, int64_t seq, int64_t cost, int64_t largest)
{
	char need[32], have[32], *text;
	int result;

	text = mem_printf(
	    "larger than a disc: with its lists and parity it "
	    "takes %s, a disc has %s for it; choose a larger --capacity",
	    num_format_size(need, sizeof(need), cost),
	    num_format_size(have, sizeof(have), largest));
	result = plan_fail(s, seq, "too-large", text);
	free(text);
	return result;
}

/* Takes the row in hand: 1, 0 where the disc is full, -1. */
static int
take(struct planner *p, int64_t budget, int64_t largest, struct plan_disc *disc)
{
	int64_t seq = sqlite3_column_int64(p->next, 0);
	int64_t size = sqlite3_column_int64(p->next, 2);
	int64_t cost = sqlite3_column_int64(p->next, 3);

	if (cost > largest) {
		if (fail_large(p->s, seq, cost, largest) < 0)
			return -1;
	} else if (cost > budget - disc->cost) {
		disc->full = true;
		disc->next = seq;
		disc->next_cost = cost;
		return 0;
	} else {
		if (lay_out(p) < 0)
			return -1;
		disc->files++;
		disc->bytes += size;
		disc->cost += cost;
	}
	disc->end = seq + 1;
	return 1;
}

int
plan_one(struct record_store *s, int64_t first, int64_t base, int64_t budget,
    int64_t largest, struct plan_disc *disc)
{
	struct planner p = { .s = s };
	int result;

	*disc = (struct plan_disc){ .first = first,
		.end = first,
		.cost = base };
	if (record_store_exec(s, "DELETE FROM name") < 0)
		return -1;
	p.next = record_store_prepare(s,
	    "SELECT seq, sha, size, cost, taken, path "
	    "FROM ordered WHERE seq >= ?1 AND seq NOT IN "
	    "(SELECT seq FROM failed) ORDER BY seq");
	p.name = record_store_prepare(s,
	    "INSERT OR IGNORE INTO name VALUES(?1)");
	p.put = record_store_prepare(s, "INSERT INTO placed VALUES(?1, ?2)");
	sqlite3_bind_int64(p.next, 1, first);
	for (;;) {
		result = record_store_step(s, p.next);
		if (result <= 0)
			break;
		result = take(&p, budget, largest, disc);
		if (result <= 0)
			break;
	}
	sqlite3_finalize(p.next);
	sqlite3_finalize(p.name);
	sqlite3_finalize(p.put);
	return result;
}

int
plan_forget(struct record_store *s, const struct plan_disc *disc)
{
	sqlite3_stmt *d;
	int result;

	d = record_store_range(s,
	    "DELETE FROM placed WHERE seq >= ?1 AND seq < ?2", disc->first,
	    disc->end);
	result = record_store_run(s, d);
	sqlite3_finalize(d);
	return result;
}

int
plan_rest(struct record_store *s, int64_t first, int64_t *files, int64_t *bytes)
{
	sqlite3_stmt *q;
	int result;

	q = record_store_prepare(s,
	    "SELECT count(*), coalesce(sum(size), 0) "
	    "FROM ordered WHERE seq >= ?1 AND seq NOT IN "
	    "(SELECT seq FROM failed)");
	sqlite3_bind_int64(q, 1, first);
	result = record_store_step(s, q);
	if (result > 0) {
		*files = sqlite3_column_int64(q, 0);
		*bytes = sqlite3_column_int64(q, 1);
	}
	sqlite3_finalize(q);
	return result > 0 ? 0 : -1;
}
