#include "gp-fetch/members/spill.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gp-fetch/job-parse.h"
#include "lib/buf.h"
#include "lib/files/file.h"
#include "lib/files/nameless.h"
#include "lib/mem.h"
#include "lib/program/msg.h"

/* four numbers and blanks */
#define HEAD_MAX 128

struct spill *
spill_new(const struct staging *staging, const char *url, const char *path)
{
	struct spill *s;
	int fd = nameless_make(staging->dir);

	if (fd < 0)
		return NULL;
	s = mem_alloc(sizeof(*s));
	s->url = mem_strdup(url);
	s->path = mem_strdup(path);
	s->fd = fd;
	return s;
}

void
spill_free(struct spill *s)
{
	if (s->in != NULL)
		fclose(s->in);
	close(s->fd);
	free(s->line);
	free(s->url);
	free(s->path);
	free(s);
}

int
spill_add(struct spill *s, const struct job *job)
{
	struct buf b;
	int saved;
	bool failed;

	buf_init(&b, RECORD_MAX + HEAD_MAX);
	buf_printf(&b, "%zu %u %u %" PRId64 " ", job->location, job->tries,
	    job->waits, job->awaited);
	buf_add(&b, job->rec.line.data, job->rec.line.len);
	buf_addc(&b, '\n');
	failed = lseek(s->fd, s->size, SEEK_SET) < 0 ||
	    file_write_all(s->fd, b.data, b.len) < 0;
	saved = errno;
	if (!failed)
		s->size += (off_t)b.len;
	else if (ftruncate(s->fd, s->size) < 0)
		msg_die("staging: %s", strerror(errno));
	buf_release(&b);
	errno = saved;
	return failed ? -1 : 0;
}

static void
broken(void)
{
	msg_die("reading what is to be fetched: %s", strerror(errno));
}

void
spill_rewind(struct spill *s)
{
	int fd;

	if (s->in == NULL) {
		fd = fcntl(s->fd, F_DUPFD_CLOEXEC, 3);
		s->in = fd >= 0 ? fdopen(fd, "r") : NULL;
	}
	if (s->in == NULL || fseeko(s->in, 0, SEEK_SET) < 0)
		broken();
}

off_t
spill_tell(struct spill *s)
{
	return ftello(s->in);
}

/* The numbers before a record, to JOB; the record. */
static char *
read_head(struct job *job, char *line)
{
	char *end;

	job->location = (size_t)strtoul(line, &end, 10);
	job->tries = (unsigned)strtoul(end, &end, 10);
	job->waits = (unsigned)strtoul(end, &end, 10);
	job->awaited = strtoll(end, &end, 10);
	return end + 1; /* the blank */
}

struct job *
spill_next(struct spill *s)
{
	struct job *job;
	char *record;
	ssize_t n;

	n = getline(&s->line, &s->cap, s->in);
	if (n < 0 && ferror(s->in))
		broken();
	if (n < 0)
		return NULL;
	job = job_new();
	record = read_head(job, s->line);
	n -= record - s->line;
	if (n < 1 || record_parse(&job->rec, record, (size_t)n - 1, NULL) < 0 ||
	    !job_parse_again(job))
		msg_die("what is to be fetched can't be read again");
	return job;
}

struct job *
spill_get(struct spill *s, off_t at)
{
	if (fseeko(s->in, at, SEEK_SET) < 0)
		broken();
	return spill_next(s);
}
