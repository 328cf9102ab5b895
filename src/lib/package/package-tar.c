/*
 * Tars by libarchive, in one pass from front to end. gunzip.h unpacks, not
 * libarchive: a file that was cut off reads there as one that ends. And zips
 * whose directory is lost: what lies before the cut is still whole.
 */
#include <archive.h>
#include <archive_entry.h>
#include <errno.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "lib/mem.h"
#include "lib/package/gunzip.h"
#include "lib/package/package-format.h"

#define END_BYTES 1024 /* of zeros at least: POSIX, pax, "Archive End" */

struct tar_package {
	struct archive *tar;
	struct archive_entry *first; /* read when it was opened */
	struct gunzip *file;
	locale_t utf8; /* for names, or 0 */
	const char *why; /* what is wrong with it, or NULL */
	int64_t unpacked; /* bytes in all */
	int64_t given; /* bytes of members; of a zip they were packed */
	bool zip, ended; /* ended: all of the file was read */
	size_t zeros; /* at the end of what was unpacked */
};

/* How many zeros the N bytes at S end with, after BEFORE others. */
static size_t
count_zeros(const char *s, size_t n, size_t before)
{
	size_t i = n;

	while (i > 0 && s[i - 1] == 0)
		i--;
	return i > 0 ? n - i : before + n;
}

/* The next block, for libarchive (archive_read_callback). */
static la_ssize_t
unpack(struct archive *tar, void *arg, const void **block)
{
	struct tar_package *t = arg;
	ssize_t got = gunzip_next(t->file, block);

	(void)tar;
	if (got < 0) {
		t->why = gunzip_reason(t->file);
		return -1;
	}
	t->ended = got == 0;
	t->unpacked += got;
	if (t->unpacked > PACKAGE_RATIO_FREE &&
	    t->unpacked / PACKAGE_RATIO > gunzip_packed(t->file)) {
		t->why = "it unpacks to more than photos do";
		return -1;
	}
	t->zeros = count_zeros(*block, (size_t)got, t->zeros);
	return got;
}

/* What went wrong, in libarchive's words unless we know better. */
static int
fail(struct package *p, struct tar_package *t)
{
	const char *text = archive_error_string(t->tar);

	if (t->why != NULL)
		text = t->why;
	else if (t->zip && t->ended)
		text = "it is cut off";
	return package_fail(p, "%s", text != NULL ? text : "it can't be read");
}

/* Behind the last member: whether all of it was there. */
static int
end(struct package *p, struct tar_package *t)
{
	const void *block;
	la_ssize_t got;

	if (t->zip) {
		t->why = "the directory at its end is missing or damaged";
		return fail(p, t);
	}
	do
		got = unpack(t->tar, t, &block);
	while (got > 0);
	if (got == 0 && t->zeros >= END_BYTES)
		return 0;
	if (got == 0)
		t->why = "its end is missing";
	return fail(p, t);
}

static enum package_type
type_of(struct archive_entry *e)
{
	mode_t type = archive_entry_filetype(e);

	if (type == S_IFLNK || archive_entry_hardlink(e) != NULL)
		return PACKAGE_LINK;
	if (type == S_IFDIR)
		return PACKAGE_FOLDER;
	return type == S_IFREG ? PACKAGE_FILE : PACKAGE_OTHER;
}

/* Names in a tar are taken as UTF-8, whatever the caller's language is.
 * libarchive asks the thread's locale, which no caller of ours sees changed. */
static locale_t
utf8_locale(void)
{
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);

	return utf8 != (locale_t)0 ? utf8
				   : newlocale(LC_CTYPE_MASK, "", (locale_t)0);
}

static int
read_next(struct package *p, struct package_member *m)
{
	struct tar_package *t = p->state;
	struct archive_entry *e = t->first;
	int result = ARCHIVE_OK;

	t->first = NULL;
	if (e == NULL)
		result = archive_read_next_header(t->tar, &e);
	if (result == ARCHIVE_EOF)
		return end(p, t);
	if (result != ARCHIVE_OK && result != ARCHIVE_WARN)
		return fail(p, t);
	m->name = archive_entry_pathname(e);
	if (m->name == NULL)
		return package_fail(p, "a member has no name that can be read");
	m->name = package_mend_name(p, m->name);
	m->type = type_of(e);
	m->size = archive_entry_size_is_set(e) ? archive_entry_size(e) : -1;
	m->mtime = archive_entry_mtime(e);
	return 1;
}

static int
next(struct package *p, struct package_member *m)
{
	const struct tar_package *t = p->state;
	const locale_t before = uselocale(t->utf8);
	int result;

	result = read_next(p, m);
	uselocale(before);
	return result;
}

static ssize_t
read_member(struct package *p, void *buf, size_t n)
{
	struct tar_package *t = p->state;
	la_ssize_t got;

	got = archive_read_data(t->tar, buf, n);
	if (got > 0)
		t->given += got;
	if (t->given > PACKAGE_RATIO_FREE &&
	    t->given / PACKAGE_RATIO > t->unpacked)
		return package_fail(p, "it unpacks to more than photos do");
	return got < 0 ? fail(p, t) : (ssize_t)got;
}

static void
close_state(struct tar_package *t)
{
	archive_read_free(t->tar);
	gunzip_close(t->file);
	if (t->utf8 != (locale_t)0)
		freelocale(t->utf8);
	free(t);
}

static void
close_tar(struct package *p)
{
	close_state(p->state);
}

/* Its first header; 1, or -1. */
static int
begin(struct package *p, struct tar_package *t)
{
	int result;

	archive_read_support_format_tar(t->tar);
	if (!gunzip_is_packed(t->file))
		archive_read_support_format_zip_streamable(t->tar);
	result = archive_read_open(t->tar, t, NULL, unpack, NULL);
	if (result == ARCHIVE_OK)
		result = archive_read_next_header(t->tar, &t->first);
	t->zip = (archive_format(t->tar) & ARCHIVE_FORMAT_BASE_MASK) ==
	    ARCHIVE_FORMAT_ZIP;
	if (result == ARCHIVE_OK || result == ARCHIVE_WARN)
		return 1;
	if (result == ARCHIVE_EOF)
		t->why = "it is empty";
	return fail(p, t);
}

int
package_open_tar(struct package *p, const char *path)
{
	static const struct package_ops ops = { next, NULL, read_member,
		close_tar };
	locale_t before;
	struct gunzip *file;
	struct tar_package *t;
	int begun = -1;

	file = gunzip_open(path);
	if (file == NULL)
		return package_fail(p, "%s", strerror(errno));
	t = mem_alloc(sizeof(*t));
	t->file = file;
	t->utf8 = utf8_locale();
	t->tar = archive_read_new();
	before = uselocale(t->utf8);
	if (t->tar == NULL)
		package_fail(p, "out of memory");
	else
		begun = begin(p, t);
	uselocale(before);
	if (begun < 0) {
		close_state(t);
		return -1;
	}
	p->bare = !t->zip && !gunzip_is_packed(t->file);
	p->state = t;
	p->ops = &ops;
	return 1;
}
