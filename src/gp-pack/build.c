#include "gp-pack/build.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>

#include "gp-pack/bag/albums-txt.h"
#include "gp-pack/bag/extras.h"
#include "gp-pack/bag/fill.h"
#include "gp-pack/bag/page.h"
#include "gp-pack/bag/parity.h"
#include "gp-pack/bag/show.h"
#include "gp-pack/bag/tags.h"
#include "gp-pack/bag/thumbs.h"
#include "gp-pack/bag/tree.h"
#include "gp-pack/capacity.h"
#include "gp-pack/child.h"
#include "gp-pack/iso-image.h"
#include "gp-pack/label.h"
#include "lib/files/file.h"
#include "lib/mem.h"
#include "lib/num.h"
#include "lib/program/msg.h"
#include "lib/program/program.h"

/* of the capacity, as reckoned at most: less is a disc with room left */
#define FULL_PERCENT 99
#define ROOM_LEFT                                                              \
	(64 * 1024 * 1024) /* the NAS shall not be filled to the brim */

/* --- the folder of the discs ---------------------------------------------- */

static int
take_lock(struct builder *b)
{
	int folder;

	folder = repo_folder(b->archive, "packing");
	if (folder < 0)
		return -1;
	b->lock = openat(folder, "lock",
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
	close(folder);
	if (b->lock >= 0 && flock(b->lock, LOCK_EX | LOCK_NB) == 0)
		return 0;
	if (errno == EWOULDBLOCK)
		msg(NULL,
		    "another gp-pack builds discs of this archive; wait "
		    "for its end");
	else
		msg(b->archive->path, "cannot lock .gp/packing: %s",
		    file_lock_reason(errno));
	return -1;
}

static bool
is_scratch(const char *name)
{
	/* SQLite's own have no name for longer than a moment */
	return strncmp(name, EXTRAS_SCRATCH, strlen(EXTRAS_SCRATCH)) == 0 ||
	    strncmp(name, THUMBS_SCRATCH, strlen(THUMBS_SCRATCH)) == 0 ||
	    strncmp(name, "etilqs_", strlen("etilqs_")) == 0;
}

/* Removes the snapshots and links of runs that were killed. */
static int
sweep_scratch(const struct builder *b)
{
	char *path = mem_printf("%s/.gp/packing", b->archive->path);
	int result = tree_sweep(path, is_scratch);

	free(path);
	return result;
}

static int
open_out(struct builder *b)
{
	const char *name = b->opt->out != NULL ? b->opt->out : REPO_BURN;

	b->out = file_make_dir(b->archive->fd, name);
	if (b->out < 0) {
		msg(name, "cannot open the folder for the discs: %s",
		    strerror(errno));
		return -1;
	}
	b->out_path = *name == '/'
	    ? mem_strdup(name)
	    : mem_printf("%s/%s", b->archive->path, name);
	return tree_sweep(b->out_path, label_is_unfinished);
}

static int
check_programs(const struct builder *b)
{
	if (!program_exists("xorriso")) {
		msg(NULL, "xorriso is not installed; it builds the images");
		return -1;
	}
	if (b->opt->parity > 0 && !program_exists("par2")) {
		msg(NULL,
		    "par2 is not installed; install it, or go without "
		    "recovery data by --parity 0");
		return -1;
	}
	return 0;
}

int
builder_open(struct builder *b, const struct pack_options *opt,
    const struct repo *archive, struct record_store *records)
{
	const char *epoch = getenv("SOURCE_DATE_EPOCH");

	memset(b, 0, sizeof(*b));
	b->opt = opt;
	b->archive = archive;
	b->records = records;
	b->lock = b->out = -1;
	b->now = (int64_t)time(NULL);
	if (epoch != NULL && num_parse(epoch, 0, INT32_MAX, &b->now) < 0) {
		msg(NULL, "SOURCE_DATE_EPOCH is no number of seconds: %s",
		    epoch);
		return -1;
	}
	if (check_programs(b) < 0 || take_lock(b) < 0 || sweep_scratch(b) < 0 ||
	    open_out(b) < 0)
		return -1;
	return extras_gather(&b->extras, archive);
}

void
builder_close(struct builder *b)
{
	extras_release(&b->extras);
	free(b->out_path);
	if (b->out >= 0)
		close(b->out);
	if (b->lock >= 0)
		close(b->lock);
}

bool
builder_has(const struct builder *b, const char *label)
{
	struct stat st;

	return fstatat(b->out, label, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	    S_ISDIR(st.st_mode);
}

/* --- the image ------------------------------------------------------------ */

/* Whether SIZE bytes more fit where the discs lie; else it is said. */
static bool
has_room(const struct builder *b, const char *label, int64_t size)
{
	char need[32], have[32];
	struct statvfs v;
	int64_t room;

	if (fstatvfs(b->out, &v) < 0)
		return true; /* then the writing tells */
	room = (int64_t)v.f_bavail * (int64_t)v.f_frsize;
	if (room >= size + ROOM_LEFT)
		return true;
	msg(label,
	    "no room for an image (it takes %s, %s are free): the bag "
	    "alone is kept, and burned from",
	    num_format_size(need, sizeof(need), size),
	    num_format_size(have, sizeof(have), room));
	return false;
}

int
builder_build_image(struct builder *b, const char *label, const char *bag,
    int64_t now, int64_t size, char image_sum[static DIGEST_HEX])
{
	char *path = mem_printf("%s/%s", b->out_path, bag);
	char *unfinished = mem_printf(".%s.iso.part", label);
	struct image im = { .label = label, .bag = path, .now = now };
	uint8_t sum[DIGEST_SIZE];
	int result = 0;

	*image_sum = '\0';
	if (has_room(b, label, size)) {
		result = image_write(&im, size, b->opt->capacity, b->out,
		    unfinished, sum);
		if (result == -2)
			msg(label,
			    "the file system is full: no image; the "
			    "bag alone is kept, and burned from");
		else if (result == 0)
			digest_hex(sum, image_sum);
	}
	free(unfinished);
	free(path);
	return result == -1 ? -1 : 0;
}

int
builder_name_image(struct builder *b, const char *label, const char *image_sum)
{
	char *unfinished = mem_printf(".%s.iso.part", label);
	char *name = mem_printf("%s.iso", label);
	int result = 0;

	if (*image_sum != '\0' &&
	    (file_rename_new(b->out, unfinished, b->out, name) < 0 ||
		file_sync_dir(b->out) < 0)) {
		msg(name, "%s", strerror(errno));
		result = -1;
	}
	free(name);
	free(unfinished);
	return result;
}

/* --- the bag -------------------------------------------------------------- */

static int
measure(const struct bag *bag, int64_t *bytes)
{
	const struct image im = { .label = bag->label,
		.bag = bag->path,
		.now = bag->now };

	return image_size(&im, bytes);
}

/* Whether an image of BYTES is as wanted. */
static enum built
weigh(const struct bag *bag, const struct plan_disc *disc, int64_t bytes)
{
	msg_at(1, bag->label, "%lld files would make an image of %lld bytes",
	    (long long)bag->files, (long long)bytes);
	/* what is still to come is reckoned, and would be long in vain */
	if (bytes > bag->opt->capacity -
		(bag->opt->parity > 0 ? bag->opt->capacity / 400 : 0))
		return BUILT_TOO_LARGE;
	if (disc->full && bytes + disc->next_cost < bag->opt->capacity &&
	    bytes < bag->opt->capacity / 100 * FULL_PERCENT)
		return BUILT_TOO_SMALL;
	return BUILT_DONE;
}

/* Whether what could be packed is still worth a disc. */
static bool
is_worth(const struct bag *bag, const struct plan_disc *disc)
{
	if (bag->files == disc->files)
		return true;
	return bag->files > 0 &&
	    (disc->full || bag->opt->flush ||
		(bag->opt->threshold > 0 && bag->bytes >= bag->opt->threshold));
}

/* All but the recovery data, which takes the longest: measured before it. */
static enum built
lay_out(struct bag *bag, const struct plan_disc *disc, int64_t *measured)
{
	if (bag_fill(bag) < 0)
		return BUILT_FAILED;
	if (!is_worth(bag, disc))
		return BUILT_AGAIN;
	if (bag_write_thumbs(bag) < 0 || bag_write_show(bag) < 0 ||
	    bag_write_albums(bag) < 0 || bag_write_tags(bag) < 0 ||
	    bag_write_page(bag) < 0 || measure(bag, measured) < 0)
		return BUILT_FAILED;
	*measured += bag_parity_size(bag);
	return weigh(bag, disc, *measured);
}

/* Recovery data and the last list; then the true size. It took hours, so that
 * room left is no reason to do it again. */
static enum built
complete(struct bag *bag, int64_t *measured)
{
	if (bag_write_parity(bag) < 0 || bag_seal(bag) < 0 ||
	    tree_date(bag->path, bag->now) < 0 || measure(bag, measured) < 0)
		return BUILT_FAILED;
	msg_at(1, bag->label, "%lld files make an image of %lld bytes",
	    (long long)bag->files, (long long)*measured);
	return *measured > bag->opt->capacity ? BUILT_TOO_LARGE : BUILT_DONE;
}

/* The image, and then the names: the bag's first, since a bag without an image
 * is taken up again (builder_resume()), an image without a bag is not. */
static enum built
finish(struct builder *b, struct bag *bag, const char *unfinished, int64_t size,
    char image_sum[static DIGEST_HEX])
{
	int64_t changed;

	if (builder_build_image(b, bag->label, unfinished, bag->now, size,
		image_sum) < 0 ||
	    bag_recheck(bag, &changed) < 0)
		return BUILT_FAILED;
	if (changed > 0)
		return BUILT_AGAIN;
	if (syncfs(b->out) < 0 ||
	    file_rename_new(b->out, unfinished, b->out, bag->label) < 0 ||
	    file_sync_dir(b->out) < 0) {
		msg(bag->label, "%s", strerror(errno));
		return BUILT_FAILED;
	}
	return builder_name_image(b, bag->label, image_sum) < 0 ? BUILT_FAILED
								: BUILT_DONE;
}

static enum built
make(struct builder *b, struct bag *bag, const struct plan_disc *disc,
    const char *unfinished, int64_t *measured,
    char image_sum[static DIGEST_HEX])
{
	enum built built;

	bag->fd = file_make_dir(b->out, unfinished);
	if (bag->fd < 0) {
		msg(unfinished, "%s", strerror(errno));
		return BUILT_FAILED;
	}
	built = lay_out(bag, disc, measured);
	if (built == BUILT_DONE)
		built = complete(bag, measured);
	if (built == BUILT_DONE)
		built = finish(b, bag, unfinished, *measured, image_sum);
	close(bag->fd);
	return built;
}

/* What a disc that came to nothing leaves. */
static void
clean(struct builder *b, const struct bag *bag)
{
	char *unfinished = mem_printf("%s/.%s.iso.part", b->out_path,
	    bag->label);

	(void)tree_discard(unfinished);
	(void)tree_discard(bag->path);
	free(unfinished);
}

enum built
builder_build_disc(struct builder *b, const struct plan_disc *disc,
    const char *label, int64_t number, int64_t *measured,
    char image_sum[static DIGEST_HEX])
{
	char *unfinished = mem_printf(".%s.part", label);
	char *path = mem_printf("%s/%s", b->out_path, unfinished);
	struct bag bag = { .opt = b->opt,
		.archive = b->archive,
		.extras = &b->extras,
		.records = b->records,
		.now = b->now,
		.number = number,
		.label = label,
		.path = path,
		.first = disc->first,
		.end = disc->end };
	enum built built;

	*image_sum = '\0';
	*measured = 0;
	built = make(b, &bag, disc, unfinished, measured, image_sum);
	if (built != BUILT_DONE)
		clean(b, &bag);
	free(path);
	free(unfinished);
	return built;
}
