#include "gp-list/spool.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "lib/archive/run-folder.h"
#include "lib/files/file.h"
#include "lib/program/msg.h"
#include "lib/program/status.h"
#include "lib/record/record.h"

#define MEMORY_MAX ((size_t)4 * 1024 * 1024)
#define SPOOL_CHUNK ((size_t)256 * 1024)
#define FIRST_MS 200 /* long enough for a thread to write one line */

static bool
file_in_use(const struct spool *s)
{
	return s->start < s->end;
}

/* The rest of the tool may be waiting for Google: end here and now. */
_Noreturn static void
write_failed(void)
{
	msg(NULL, "standard output: %s", strerror(errno));
	run_count_now();
	_exit(STATUS_STOPPED);
}

/* Takes what is to be written next into s->writing; from memory first, which
 * is older than the file. The lock is held. */
static void
take(struct spool *s)
{
	struct buf swap;
	size_t n;
	ssize_t got;

	if (s->memory.len > 0) {
		swap = s->writing;
		s->writing = s->memory;
		s->memory = swap;
		return;
	}
	n = s->end - s->start < (off_t)SPOOL_CHUNK ? (size_t)(s->end - s->start)
						   : SPOOL_CHUNK;
	buf_reserve(&s->writing, n);
	got = file_read_at(s->fd, s->writing.data, n, s->start);
	if (got <= 0) {
		msg(NULL, "cannot read the spool back: %s",
		    got < 0 ? strerror(errno) : "it is cut off");
		run_count_now();
		_exit(STATUS_STOPPED);
	}
	s->writing.len = (size_t)got;
	s->start += got;
	if (!file_in_use(s)) {
		/* the file can begin again; giving the space back may fail */
		s->start = s->end = 0;
		if (ftruncate(s->fd, 0) < 0)
			msg_at(1, NULL, "spool: %s", strerror(errno));
	}
}

static void *
write_all(void *arg)
{
	struct spool *s = arg;

	pthread_mutex_lock(&s->lock);
	for (;;) {
		while (s->memory.len == 0 && !file_in_use(s) && !s->ended)
			pthread_cond_wait(&s->more, &s->lock);
		if (s->memory.len == 0 && !file_in_use(s))
			break;
		take(s);
		pthread_mutex_unlock(&s->lock);
		if (file_write_all(STDOUT_FILENO, s->writing.data,
			s->writing.len) < 0)
			write_failed();
		pthread_mutex_lock(&s->lock);
		buf_clear(&s->writing);
		s->first_left = true;
		pthread_cond_broadcast(&s->less);
	}
	pthread_mutex_unlock(&s->lock);
	return NULL;
}

/* A wait with a limit must not last as long as a clock is put back. */
static void
init_less(pthread_cond_t *less)
{
	pthread_condattr_t attr;
	int error;

	error = pthread_condattr_init(&attr);
	if (error == 0)
		error = pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	if (error == 0)
		error = pthread_cond_init(less, &attr);
	if (error != 0)
		msg_die("cannot wait for a thread: %s", strerror(error));
	pthread_condattr_destroy(&attr);
}

void
spool_init(struct spool *s, int (*open_file)(void *arg), void *arg)
{
	memset(s, 0, sizeof(*s));
	pthread_mutex_init(&s->lock, NULL);
	pthread_cond_init(&s->more, NULL);
	init_less(&s->less);
	buf_init(&s->memory, MEMORY_MAX + RECORD_MAX + 1);
	buf_init(&s->writing, MEMORY_MAX + RECORD_MAX + 1);
	s->fd = -1;
	s->open_file = open_file;
	s->arg = arg;
}

static void
start(struct spool *s)
{
	int error;

	error = pthread_create(&s->thread, NULL, write_all, s);
	if (error != 0)
		msg_die("cannot start a thread: %s", strerror(error));
	s->started = true;
}

static int
write_at(int fd, const char *p, size_t n, off_t at)
{
	ssize_t done;

	while (n > 0) {
		done = pwrite(fd, p, n, at);
		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return -1;
		p += done;
		n -= (size_t)done;
		at += done;
	}
	return 0;
}

/* Appends to the file; -1 where it can't be. */
static int
to_file(struct spool *s, const char *line, size_t n)
{
	if (s->fd < 0 && !s->file_failed)
		s->fd = s->open_file(s->arg);
	/* what a failure leaves behind s->end is written over */
	if (s->fd < 0 || write_at(s->fd, line, n, s->end) < 0 ||
	    write_at(s->fd, "\n", 1, s->end + (off_t)n) < 0)
		return -1;
	s->end += (off_t)n + 1;
	return 0;
}

/* Nothing can take the backlog: the reader sets the pace. */
static void
wait_for_room(struct spool *s)
{
	if (!s->file_failed)
		msg(NULL,
		    "no room for a spool file (%s): listing at the "
		    "reader's pace",
		    strerror(errno));
	s->file_failed = true;
	while (s->memory.len > 0 || file_in_use(s))
		pthread_cond_wait(&s->less, &s->lock);
}

static void
wait_for_first(struct spool *s)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += FIRST_MS * 1000000L;
	if (until.tv_nsec >= 1000000000L) {
		until.tv_nsec -= 1000000000L;
		until.tv_sec++;
	}
	while (!s->first_left) {
		if (pthread_cond_timedwait(&s->less, &s->lock, &until) != 0)
			break;
	}
}

void
spool_add(struct spool *s, const char *line, size_t n)
{
	bool first = !s->started;

	if (first)
		start(s);
	pthread_mutex_lock(&s->lock);
	if (file_in_use(s) || s->memory.len + n + 1 > MEMORY_MAX) {
		if (to_file(s, line, n) == 0)
			n = 0;
		else
			wait_for_room(s);
	}
	if (n > 0) {
		buf_add(&s->memory, line, n);
		buf_addc(&s->memory, '\n');
	}
	pthread_cond_signal(&s->more);
	if (first)
		wait_for_first(s);
	pthread_mutex_unlock(&s->lock);
}

void
spool_end(struct spool *s)
{
	if (s->started) {
		pthread_mutex_lock(&s->lock);
		s->ended = true;
		pthread_cond_signal(&s->more);
		pthread_mutex_unlock(&s->lock);
		pthread_join(s->thread, NULL);
	}
	if (s->fd >= 0)
		close(s->fd);
	s->fd = -1;
	buf_release(&s->memory);
	buf_release(&s->writing);
	pthread_mutex_destroy(&s->lock);
	pthread_cond_destroy(&s->more);
	pthread_cond_destroy(&s->less);
}
