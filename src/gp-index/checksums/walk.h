/*
 * What lies in the archive: each entry of its folders. Left out are .gp,
 * burn/ and archived/ (discs have their own rules), SHA256SUMS, what a NAS
 * puts everywhere for itself, and folders whose name begins with '.': an
 * album's never does.
 */
#ifndef GP_INDEX_CHECKSUMS_WALK_H
#define GP_INDEX_CHECKSUMS_WALK_H

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "lib/archive/repo.h"
#include "lib/buf.h"

struct archive_walk {
	const struct repo *archive;
	DIR *root, *folder;
	struct buf path; /* of the entry, below the archive */
	size_t folder_len; /* of its folder's name; 0 at the top */
	/* whether PATH, which machines leave beside photos, is met all the
	 * same; NULL: none is */
	bool (*wanted)(void *arg, const char *path);
	void *arg;
	int64_t litter; /* entries passed over that machines left */
	bool ended; /* the top can't be read any further */
	struct stat st; /* of the entry itself: links are not followed */
};

/* 0, or -1 with the reason said. walk_release() frees what it holds. */
int walk_init(struct archive_walk *w, const struct repo *a);
void walk_release(struct archive_walk *w);

/* What comes next, as walk_next() tells it. */
enum walked { WALK_END, WALK_FOLDER, WALK_FILE, WALK_STRANGE, WALK_FAILED };

/* The next entry: WALK_FOLDER as a folder is entered (its files follow),
 * WALK_FILE for a regular file in a folder, WALK_STRANGE for anything else;
 * WALK_FAILED with the reason said for what can't be read (ask on for the
 * rest); WALK_END. */
enum walked walk_next(struct archive_walk *w);

/* Passes over what is left of the folder that was entered last. */
void walk_skip(struct archive_walk *w);

/* For messages: what kind of thing a WALK_STRANGE is. */
const char *walk_type(const struct stat *st);

#endif
