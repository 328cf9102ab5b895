/* The lists of a bag, and what explains it. */
#include "gp-pack/bag/tags.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "gp-pack/bag/text-file.h"
#include "lib/files/file.h"
#include "lib/mem.h"
#include "lib/num.h"
#include "lib/program/msg.h"

/* Writes file NAME of the bag by WRITE; 0, or -1 with the reason said. */
static int
with_file(struct bag *bag, const char *name, int (*write)(struct bag *, FILE *))
{
	int result;
	FILE *f;

	f = text_file_create(bag->fd, name);
	if (f == NULL)
		return -1;
	result = write(bag, f);
	return text_file_close(f, name) < 0 ? -1 : result;
}

static int
write_bagit(struct bag *bag, FILE *f)
{
	(void)bag;
	fputs("BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n", f);
	return 0;
}

static int
write_info(struct bag *bag, FILE *f)
{
	char day[NUM_TIME_SIZE], size[32];

	if (num_format_time(day, bag->now) < 0)
		return -1;
	fprintf(f, "Bag-Software-Agent: gp-pack %s\n", GP_VERSION);
	fprintf(f, "Bagging-Date: %.10s\n", day);
	fprintf(f, "External-Identifier: %s\n", bag->label);
	fprintf(f, "External-Description: Photos, disc %lld of the series %s\n",
	    (long long)bag->number, bag->opt->label);
	fprintf(f, "Bag-Group-Identifier: %s\n", bag->opt->label);
	fprintf(f, "Bag-Count: %lld of ?\n", (long long)bag->number);
	fprintf(f, "Bag-Size: %s\n",
	    num_format_size(size, sizeof(size), bag->bytes));
	fprintf(f, "Payload-Oxum: %lld.%lld\n", (long long)bag->bytes,
	    (long long)bag->files);
	/* what the image is made with, so that it can be made again */
	fprintf(f, "Source-Date-Epoch: %lld\n", (long long)bag->now);
	return 0;
}

/* No name has a '%', CR or LF (disc-path.h), so none is percent-encoded, and
 * sha256sum(1) reads what BagIt wants. */
static int
write_manifest(struct bag *bag, FILE *f)
{
	struct record_store *s = bag->records;
	char hex[DIGEST_HEX];
	sqlite3_stmt *q;
	int result;

	q = record_store_range(s,
	    "SELECT o.sha, p.path FROM ordered o JOIN "
	    "placed p USING (seq) WHERE seq >= ?1 AND seq < ?2 ORDER BY seq",
	    bag->first, bag->end);
	for (;;) {
		result = record_store_step(s, q);
		if (result <= 0)
			break;
		digest_hex(sqlite3_column_blob(q, 0), hex);
		fprintf(f, "%s  %s\n", hex,
		    (const char *)sqlite3_column_text(q, 1));
	}
	sqlite3_finalize(q);
	return result;
}

