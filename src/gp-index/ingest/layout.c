#include "gp-index/ingest/layout.h"

#include <stdlib.h>
#include <string.h>

#include "gp-index/checksums/foreign.h"
#include "lib/archive/repo.h"
#include "lib/mem.h"
#include "lib/name.h"

/* names -1 to -9 are tried, then numbers drawn from the file's checksum: a
 * thousand files of one name must not try a thousand times each */
#define SMALL_TRIES 10

char *
layout_folder(const struct record *rec, const char *quarter)
{
	struct record album;
	const char *title;
	char *name, *folder;

	record_init(&album);
	record_object(rec, "album", &album);
	title = record_text(&album, "title");
	name = name_folder(title != NULL ? title : "photos");
	record_release(&album);
	folder = mem_printf("%s-%s", name, quarter);
	free(name);
	return folder;
}

char *
layout_path(const char *folder, const char *filename, unsigned try,
    const uint8_t sha256[static DIGEST_SIZE])
{
	unsigned number = try;
	char *name, *path;

	if (try >= SMALL_TRIES) {
		memcpy(&number, sha256 + try % (DIGEST_SIZE - 3), 4);
		number |= 1; /* never 0, which means no number */
	}
	name = name_file(filename, number);
	/* found as a photo also where its folder's list is lost */
	foreign_mend(name);
	path = mem_printf("%s/%s", folder, name);
	free(name);
	return path;
}

bool
layout_is_folder_name(const char *name)
{
	char *clean;
	bool same;

	clean = name_file(name, 0);
	same = strcmp(clean, name) == 0 && strcmp(name, REPO_BURN) != 0 &&
	    strcmp(name, REPO_ARCHIVED) != 0;
	free(clean);
	return same;
}
