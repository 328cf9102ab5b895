/* Zips, by libzip: the directory at the end names all members. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <zip.h>

#include "lib/mem.h"
#include "lib/part-kind.h"

struct zip_part {
	zip_t *zip;
	zip_file_t *file; /* the member at hand, once it is read */
	zip_int64_t count, at; /* at: behind the member at hand */
	int64_t packed; /* bytes of the member at hand */
};

static void
close_file(struct zip_part *z)
{
	if (z->file != NULL)
		zip_fclose(z->file);
	z->file = NULL;
}

/* A zip that was made on Unix has the mode in the upper half (APPNOTE 4.4.15,
 * Info-ZIP). */
static enum part_kind
kind_of(struct zip_part *z, zip_uint64_t index, const char *name)
{
	zip_uint8_t system;
	zip_uint32_t attributes;
	mode_t type = 0;

	if (zip_file_get_external_attributes(
		z->zip, index, 0, &system, &attributes) == 0 &&
	    system == ZIP_OPSYS_UNIX)
		type = (mode_t)(attributes >> 16) & S_IFMT;
	if (type == S_IFLNK)
		return PART_LINK;
	if (type == S_IFDIR || (name[0] != '\0' && name[strlen(name) - 1] == '/'))
		return PART_FOLDER;
	return type == 0 || type == S_IFREG ? PART_FILE : PART_OTHER;
}

/* The member at INDEX. */
static int
take(struct part *p, zip_uint64_t index, struct part_member *m)
{
	struct zip_part *z = p->state;
	zip_stat_t st;

	close_file(z);
	if (zip_stat_index(z->zip, index, 0, &st) < 0 ||
	    (st.valid & ZIP_STAT_NAME) == 0)
		return part_fail(p, "member %llu: %s",
		    (unsigned long long)index + 1, zip_strerror(z->zip));
	z->at = (zip_int64_t)index + 1;
	m->name = st.name;
	m->kind = kind_of(z, index, st.name);
	m->size = -1;
	z->packed = -1;
	if ((st.valid & ZIP_STAT_SIZE) != 0 && st.size <= INT64_MAX)
		m->size = (int64_t)st.size;
	if ((st.valid & ZIP_STAT_COMP_SIZE) != 0 && st.comp_size <= INT64_MAX)
		z->packed = (int64_t)st.comp_size;
	m->has_crc = (st.valid & ZIP_STAT_CRC) != 0;
	m->crc = m->has_crc ? st.crc : 0;
	m->mtime = (st.valid & ZIP_STAT_MTIME) != 0 ? (int64_t)st.mtime : 0;
	return 1;
}

static int
next(struct part *p, struct part_member *m)
{
	struct zip_part *z = p->state;

	if (z->at >= z->count)
		return 0;
	return take(p, (zip_uint64_t)z->at, m);
}

static int
find(struct part *p, const char *name, struct part_member *m)
{
	struct zip_part *z = p->state;
	zip_int64_t at = zip_name_locate(z->zip, name, 0);

	return at < 0 ? 0 : take(p, (zip_uint64_t)at, m);
}

static ssize_t
read_member(struct part *p, void *buf, size_t n)
{
	struct zip_part *z = p->state;
	zip_int64_t got;

	if (p->size > PART_RATIO_FREE && z->packed >= 0 &&
	    p->size / PART_RATIO > z->packed)
		return part_fail(p, "%lld bytes in %lld: no photo packs like "
		    "that", (long long)p->size, (long long)z->packed);
	if (z->file == NULL)
		z->file = zip_fopen_index(
		    z->zip, (zip_uint64_t)z->at - 1, 0);
	if (z->file == NULL)
		return part_fail(p, "%s", zip_strerror(z->zip));
	got = zip_fread(z->file, buf, n);
	if (got < 0)
		return part_fail(p, "%s", zip_file_strerror(z->file));
	return (ssize_t)got;
}

static void
close_zip(struct part *p)
{
	struct zip_part *z = p->state;

	close_file(z);
	zip_discard(z->zip);
	free(z);
}

int
part_open_zip(struct part *p, const char *path)
{
	static const struct part_ops ops = {
		next, find, read_member, close_zip };
	struct zip_part *z;
	zip_error_t error;
	zip_t *zip;
	int code;

	zip = zip_open(path, ZIP_RDONLY, &code);
	if (zip == NULL) {
		zip_error_init_with_code(&error, code);
		part_fail(p, "%s", zip_error_strerror(&error));
		zip_error_fini(&error);
		return code == ZIP_ER_NOZIP ? 0 : -1;
	}
	z = mem_alloc(sizeof(*z));
	z->zip = zip;
	z->count = zip_get_num_entries(zip, 0);
	p->state = z;
	p->ops = &ops;
	return 1;
}
