/* The photos of a bag: linked, read, compared. */
#include "gp-pack/bag/fill.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gp-pack/bag/tree.h"
#include "lib/files/file.h"
#include "lib/mem.h"
#include "lib/program/msg.h"
#include "lib/program/progress.h"

struct filler {
	struct bag *bag;
	struct digest *digest;
	sqlite3_stmt *files, *drop, *sealed;
	struct progress progress;
	int64_t lost;
};

static const char files_sql[] =
    "SELECT o.seq, o.sha, o.size, o.path, p.path, s.changed FROM ordered o "
    "JOIN placed p USING (seq) LEFT JOIN sealed s USING (seq) "
    "WHERE o.seq >= ?1 AND o.seq < ?2 ORDER BY o.seq";

/* When the file was last touched in any way, ns. */
static int64_t
change_time(const struct stat *st)
{
	return (int64_t)st->st_ctim.tv_sec * 1000000000 + st->st_ctim.tv_nsec;
}

/* The file in hand is not packed. */
static int
lose(struct filler *f, const char *code, const char *what, const char *why)
{
	int64_t seq = sqlite3_column_int64(f->files, 0);
	char *text;
	int result;

	text = mem_printf("%s %s%s%s",
	    (const char *)sqlite3_column_text(f->files, 3), what,
	    why != NULL ? ": " : "", why != NULL ? why : "");
	f->lost++;
	result = plan_fail(f->bag->records, seq, code, text);
	sqlite3_bind_int64(f->drop, 1, seq);
	if (result == 0)
		result = record_store_run(f->bag->records, f->drop);
	free(text);
	return result;
}

