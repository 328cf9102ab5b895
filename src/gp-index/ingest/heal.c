#include "gp-index/ingest/heal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "gp-index/checksums/checksums-write.h"
#include "lib/files/file.h"
#include "lib/files/path.h"
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
heal_set_aside(const struct repo *a, int dir, const char *base,
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

/* Puts it there, in DIR; as heal_file(). */
static int
put_back(struct index *ix, const struct heal *h, int dir, const char **what)
{
	const char *base = path_base(h->path);

	if (heal_set_aside(&ix->archive, dir, base, h->sha256, what) < 0)
		return 0;
	*what = "putting back";
	if (file_rename_new(h->staging, h->name, dir, base) < 0 ||
	    file_sync_dir(dir) < 0)
		return 0;
	return index_event(ix, "healed", h->sha256, "nas", h->path) < 0 ? -1
									: 1;
}

int
heal_file(struct index *ix, const struct heal *h, const char **what)
{
	char *folder = path_first(h->path);
	int dir, result = 0, saved;

	*what = "making the folder of";
	dir = file_make_dir(ix->archive.fd, folder);
	saved = errno;
	/* who lost the photo may have lost SHA256SUMS with it */
	if (dir >= 0)
		result = checksums_mark_changed(ix, folder);
	free(folder);
	if (dir >= 0 && result == 0) {
		result = put_back(ix, h, dir, what);
		saved = errno;
	}
	if (dir >= 0)
		close(dir);
	errno = saved;
	return result;
}
