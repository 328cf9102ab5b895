/*
 * Recovery data by par2, in sets. File n of the disc is in set n modulo the
 * number of sets: a scratch or a bad ring hits neighbours, which then lie in
 * different sets. One more set has the lists.
 */
#include "gp-pack/bag/parity.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gp-pack/capacity.h"
#include "gp-pack/child.h"
#include "lib/mem.h"
#include "lib/program/msg.h"
#include "lib/program/progress.h"

/* A block is what one bad sector costs of the recovery data: with a thousand
 * a set, 4 MB. More would cost par2 more time than a night has. */
#define SET_BYTES ((int64_t)4 * 1000 * 1000 * 1000)
#define SET_BLOCKS 1000
/* below par2's 32,768 blocks, and its names fit on a command line */
#define SET_FILES 1500

struct parity {
	struct bag *bag;
	int64_t sets;
	struct progress progress;
};

/* The files of one set, as arguments. */
struct set {
	char **name;
	size_t names, cap;
	int64_t bytes;
};

static int64_t
set_count(const struct bag *bag)
{
	int64_t by_bytes = bag->bytes / SET_BYTES + 1;
	int64_t by_files = bag->files / SET_FILES + 1;

	return by_bytes > by_files ? by_bytes : by_files;
}

/* Bytes a block, whole sectors. */
static int64_t
block_size(int64_t bytes)
{
	int64_t n = bytes / SET_BLOCKS / SECTOR + 1;

	return n * SECTOR;
}

/* Blocks of recovery data; at least one. */
static int64_t
block_count(int64_t bytes, int64_t parity)
{
	int64_t size = block_size(bytes);

	return (bytes * parity / 100 + size - 1) / size +
	    (bytes * parity < 100);
}

/* par2's packets (Parity Volume Set specification 2.0): of each file its
 * description, about 160 bytes with its name, and the sums of its blocks, 80
 * and 20 a block; these stand in the index of the set, and in the other file
 * once for each time that the number of blocks can be halved. A packet of
 * recovery data has 68 bytes beyond it. */
static int64_t
set_size(int64_t files, int64_t bytes, int64_t parity)
{
	int64_t block = block_size(bytes), count = block_count(bytes, parity);
	int64_t packets, halved, n;

	n = bytes / block + files / 2 + 1;
	packets = 200 + files * 256 + (n > files ? n : files) * 20;
	for (halved = count, n = 2; halved > 1; halved /= 2)
		n++;
	return count * (block + 68) + n * packets + SECTOR;
}

int64_t
bag_parity_size(const struct bag *bag)
{
	int64_t sets = set_count(bag);
	int64_t parity = bag->opt->parity;

	if (parity == 0)
		return 0;
	return sets * set_size(bag->files / sets, bag->bytes / sets, parity) +
	    bag->extras->bytes / 100 * parity + 64 * 1024;
}

static void
set_add(struct set *set, const char *name, int64_t bytes)
{
	if (set->names == set->cap) {
		set->cap = set->cap == 0 ? 64 : 2 * set->cap;
		set->name = mem_resize(set->name, set->cap, sizeof(*set->name));
	}
	set->name[set->names++] = mem_strdup(name);
	set->bytes += bytes;
}

static void
set_release(struct set *set)
{
	size_t i;

	for (i = 0; i < set->names; i++)
		free(set->name[i]);
	free(set->name);
	memset(set, 0, sizeof(*set));
}

/* Makes the recovery data of SET, number N. */
static int
create(struct parity *p, const struct set *set, int64_t n)
{
	char *file = mem_printf("parity/set-%03lld.par2", (long long)n);
	char *size = mem_printf("-s%lld", (long long)block_size(set->bytes));
	char *count = mem_printf("-c%lld",
	    (long long)block_count(set->bytes, p->bag->opt->parity));
	const char **argv;
	struct child c = { .dir = p->bag->path, .out = -1 };
	size_t i, k = 0;
	int result;

	argv = mem_resize(NULL, set->names + 16, sizeof(*argv));
	argv[k++] = "par2";
	argv[k++] = "create";
	argv[k++] = "-q";
	argv[k++] = "-q";
	argv[k++] = "-n1"; /* one file of recovery data a set */
	argv[k++] = "-m256"; /* megabytes of memory */
	argv[k++] = size;
	argv[k++] = count;
	argv[k++] = "-B";
	argv[k++] = "./"; /* "." would have no file below it */
	argv[k++] = file;
	for (i = 0; i < set->names; i++)
		argv[k++] = set->name[i];
	argv[k] = NULL;
	c.argv = argv;
	result = child_start(&c);
	if (result == 0)
		result = child_wait(&c, p->bag->label, false);
	free(argv);
	free(count);
	free(size);
	free(file);
	return result;
}

/* Set N of the photos, from 0. */
static int
create_set(struct parity *p, int64_t n)
{
	struct record_store *s = p->bag->records;
	struct set set = { 0 };
	sqlite3_stmt *q;
	int result;

	q = record_store_range(s,
	    "SELECT p.path, o.size FROM ordered o JOIN "
	    "placed p USING (seq) WHERE seq >= ?1 AND seq < ?2 "
	    "AND seq % ?3 = ?4 AND o.size > 0 ORDER BY seq",
	    p->bag->first, p->bag->end);
	sqlite3_bind_int64(q, 3, p->sets);
	sqlite3_bind_int64(q, 4, n);
	for (;;) {
		result = record_store_step(s, q);
		if (result <= 0)
			break;
		set_add(&set, (const char *)sqlite3_column_text(q, 0),
		    sqlite3_column_int64(q, 1));
	}
	sqlite3_finalize(q);
	if (result == 0 && set.names > 0)
		result = create(p, &set, n + 1);
	progress_add(&p->progress, 1, set.bytes);
	set_release(&set);
	return result;
}

/* The set of the lists, number 0. */
static int
create_lists(struct parity *p)
{
	static const char *const names[] = { "README.txt", "albums.json",
		"albums.txt", "bag-info.txt", "bagit.txt",
		"gp/gp-source.tar.gz", "gp/index.db", "index.html",
		"manifest-sha256.txt" };
	struct set set = { 0 };
	struct stat st;
	size_t i;
	int result;

	for (i = 0; i < COUNT(names); i++) {
		if (fstatat(p->bag->fd, names[i], &st, 0) == 0)
			set_add(&set, names[i], st.st_size);
	}
	result = create(p, &set, 0);
	set_release(&set);
	return result;
}

int
bag_write_parity(struct bag *bag)
{
	struct parity p = { .bag = bag, .sets = set_count(bag) };
	int64_t n;
	int result;

	if (bag->opt->parity == 0)
		return 0;
	if (mkdirat(bag->fd, "parity", 0777) < 0) {
		msg(bag->label, "cannot make the folder parity: %s",
		    strerror(errno));
		return -1;
	}
	progress_start(&p.progress, "sets of parity",
	    isatty(STDERR_FILENO) || msg_level > 0);
	p.progress.total_items = p.sets;
	p.progress.total_bytes = bag->bytes;
	result = create_lists(&p);
	for (n = 0; n < p.sets && result == 0; n++)
		result = create_set(&p, n);
	progress_end(&p.progress);
	return result;
}
