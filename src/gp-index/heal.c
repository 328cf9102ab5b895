#include "gp-index/heal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gp-index/checksums-write.h"
#include "lib/file.h"
#include "lib/mem.h"
#include "lib/msg.h"
#include "lib/path.h"

int
heal_set_aside(const struct repo *a, int dir, const char *base,
    const uint8_t sha256[static DIGEST_SIZE])
{
	char hex[DIGEST_HEX];
	char *name;
	int quarantine;
	bool failed;

	quarantine = repo_folder(a, "quarantine");
	if (quarantine < 0)
		return -1;
	digest_hex(sha256, hex);
	name = mem_printf("%.16s-%lld", hex, (long long)time(NULL));
	failed = file_rename_new(dir, base, quarantine, name) < 0 &&
	    errno != ENOENT;
	if (failed)
		msg(base, "cannot move it to .gp/quarantine: %s",
		    strerror(errno));
	else
		file_sync_dir(quarantine);
	free(name);
	close(quarantine);
	return failed ? -1 : 0;
}

int
heal_file(struct index *ix, int staging, const char *name, const char *path,
    const uint8_t sha256[static DIGEST_SIZE])
{
	const char *base = path_base(path);
	char *folder;
	int dir;
	bool failed;

	folder = mem_strndup(path, strcspn(path, "/"));
	dir = file_make_dir(ix->archive.fd, folder);
	/* who lost the photo may have lost SHA256SUMS with it */
	failed = checksums_changed(ix, folder) < 0;
	free(folder);
	failed = failed || dir < 0 ||
	    heal_set_aside(&ix->archive, dir, base, sha256) < 0 ||
	    file_rename_new(staging, name, dir, base) < 0 ||
	    file_sync_dir(dir) < 0;
	if (failed)
		msg(path, "cannot put it back: %s", strerror(errno));
	if (dir >= 0)
		close(dir);
	if (failed)
		return -1;
	return index_event(ix, "healed", sha256, "nas", path);
}
