#include "gp-index/in-place.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gp-index/checksums-read.h"
#include "gp-index/lock.h"
#include "lib/mem.h"
#include "lib/msg.h"

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
	locks->staging = locks->record = -1;
	if (check_folder(a) < 0 || repo_make_gp(a) < 0)
		return -1;
	/* in the order of --record, so that neither waits for the other */
	locks->staging = lock_staging(a);
	if (locks->staging >= 0)
		locks->record = lock_take(a);
	return locks->record < 0 ? -1 : 0;
}

void
in_place_end(const struct in_place *locks)
{
	if (locks->record >= 0)
		close(locks->record);
	if (locks->staging >= 0)
		close(locks->staging);
}

/* Whether any of them has the name PATH. */
static bool
is_taken(const char *path)
{
	bool taken = false;
	char *name;
	size_t i;

	for (i = 0; i < COUNT(tails); i++) {
		name = mem_printf("%s%s", path, tails[i]);
		taken = taken || access(name, F_OK) == 0;
		free(name);
	}
	return taken;
}

/* The first PATH.WHY-N that is free; the caller frees. */
static char *
free_name(const char *path, const char *why)
{
	char *to = mem_printf("%s.%s-1", path, why);
	int n;

	for (n = 2; is_taken(to); n++) {
		free(to);
		to = mem_printf("%s.%s-%d", path, why, n);
	}
	return to;
}

/* Moves PATH with all tails from number I on. */
static int
move_aside(const char *path, const char *why, size_t i)
{
	char *from, *to, *kept = free_name(path, why);
	int result = 0;

	for (; i < COUNT(tails); i++) {
		from = mem_printf("%s%s", path, tails[i]);
		to = mem_printf("%s%s", kept, tails[i]);
		if (rename(from, to) < 0 && errno != ENOENT) {
			msg(from, "moving it aside: %s", strerror(errno));
			result = -1;
		} else if (*tails[i] == '\0' && access(to, F_OK) == 0) {
			msg(path, "the %s index is kept as %s", why, kept);
		}
		free(from);
		free(to);
	}
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
in_place_clear(const char *path, const char *why)
{
	return move_aside(path, why, 0);
}

int
in_place_clear_tails(const char *path, const char *why)
{
	return move_aside(path, why, 1);
}

int
in_place_put(struct publish *p, const char *path, const char *why)
{
	if (in_place_clear(path, why) < 0) {
		publish_abandon(p);
		return -1;
	}
	if (publish_commit(p) < 0) {
		msg(path, "%s", strerror(errno));
		return -1;
	}
	return 0;
}
