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
set_time(int fd, int64_t seconds, long ns)
{
	struct timespec times[2];

	times[0].tv_sec = 0;
	times[0].tv_nsec = UTIME_OMIT;
	times[1].tv_sec = seconds;
	times[1].tv_nsec = ns;
	futimens(fd, times);
}

void
retime_fd(int fd, struct record *rec)
{
	int64_t seconds;
	long ns;

	if (read_time(rec, &seconds, &ns))
		set_time(fd, seconds, ns);
}

sqlite3_stmt *
retime_prepare(struct index *ix)
{
	return index_prepare(ix,
	    "UPDATE file SET taken = ?2 WHERE sha256 = ?1 AND taken IS ?3 "
	    "RETURNING path, size");
}

/* Whoever gave the file another time, or other bytes, keeps it. */
static void
retime_path(struct index *ix, const char *path, int64_t size,
    const int64_t *from, int64_t to, struct record *rec)
{
	struct stat st;
	int64_t seconds;
	long ns;
	int fd;

	fd = file_open_below(ix->archive.fd, path, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0)
		return;
	if (fstat(fd, &st) == 0 && S_ISREG(st.st_mode) && st.st_size == size &&
	    (from == NULL || st.st_mtim.tv_sec == *from))
		set_time(fd, to,
		    read_time(rec, &seconds, &ns) && seconds == to ? ns : 0);
	close(fd);
}

int
retime(struct index *ix, sqlite3_stmt *s, const uint8_t *sha256,
    const int64_t *from, int64_t to, struct record *rec)
{
	int step;

	sqlite3_clear_bindings(s);
	index_bind_digest(s, 1, sha256);
	index_bind_int(s, 2, to);
	if (from != NULL)
		index_bind_int(s, 3, *from);
	step = index_step(ix, s);
	if (step <= 0)
		return step;
	retime_path(ix, index_text(s, 0), sqlite3_column_int64(s, 1), from, to,
	    rec);
	return index_run(ix, s);
}
