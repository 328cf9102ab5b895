#include "gp-pack/records/records-in.h"

#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "gp-pack/cost.h"
#include "gp-pack/media-type.h"
#include "lib/files/file.h"
#include "lib/files/path.h"
#include "lib/num.h"
#include "lib/record/record-reader.h"

static int64_t
length(const struct record *rec, const char *name)
{
	size_t n;

	return record_get(rec, name, &n) != NULL ? (int64_t)n : 0;
}

static int64_t
cost_of(struct record *rec, const struct stored_file *file, int64_t parity)
{
	struct cost_file c;

	c.size = file->size;
	c.told = length(rec, "metadata") + length(rec, "filename") +
	    2 * (length(rec, "album") + length(rec, "albums"));
	c.name = (int64_t)strlen(path_base(file->path));
	c.thumb = media_type_of(record_text(rec, "mimeType"), file->path) ==
		MEDIA_IMAGE &&
	    media_wants_thumb(file->path, file->size);
	return cost_of_file(&c, parity);
}

/* Fills FILE from REC; its texts live in REC. 0, or -1: REC has its error. */
static int
read_file(struct record *rec, struct stored_file *file, int64_t parity)
{
	const char *sum = record_text(rec, "sha256");
	const char *time;

	file->path = record_text(rec, "path");
	if (file->path == NULL || sum == NULL ||
	    digest_parse(sum, file->sha256) < 0 ||
	    record_int(rec, "size", &file->size) < 0 || file->size < 0) {
		record_fail(rec, "missing-field",
		    "no stored file: it needs "
		    "path, size and sha256, as gp-index --export writes them");
		return -1;
	}
	if (!file_path_is_safe(file->path)) {
		record_fail(rec, "unsafe-path",
		    "its path leads out of the archive");
		return -1;
	}
	time = record_text(rec, "creationTime");
	file->taken = 0;
	file->dated = time != NULL &&
	    num_parse_time(time, &file->taken, NULL) == 0;
	file->cost = cost_of(rec, file, parity);
	return 0;
}

/* A superseded copy goes on no disc, nor does what failed. */
static bool
is_for_disc(const struct record *rec)
{
	const char *by;
	size_t n;

	by = record_get(rec, "supersededBy", &n);
	return by == NULL || *by == 'n';
}

int
records_read(struct record_store *s, const struct pack_options *opt,
    struct counts *counts, enum status *status)
{
	struct record_reader in;
	struct stored_file file;
	struct record rec;

	record_init(&rec);
	record_reader_init(&in, STDIN_FILENO);
	while (record_read(&in, &rec)) {
		if (!record_failed(&rec) && !is_for_disc(&rec)) {
			counts_add(counts, "waiting", 1);
			record_write(&rec);
			continue;
		}
		if (!record_failed(&rec) &&
		    read_file(&rec, &file, opt->parity) == 0) {
			if (record_store_add(s, &rec, &file) == 0)
				continue;
			record_mark(&rec, "io", "it could not be kept");
		}
		counts_add(counts, "failed", 1);
		status_raise(status, STATUS_SOME);
		record_write(&rec);
	}
	record_reader_release(&in);
	record_release(&rec);
	return s->failed || in.failed ? -1 : 0;
}
