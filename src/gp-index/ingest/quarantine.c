#include "gp-index/ingest/quarantine.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "lib/files/file.h"
#include "lib/mem.h"

/* names for what goes aside within a second, of one photo */
#define ASIDE_TRIES 1000

/* Moves BASE below DIR to QUARANTINE: its name there begins with STEM, and has
 * a number where that is taken. 0, or -1 with errno. */
static int
move_aside(int dir, const char *base, int quarantine, const char *stem)
{
	char *name = mem_strdup(stem);
	bool failed;
	int try, saved;

	for (try = 2;; try++) {
		failed = file_rename_new(dir, base, quarantine, name) < 0 &&
		    errno != ENOENT;
		saved = errno;
		free(name);
		if (!failed || saved != EEXIST || try > ASIDE_TRIES)
			break;
		name = mem_printf("%s-%d", stem, try);
	}
	errno = saved;
	return failed ? -1 : 0;
}

int
quarantine_move(const struct repo *a, int dir, const char *base,
    const uint8_t sha256[static DIGEST_SIZE], const char **what)
{
	char hex[DIGEST_HEX];
	char *stem;
	int quarantine, result, saved;

	*what = "opening .gp/quarantine for";
	quarantine = file_make_dir(a->gp, "quarantine");
	if (quarantine < 0)
		return -1;
	digest_hex(sha256, hex);
	stem = mem_printf("%.16s-%lld", hex, (long long)time(NULL));
	*what = "moving to .gp/quarantine what is at";
	result = move_aside(dir, base, quarantine, stem);
	/* the only bytes of it may be these */
	if (result == 0)
		result = file_sync_dir(quarantine);
	saved = errno;
	free(stem);
	close(quarantine);
	errno = saved;
	return result;
}
