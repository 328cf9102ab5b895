#include "gp-index/ingest/heal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "gp-index/checksums/checksums-write.h"
#include "gp-index/ingest/quarantine.h"
#include "lib/files/file.h"
#include "lib/files/path.h"
#include "lib/mem.h"

/* Puts it there, in DIR; as heal_file(). */
static int
put_back(struct index *ix, const struct heal *h, int dir, const char **what)
{
	const char *base = path_base(h->path);

	if (quarantine_move(&ix->archive, dir, base, h->sha256, what) < 0)
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
