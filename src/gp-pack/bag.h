/*
 * One disc as a bag (RFC 8493), built in OUT/.LABEL.part and given its name
 * when it is whole. What goes into it has a file each: fill.c the photos,
 * show.c what is known of them, albums-txt.c, page.c and thumbs.c what people
 * look at, tags.c the lists, parity.c the recovery data.
 */
#ifndef GP_PACK_BAG_H
#define GP_PACK_BAG_H

#include <stdint.h>

#include "gp-pack/pack.h"
#include "gp-pack/plan.h"
#include "gp-pack/record-store.h"
#include "lib/archive/repo.h"

/* What every disc gets besides photos; paths are absolute, or NULL. */
struct extras {
	char *index; /* snapshot of the index */
	char *source; /* gp's own */
	int64_t bytes;
};

struct bag {
	const struct pack_options *opt;
	const struct repo *archive;
	const struct extras *extras;
	struct record_store *records;
	int64_t now; /* seconds since 1970, for all dates in it */
	int64_t number;
	const char *label;
	const char *path; /* absolute, of the folder that is built */
	int fd; /* that folder */
	int64_t first, end; /* seq, as planned */
	int64_t files, bytes; /* what is really in it */
	bool finished; /* by another run: nothing is removed from it */
	bool copied; /* said that hard links can't be made */
};

/* Links the planned files into the bag, each read and compared; what fails is
 * marked failed and not placed any more. Sets files and bytes. 0, or -1 with
 * the reason said. */
int bag_fill(struct bag *bag);

/* Whether the files are still what was packed; those that are not are marked
 * failed, *CHANGED counts them. 0, or -1 with the reason said. */
int bag_recheck(struct bag *bag, int64_t *changed);

/* Small pictures into thumbs/, where there is a program for it. 0, or -1. */
int bag_thumbs(struct bag *bag);

/* Fills the tables shown and in_album for this disc, and writes
 * albums.json. 0, or -1. */
int bag_show(struct bag *bag);

/* After bag_show(): albums.txt; index.html. 0, or -1. */
int bag_albums(struct bag *bag);
int bag_page(struct bag *bag);

/* bagit.txt, bag-info.txt, README.txt, manifest-sha256.txt, gp/. 0, or -1. */
int bag_tags(struct bag *bag);

/* The recovery data, by par2. 0, or -1. */
int bag_parity(struct bag *bag);

/* About how many bytes bag_parity() will make. */
int64_t bag_parity_size(const struct bag *bag);

/* Last: tagmanifest-sha256.txt. 0, or -1. */
int bag_seal(struct bag *bag);

#endif