/* Copies FD to NAME in the bag, with its times. 0, or -1 with errno. */
static int
copy(struct filler *f, int fd, const char *name, const struct stat *st)
{
	const struct timespec times[2] = { st->st_mtim, st->st_mtim };
	bool failed;
	int to, saved;

	if (!f->bag->copied)
		msg(f->bag->label,
		    "hard links to the archive can't be made "
		    "here, so its files are copied");
	f->bag->copied = true;
	to = openat(f->bag->fd, name,
	    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (to < 0)
		return -1;
	failed = file_copy(fd, to, NULL) < 0 || futimens(to, times) < 0;
	saved = errno;
	if (close(to) < 0 && !failed)
		return -1;
	errno = saved;
	return failed ? -1 : 0;
}

/* Puts the very file that FD is into the bag as NAME. 0, or -1 with errno. */
static int
put(struct filler *f, int fd, const char *name, const struct stat *st)
{
	char self[32];

	if (tree_make_parents(f->bag->fd, name) < 0)
		return -1;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	if (!f->bag->copied &&
	    linkat(AT_FDCWD, self, f->bag->fd, name, AT_SYMLINK_FOLLOW) == 0)
		return 0;
	if (!f->bag->copied && errno != EXDEV && errno != EPERM &&
	    errno != EMLINK && errno != ENOTSUP && errno != ENOSYS &&
	    errno != ENOENT)
		return -1;
	return copy(f, fd, name, st);
}

/* Reads FD, of the file in hand, and compares: 1 the same, 0 lost, -1. */
static int
compare(struct filler *f, int fd)
{
	uint8_t sum[DIGEST_SIZE];
	int64_t bytes = 0;

	(void)posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
	if (digest_fd(f->digest, fd, sum, &bytes) < 0)
		return lose(f, "unreadable", "cannot be read", strerror(errno));
	if (bytes == sqlite3_column_int64(f->files, 2) &&
	    memcmp(sum, sqlite3_column_blob(f->files, 1), DIGEST_SIZE) == 0)
		return 1;
	return lose(f, "mismatch",
	    "is not what was stored any more; "
	    "gp-scrub --heal mends it",
	    NULL);
}

/* Remembers when the copy in the bag was last touched. */
static int
seal(struct filler *f, const char *name)
{
	struct stat st;

	if (fstatat(f->bag->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		msg(name, "%s", strerror(errno));
		return -1;
	}
	sqlite3_bind_int64(f->sealed, 1, sqlite3_column_int64(f->files, 0));
	sqlite3_bind_int64(f->sealed, 2, change_time(&st));
	return record_store_run(f->bag->records, f->sealed);
}

/* The same for what is in the bag now, whether linked or copied. */
static int
compare_packed(struct filler *f, const char *name)
{
	int fd, same;

	fd = openat(f->bag->fd, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	if (fd < 0) {
		msg(name, "cannot be read: %s", strerror(errno));
		return -1;
	}
	same = compare(f, fd);
	close(fd);
	if (same == 0 && !f->bag->finished &&
	    unlinkat(f->bag->fd, name, 0) < 0) {
		msg(name, "cannot be removed: %s", strerror(errno));
		return -1;
	}
	return same > 0 ? seal(f, name) : same;
}

/* The file in hand. 0, or -1 with the reason said. */
static int
fill_one(struct filler *f)
{
	const char *path = (const char *)sqlite3_column_text(f->files, 3);
	const char *name = (const char *)sqlite3_column_text(f->files, 4);
	struct stat st;
	int fd, result;

	fd = file_open_below(f->bag->archive->fd, path,
	    O_RDONLY | O_NONBLOCK | O_NOCTTY, 0);
	if (fd < 0)
		return lose(f, errno == ENOENT ? "not-found" : "unreadable",
		    "cannot be read", strerror(errno));
	if (fstat(fd, &st) < 0) {
		result = lose(f, "unreadable", "cannot be read",
		    strerror(errno));
		close(fd);
		return result;
	}
	if (!S_ISREG(st.st_mode)) {
		close(fd);
		return lose(f, "unreadable", "is no regular file", NULL);
	}
	result = put(f, fd, name, &st);
	if (result < 0)
		msg(f->bag->label, "cannot pack %s: %s", name, strerror(errno));
	close(fd);
	return result < 0 ? -1 : compare_packed(f, name);
}

/* What is not the same as when it was read is read again. */
static int
recheck_one(struct filler *f)
{
	const char *name = (const char *)sqlite3_column_text(f->files, 4);
	struct stat st;

	if (fstatat(f->bag->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0) {
		msg(name, "%s", strerror(errno));
		return -1;
	}
	if (change_time(&st) == sqlite3_column_int64(f->files, 5) &&
	    st.st_size == sqlite3_column_int64(f->files, 2))
		return 0;
	return compare_packed(f, name);
}

/* Does ONE for each file of the disc. 0, or -1. */
static int
each(struct filler *f, int (*one)(struct filler *))
{
	struct record_store *s = f->bag->records;
	int result;

	f->digest = digest_new();
	f->files = record_store_range(s, files_sql, f->bag->first, f->bag->end);
	f->drop = record_store_prepare(s, "DELETE FROM placed WHERE seq = ?1");
	f->sealed = record_store_prepare(s,
	    "INSERT OR REPLACE INTO sealed VALUES(?1, ?2)");
	for (;;) {
		result = record_store_step(s, f->files);
		if (result <= 0)
			break;
		if (one(f) < 0) {
			result = -1;
			break;
		}
		progress_add(&f->progress, 1,
		    sqlite3_column_int64(f->files, 2));
	}
	sqlite3_finalize(f->files);
	sqlite3_finalize(f->drop);
	sqlite3_finalize(f->sealed);
	digest_free(f->digest);
	return result;
}

/* What is placed now. */
static int
count(struct bag *bag)
{
	sqlite3_stmt *q;
	int result;

	q = record_store_range(bag->records,
	    "SELECT count(*), coalesce(sum(size), 0) "
	    "FROM ordered JOIN placed USING (seq) WHERE seq >= ?1 AND seq < "
	    "?2",
	    bag->first, bag->end);
	result = record_store_step(bag->records, q);
	bag->files = sqlite3_column_int64(q, 0);
	bag->bytes = sqlite3_column_int64(q, 1);
	sqlite3_finalize(q);
	return result > 0 ? 0 : -1;
}

int
bag_fill(struct bag *bag)
{
	struct filler f = { .bag = bag };
	int result;

	if (count(bag) < 0)
		return -1;
	progress_start(&f.progress, "files read",
	    isatty(STDERR_FILENO) || msg_level > 0);
	f.progress.total_items = bag->files;
	f.progress.total_bytes = bag->bytes;
	result = each(&f, fill_one);
	progress_end(&f.progress);
	return result < 0 ? -1 : count(bag);
}

int
bag_recheck(struct bag *bag, int64_t *changed)
{
	struct filler f = { .bag = bag };

	progress_start(&f.progress, "files", false);
	if (each(&f, recheck_one) < 0)
		return -1;
	*changed = f.lost;
	return 0;
}
