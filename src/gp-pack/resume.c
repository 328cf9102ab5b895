/*
 * A bag that has its name but was never told: the run was killed between the
 * two. If every file that its manifest lists is among the records that are to
 * be packed, nobody else can have told it, and it is taken for what it is.
 */
#include "gp-pack/resume.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gp-pack/bag/fill.h"
#include "gp-pack/build.h"
#include "gp-pack/iso-image.h"
#include "lib/checksum-line.h"
#include "lib/files/file.h"
#include "lib/mem.h"
#include "lib/num.h"
#include "lib/program/msg.h"

struct resume {
	struct builder *b;
	sqlite3_stmt *find, *put;
	int64_t files;
};

/* One line of the manifest: 1 a file of the records, 0 not, -1. */
static int
take_line(struct resume *a, char *line)
{
	struct record_store *s = a->b->records;
	uint8_t sum[DIGEST_SIZE];
	char *path;
	int result;

	line[strcspn(line, "\n")] = '\0';
	if (checksum_line_parse(line, sum, &path) < 0 ||
	    !file_path_is_safe(path))
		return 0;
	sqlite3_bind_blob(a->find, 1, sum, DIGEST_SIZE, SQLITE_STATIC);
	result = record_store_step(s, a->find);
	if (result > 0) {
		sqlite3_bind_int64(a->put, 1, sqlite3_column_int64(a->find, 0));
		sqlite3_bind_text(a->put, 2, path, -1, SQLITE_STATIC);
		if (record_store_run(s, a->put) < 0)
			result = -1;
		a->files++;
	}
	sqlite3_reset(a->find);
	return result;
}

/* Places all files of the manifest at FD, which is closed. 1, 0, -1. */
static int
take_manifest(struct resume *a, int fd)
{
	struct record_store *s = a->b->records;
	char *line = NULL;
	size_t cap = 0;
	int result = 1;
	FILE *f;

	f = fdopen(fd, "r");
	if (f == NULL) {
		close(fd);
		return 0;
	}
	if (record_store_exec(s,
		"CREATE INDEX IF NOT EXISTS ordered_sha "
		"ON ordered(sha)") < 0)
		result = -1;
	a->find = record_store_prepare(s,
	    "SELECT seq FROM ordered WHERE sha = ?1 "
	    "AND seq NOT IN (SELECT seq FROM placed)");
	a->put = record_store_prepare(s, "INSERT INTO placed VALUES(?1, ?2)");
	while (result > 0 && getline(&line, &cap, f) > 0)
		result = take_line(a, line);
	sqlite3_finalize(a->find);
	sqlite3_finalize(a->put);
	free(line);
	fclose(f);
	return result > 0 && a->files == 0 ? 0 : result;
}

/* The date that the bag was made with; that of today for want of it. */
static int64_t
date_of(const struct builder *b, int bag)
{
	static const char key[] = "\nSource-Date-Epoch: ";
	int64_t seconds = b->now;
	struct buf text;
	char *p;

	buf_init(&text, 65536);
	if (file_load(bag, "bag-info.txt", &text) == 0) {
		p = strstr(text.data, key);
		if (p != NULL) {
			p += sizeof(key) - 1;
			p[strcspn(p, "\n")] = '\0';
			(void)num_parse(p, 0, INT32_MAX, &seconds);
		}
	}
	buf_release(&text);
	return seconds;
}

/* Reads all files of the bag again. 0, or -1 said. */
static int
verify(struct builder *b, const char *label, int fd)
{
	struct bag bag = { .opt = b->opt,
		.archive = b->archive,
		.records = b->records,
		.label = label,
		.fd = fd,
		.first = 1,
		.end = INT64_MAX,
		.finished = true };
	int64_t changed;

	/* nothing was noted of these, so all is read */
	if (bag_recheck(&bag, &changed) < 0)
		return -1;
	if (changed == 0)
		return 0;
	msg(label,
	    "%lld files of this bag, which an interrupted run left, "
	    "are not what they were: remove it",
	    (long long)changed);
	return -1;
}

/* The sum of the image that is there; the image made where there is none. */
static int
have_image(struct builder *b, const char *label, int bag,
    char image_sum[static DIGEST_HEX])
{
	char *name = mem_printf("%s.iso", label);
	char *path = mem_printf("%s/%s", b->out_path, label);
	struct image im = { .label = label,
		.bag = path,
		.now = date_of(b, bag) };
	struct digest *d = digest_new();
	uint8_t sum[DIGEST_SIZE];
	int64_t size;
	int fd, result = 0;

	*image_sum = '\0';
	fd = file_open(b->out, name, O_NOFOLLOW);
	if (fd >= 0) {
		result = digest_fd(d, fd, sum, NULL);
		if (result < 0)
			msg(name, "%s", strerror(errno));
		else
			digest_hex(sum, image_sum);
		close(fd);
	} else {
		result = image_size(&im, &size);
		if (result == 0)
			result = builder_build_image(b, label, label, im.now,
			    size, image_sum);
		if (result == 0)
			result = builder_name_image(b, label, image_sum);
	}
	digest_free(d);
	free(path);
	free(name);
	return result;
}

int
builder_resume(struct builder *b, const char *label,
    char image_sum[static DIGEST_HEX])
{
	struct resume a = { .b = b };
	int bag, fd, result = 0;

	bag = openat(b->out, label,
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (bag < 0) {
		msg(label, "%s", strerror(errno));
		return -1;
	}
	fd = file_open(bag, "manifest-sha256.txt", O_NOFOLLOW);
	if (fd >= 0)
		result = take_manifest(&a, fd);
	if (result == 0)
		record_store_exec(b->records, "DELETE FROM placed");
	if (result > 0 &&
	    (verify(b, label, bag) < 0 ||
		have_image(b, label, bag, image_sum) < 0))
		result = -1;
	close(bag);
	return result;
}
