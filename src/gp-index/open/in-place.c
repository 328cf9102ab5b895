#include "gp-index/open/in-place.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gp-index/checksums/checksums-read.h"
#include "gp-index/db/lock.h"
#include "lib/files/file.h"
#include "lib/mem.h"
#include "lib/program/msg.h"

/* sqlite.org/tempfiles.html; the database first, for without the others it
 * would say less than it should */
static const char *const tails[] = { "", "-wal", "-shm", "-journal" };

static int
check_folder(const struct repo *a)
{
	int found = *a->id != '\0' ? 1 : checksums_found(a);

	if (found == 0)
		return repo_refuse(a);
	return found < 0 ? -1 : 0;
}

int
in_place_begin(struct in_place *locks, struct repo *a)
{
	locks->staging = locks->writers = -1;
	if (check_folder(a) < 0 || repo_make_gp(a) < 0)
		return -1;
	/* in the order of --record, so that neither waits for the other */
	locks->staging = lock_take_staging(a);
	if (locks->staging >= 0)
		locks->writers = lock_take(a);
	return locks->writers < 0 ? -1 : 0;
}

void
in_place_end(const struct in_place *locks)
{
	if (locks->writers >= 0)
		close(locks->writers);
	if (locks->staging >= 0)
		close(locks->staging);
}

static bool
is_same(const char *a, const char *b)
{
	struct stat x, y;

	return lstat(a, &x) == 0 && lstat(b, &y) == 0 && file_is_same(&x, &y);
}

/* Whether PATH may go to KEPT: nothing has one of these names, or somebody was
 * stopped as he moved it there, and nothing else is left to move. */
static bool
is_free(const char *path, const char *kept)
{
	bool is_new = true, is_rest = true, same;
	char *from, *to;
	size_t i;

	for (i = 0; i < COUNT(tails); i++) {
		from = mem_printf("%s%s", path, tails[i]);
		to = mem_printf("%s%s", kept, tails[i]);
		same = is_same(from, to);
		is_new = is_new && (same || access(to, F_OK) < 0);
		is_rest = is_rest && (same || access(from, F_OK) < 0);
		free(from);
		free(to);
	}
	return is_new || is_rest;
}

/* The first PATH.WHY-N that is free; the caller frees. */
static char *
free_name(const char *path, const char *why)
{
	char *to = mem_printf("%s.%s-1", path, why);
	int n;

	for (n = 2; !is_free(path, to); n++) {
		free(to);
		to = mem_printf("%s.%s-%d", path, why, n);
	}
	return to;
}

/* FROM gets the name TO, if it is there; where it has both (see link_tails), it
 * loses the first. */
static int
move_one(const char *from, const char *to)
{
	int result;

	result = is_same(from, to) ? unlink(from) : rename(from, to);
	if (result == 0 || errno == ENOENT)
		return 0;
	msg(from, "moving it aside: %s", strerror(errno));
	return -1;
}

/* Gives the tails of PATH their second names beforehand, so that whoever is
 * stopped as he moves the database has moved it whole. Where that can't be,
 * they are moved after it. */
static void
link_tails(const char *path, const char *kept)
{
	char *from, *to;
	size_t i;

	for (i = 1; i < COUNT(tails); i++) {
		from = mem_printf("%s%s", path, tails[i]);
		to = mem_printf("%s%s", kept, tails[i]);
		if (link(from, to) < 0)
			errno = 0;
		free(from);
		free(to);
	}
}

/* Moves PATH with all tails from number I on to KEPT. After a failure nothing
 * more is moved: a database without its tails would say less than it should. */
static int
move_to(const char *path, const char *kept, size_t i)
{
	char *from, *to;
	int result = 0;

	for (; i < COUNT(tails) && result == 0; i++) {
		from = mem_printf("%s%s", path, tails[i]);
		to = mem_printf("%s%s", kept, tails[i]);
		result = move_one(from, to);
		free(from);
		free(to);
	}
	return result;
}

/* Whether a file or a link is at PATH, be it to nowhere. */
static bool
is_there(const char *path)
{
	struct stat st;

	return lstat(path, &st) == 0;
}

/* Moves the index at PATH, and what SQLite may have left beside it, or without
 * it, to PATH.WHY-N; said where the index was there. 0, or -1 with the reason
 * said. */
static int
move_aside(const char *path, const char *why)
{
	char *kept = free_name(path, why);
	const bool there = is_there(path);
	int result;

	link_tails(path, kept);
	result = move_to(path, kept, 0);
	if (there && is_there(kept) && !is_there(path))
		msg(path, "the %s index is kept as %s", why, kept);
	free(kept);
	return result;
}

void
in_place_remove(const char *path)
{
	char *name;
	size_t i;

	for (i = 0; i < COUNT(tails); i++) {
		name = mem_printf("%s%s", path, tails[i]);
		unlink(name);
		free(name);
	}
}

int
in_place_clear_tails(const char *path, const char *why)
{
	char *kept = free_name(path, why);
	int result = move_to(path, kept, 1);

	free(kept);
	return result;
}

int
in_place_put(struct publish *p, const char *path, const char *why)
{
	if (!publish_is_held(p)) {
		msg(path,
		    "somebody removed what was being made of it: run it again");
		publish_abandon(p);
		return -1;
	}
	if (move_aside(path, why) < 0) {
		publish_abandon(p);
		return -1;
	}
	if (publish_commit(p) < 0) {
		msg(path, "%s", strerror(errno));
		return -1;
	}
	return 0;
}