/* Puts FILE (absolute, or NULL) into the bag as NAME. */
static int
add_file(struct bag *bag, const char *file, const char *name)
{
	int in, out, result = -1;

	if (file == NULL)
		return 0;
	in = open(file, O_RDONLY | O_CLOEXEC);
	out = in < 0 ? -1
		     : openat(bag->fd, name,
			   O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (in >= 0 && out >= 0 && file_copy(in, out, NULL) >= 0)
		result = 0;
	else
		msg(name, "cannot be put on the disc: %s", strerror(errno));
	if (in >= 0)
		close(in);
	if (out >= 0 && close(out) < 0 && result == 0) {
		msg(name, "cannot be put on the disc: %s", strerror(errno));
		result = -1;
	}
	return result;
}

static int
write_readme(struct bag *bag, FILE *f)
{
	char day[NUM_TIME_SIZE];

	if (num_format_time(day, bag->now) < 0)
		return -1;
	fprintf(f,
	    "%s\n\nPhotos and videos, disc %lld of the series %s, made on "
	    "%.10s:\n%lld files, %lld bytes.\n\n",
	    bag->label, (long long)bag->number, bag->opt->label, day,
	    (long long)bag->files, (long long)bag->bytes);
	fputs(
	    "TO LOOK AT THEM, open index.html with any web browser. It needs "
	    "no network.\nThe files themselves are in the folder data, by year "
	    "and month. albums.txt says\nwhich belong together; albums.json "
	    "says all that is known of each, for programs.\n\n"
	    "TO COPY THEM, copy the folder data. Nothing is locked, packed or "
	    "encrypted, and\nno special program is needed.\n\n"
	    "TO CHECK that all is still as it was, open a terminal in the "
	    "folder where this\nfile is, and type:\n\n"
	    "    sha256sum --check --quiet manifest-sha256.txt\n"
	    "    sha256sum --check --quiet tagmanifest-sha256.txt\n\n"
	    "It says nothing when every file is good, and names each that is "
	    "not. On a Mac:\nshasum -a 256 --check manifest-sha256.txt\n\n",
	    f);
	if (bag->opt->parity > 0)
		fputs(
		    "TO REPAIR damaged files, copy the whole disc to a hard "
		    "disk (go on where a file\ncannot be read; ddrescue gets "
		    "most of a bad disc), install the program par2,\nand type "
		    "in that copy, for every file parity/set-*.par2 without "
		    "\"vol\" in its name:\n\n"
		    "    par2 repair -B ./ parity/set-001.par2\n\n"
		    "Then check again.\n\n",
		    f);
	fputs(
	    "The folder is a \"bag\" after RFC 8493 (BagIt 1.0). gp/ holds the "
	    "index of the whole\narchive as it was on that day (a SQLite "
	    "database), and the source of the programs\nthat made this disc. "
	    "They are not needed to read it.\n",
	    f);
	return 0;
}

int
bag_write_tags(struct bag *bag)
{
	if (mkdirat(bag->fd, "gp", 0777) < 0) {
		msg(bag->label, "%s", strerror(errno));
		return -1;
	}
	if (add_file(bag, bag->extras->index, "gp/index.db") < 0 ||
	    add_file(bag, bag->extras->source, "gp/gp-source.tar.gz") < 0 ||
	    with_file(bag, "bagit.txt", write_bagit) < 0 ||
	    with_file(bag, "bag-info.txt", write_info) < 0 ||
	    with_file(bag, "README.txt", write_readme) < 0 ||
	    with_file(bag, "manifest-sha256.txt", write_manifest) < 0)
		return -1;
	return 0;
}

/* --- tagmanifest-sha256.txt ----------------------------------------------- */

static int
write_sum(struct bag *bag, FILE *f, struct digest *d, const char *name)
{
	uint8_t sum[DIGEST_SIZE];
	char hex[DIGEST_HEX];
	int fd, result;

	fd = openat(bag->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	result = fd < 0 ? -1 : digest_fd(d, fd, sum, NULL);
	if (result < 0) {
		msg(name, "cannot be read: %s", strerror(errno));
	} else {
		digest_hex(sum, hex);
		fprintf(f, "%s  %s\n", hex, name);
	}
	if (fd >= 0)
		close(fd);
	return result;
}

/* Regular files, but not the one that is being written. */
static int
is_tag(const struct dirent *e)
{
	return e->d_name[0] != '.' &&
	    strcmp(e->d_name, "tagmanifest-sha256.txt") != 0;
}

/* The sums of all files in FOLDER of the bag, "" for the bag itself. */
static int
write_folder(struct bag *bag, FILE *f, struct digest *d, const char *folder)
{
	struct dirent **list = NULL;
	struct stat st;
	char *name;
	int i, n, result = 0;

	n = scandirat(bag->fd, *folder != '\0' ? folder : ".", &list, is_tag,
	    alphasort);
	if (n < 0 && errno == ENOENT)
		return 0;
	if (n < 0) {
		msg(folder, "cannot be read: %s", strerror(errno));
		return -1;
	}
	for (i = 0; i < n; i++) {
		name = mem_printf("%s%s%s", folder, *folder != '\0' ? "/" : "",
		    list[i]->d_name);
		if (result == 0 &&
		    fstatat(bag->fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
		    S_ISREG(st.st_mode))
			result = write_sum(bag, f, d, name);
		free(name);
		free(list[i]);
	}
	free(list);
	return result;
}

static int
write_tagmanifest(struct bag *bag, FILE *f)
{
	static const char *const folders[] = { "", "gp", "parity", "thumbs" };
	struct digest *d = digest_new();
	int result = 0;
	size_t i;

	for (i = 0; i < COUNT(folders); i++) {
		if (result == 0)
			result = write_folder(bag, f, d, folders[i]);
	}
	digest_free(d);
	return result;
}

int
bag_seal(struct bag *bag)
{
	return with_file(bag, "tagmanifest-sha256.txt", write_tagmanifest);
}
