#include "gp-index/items/retime.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/files/file.h"
#include "lib/mem.h"
#include "lib/num.h"

static bool
read_time(struct record *rec, int64_t *seconds, long *ns)
{
	const char *text = record_text(rec, "creationTime");

	return text != NULL && num_parse_time(text, seconds, ns) == 0;
}

static void
fill_times(struct timespec times[2], int64_t seconds, long ns)
{
	times[0].tv_sec = 0;
	times[0].tv_nsec = UTIME_OMIT;
	times[1].tv_sec = seconds;
	times[1].tv_nsec = ns;
}

void
retime_name(int dir, const char *name, struct record *rec)
{
	struct timespec times[2];
	int64_t seconds;
	long ns;

	if (!read_time(rec, &seconds, &ns))
		return;
	fill_times(times, seconds, ns);
	utimensat(dir, name, times, AT_SYMLINK_NOFOLLOW);
}

void
retime_init(struct retime *r, struct index *ix)
{
	r->ix = ix;
	r->find = index_prepare(ix,
	    "SELECT path, size, taken, t FROM (SELECT path, size, "
	    "taken, " RETIME_TAKEN " AS t FROM file f WHERE sha256 = ?) "
	    "WHERE t IS NOT taken");
	r->set = index_prepare(ix,
	    "UPDATE file SET taken = ? WHERE sha256 = ?");
}

void
retime_release(struct retime *r)
{
	sqlite3_finalize(r->find);
	sqlite3_finalize(r->set);
}

/* Whoever gave the file another time, or other bytes, keeps it. */
static void
retime_path(struct index *ix, const char *path, int64_t size,
    const int64_t *from, int64_t to, struct record *rec)
{
	struct timespec times[2];
	struct stat st;
	int64_t seconds;
	long ns;
	int fd;

	fd = file_open_below(ix->archive.fd, path, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == size &&
	    (from == NULL || st.st_mtim.tv_sec == *from)) {
		fill_times(times, to,
		    read_time(rec, &seconds, &ns) && seconds == to ? ns : 0);
		futimens(fd, times);
	}
	close(fd);
}

int
retime_file(struct retime *r, const uint8_t sha256[static DIGEST_SIZE],
    struct record *rec)
{
	const int64_t *from;
	int64_t before, now;
	int step;

	index_bind_digest(r->find, 1, sha256);
	step = index_step(r->ix, r->find);
	if (step <= 0)
		return step;
	before = sqlite3_column_int64(r->find, 2);
	from = sqlite3_column_type(r->find, 2) != SQLITE_NULL ? &before : NULL;
	now = sqlite3_column_int64(r->find, 3);
	retime_path(r->ix, index_text(r->find, 0),
	    sqlite3_column_int64(r->find, 1), from, now, rec);
	sqlite3_reset(r->find);
	index_bind_int(r->set, 1, now);
	index_bind_digest(r->set, 2, sha256);
	return index_run(r->ix, r->set);
}
