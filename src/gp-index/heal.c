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
	failed = (file_rename_new(dir, base, quarantine, name) < 0 &&
		     errno != ENOENT) ||
	    file_sync_dir(quarantine) < 0;
	if (failed)
		msg(base, "cannot move it to .gp/quarantine: %s",
		    strerror(errno));
	free(name);
	close(quarantine);
	return failed ? -1 : 0;
}

/* Puts it there, in DIR; 0, or -1 with the reason said. */
static int
put_back(struct index *ix, int staging, const char *name, int dir,
    const char *path, const uint8_t sha256[static DIGEST_SIZE])
{
	const char *base = path_base(path);

	if (heal_set_aside(&ix->archive, dir, base, sha256) < 0)
		return -1;
	if (file_rename_new(staging, name, dir, base) == 0 &&
	    file_sync_dir(dir) == 0)
		return 0;
	msg(path, "cannot put it back: %s", strerror(errno));
	return -1;
}

int
heal_file(struct index *ix, int staging, const char *name, const char *path,
    const uint8_t sha256[static DIGEST_SIZE])
{
	char *folder = path_first(path);
	int dir, result;

	/* who lost the photo may have lost SHA256SUMS with it */
	result = checksums_changed(ix, folder);
	dir = result < 0 ? -1 : file_make_dir(ix->archive.fd, folder);
	if (result == 0 && dir < 0)
		msg(folder, "cannot make the folder: %s", strerror(errno));
	free(folder);
	if (dir < 0)
		return -1;
	result = put_back(ix, staging, name, dir, path, sha256);
	close(dir);
	if (result < 0)
		return -1;
	return index_event(ix, "healed", sha256, "nas", path);
}
