#include "lib/archive/run-folder.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/files/file.h"
#include "lib/mem.h"
#include "lib/program/msg.h"
#include "lib/program/out.h"

#define COUNTS_FILE "counts.ndjson"
#define LINE_MAX_SIZE 2048 /* names are short, and COUNTS_MAX many */

/* The folder of this run; -1 with the reason said. */
static int
run_folder(const struct repo *a, const char *run)
{
	int runs, fd;

	if (strchr(run, '/') != NULL || !file_path_is_safe(run)) {
		msg(NULL, "GP_RUN is no plain name: %s", run);
		return -1;
	}
	runs = repo_folder(a, "runs");
	if (runs < 0)
		return -1;
	fd = file_make_dir(runs, run);
	if (fd < 0)
		msg(a->path, "cannot open .gp/runs/%s: %s", run,
		    strerror(errno));
	close(runs);
	return fd;
}

/* Ends a last line that a full disk or a kill has cut, so that it takes no
 * other with it. 0, or -1 with errno as of file_open(). */
static int
end_line(int fd)
{
	struct stat st;
	char last = '\n';

	if (fstat(fd, &st) < 0)
		return -1;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return -1;
	}
	if (st.st_size > 0 && file_read_at(fd, &last, 1, st.st_size - 1) < 0)
		return -1;
	return last == '\n' ? 0 : file_write_all(fd, "\n", 1);
}

/* DURABLE: it is on the disk then, with its name. */
static int
append(int dir, const char *name, const struct buf *lines, bool durable)
{
	bool failed;
	int fd;

	fd = openat(dir, name,
	    O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
	    0666);
	if (fd < 0)
		return -1;
	failed = end_line(fd) < 0 ||
	    file_write_all(fd, lines->data, lines->len) < 0 ||
	    (durable && (fsync(fd) < 0 || file_sync_dir(dir) < 0));
	return close(fd) < 0 || failed ? -1 : 0;
}

const char *
run_name(void)
{
	const char *run = getenv("GP_RUN");

	return run != NULL && *run != '\0' ? run : NULL;
}

/* --- a run that is ended from outside ------------------------------------- */

/* What a signal's handler has to write: it may call little more than open(2)
 * and write(2). */
static struct {
	_Atomic(const struct counts *) counts; /* who takes them writes them */
	const char *stage;
	char *path;
	pid_t pid; /* the program's, and no child's */
	bool armed; /* run_count() has not come yet */
} watched;

/* Adds TEXT to LINE, which is N bytes long, as far as there is room. Its length
 * then. */
static size_t
put(char line[static LINE_MAX_SIZE], size_t n, const char *text)
{
	while (*text != '\0' && n < LINE_MAX_SIZE)
		line[n++] = *text++;
	return n;
}

static size_t
put_int(char line[static LINE_MAX_SIZE], size_t n, int64_t value)
{
	char digits[24], *p = digits + sizeof(digits);
	uint64_t rest = value < 0 ? 0 : (uint64_t)value;

	*--p = '\0';
	do {
		*--p = (char)('0' + rest % 10);
		rest /= 10;
	} while (rest > 0);
	return put(line, n, p);
}

/* The line of run_count(). Safe in a signal's handler. */
static size_t
put_line(char line[static LINE_MAX_SIZE], const char *stage,
    const struct counts *c)
{
	size_t n = put(line, 0, "{\"stage\":\"");
	int i;

	n = put(line, put(line, n, stage), "\"");
	for (i = 0; i < c->n && c->name[i] != NULL; i++) {
		n = put(line, put(line, n, ",\""), c->name[i]);
		n = put_int(line, put(line, n, "\":"), c->value[i]);
	}
	return put(line, n, "}\n");
}

/* Safe in a signal's handler. */
static void
write_watched(void *arg)
{
	const struct counts *c;
	char line[LINE_MAX_SIZE];
	int fd;

	(void)arg;
	if (getpid() != watched.pid)
		return;
	c = atomic_exchange(&watched.counts, NULL);
	if (c == NULL)
		return;
	fd = open(watched.path,
	    O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC,
	    0666);
	if (fd < 0)
		return;
	if (end_line(fd) == 0)
		(void)file_write_all(fd, line,
		    put_line(line, watched.stage, c));
	close(fd);
}

void
run_count_now(void)
{
	write_watched(NULL);
}

static void
on_signal(int sig)
{
	run_count_now();
	signal(sig, SIG_DFL);
	raise(sig);
}

static const int ending[] = { SIGHUP, SIGINT, SIGPIPE, SIGTERM };

static void
fill(sigset_t *set)
{
	size_t i;

	sigemptyset(set);
	for (i = 0; i < COUNT(ending); i++)
		sigaddset(set, ending[i]);
}

/* Not what whoever began this program has it ignore. */
static void
handle(int sig)
{
	struct sigaction now, action = { .sa_handler = on_signal };

	fill(&action.sa_mask);
	if (sigaction(sig, NULL, &now) == 0 && now.sa_handler == SIG_DFL)
		sigaction(sig, &action, NULL);
}

void
run_count_watch(const struct repo *a, const char *stage, const struct counts *c)
{
	const char *run = run_name();
	int dir = run == NULL ? -1 : run_folder(a, run);
	size_t i;

	if (dir < 0)
		return;
	close(dir);
	free(watched.path);
	watched.path = mem_printf("%s/.gp/runs/%s/" COUNTS_FILE, a->path, run);
	watched.stage = stage;
	watched.pid = getpid();
	watched.armed = true;
	atomic_store(&watched.counts, c);
	for (i = 0; i < COUNT(ending); i++)
		handle(ending[i]);
	out_on_failure(write_watched, NULL);
}

/* Whether a thread that a signal has ended writes the counts, and so the
 * program ends. */
static bool
are_taken(void)
{
	bool armed = watched.armed;

	watched.armed = false;
	return armed && atomic_exchange(&watched.counts, NULL) == NULL;
}

/* Appends the line of run_count(); 0, or -1 with the reason said. */
static int
write_counts(const struct repo *a, const char *run, const char *stage,
    const struct counts *c)
{
	char text[LINE_MAX_SIZE];
	struct buf line;
	int dir, result;

	dir = run_folder(a, run);
	if (dir < 0)
		return -1;
	buf_init(&line, sizeof(text));
	buf_add(&line, text, put_line(text, stage, c));
	result = append(dir, COUNTS_FILE, &line, false);
	if (result < 0)
		msg(a->path, "cannot write the counts of this run: %s",
		    file_reason(errno));
	buf_release(&line);
	close(dir);
	return result;
}

int
run_count(const struct repo *a, const char *stage, const struct counts *c)
{
	const char *run = run_name();
	sigset_t set, before;
	int result = 0;

	if (run == NULL)
		return 0;
	fill(&set);
	pthread_sigmask(SIG_BLOCK, &set, &before);
	if (!are_taken())
		result = write_counts(a, run, stage, c);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return result;
}

int
run_keep(const struct repo *a, const char *name, const struct buf *lines)
{
	const char *run = run_name();
	int dir, result;

	if (run == NULL || lines->len == 0)
		return 0;
	dir = run_folder(a, run);
	if (dir < 0)
		return -1;
	result = append(dir, name, lines, true);
	if (result < 0)
		msg(a->path, "cannot write .gp/runs/%s/%s: %s", run, name,
		    file_reason(errno));
	close(dir);
	return result;
}
