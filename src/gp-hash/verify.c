/* Lists of checksums, as sha256sum(1) writes them, held against the files. */
#include "gp-hash/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gp-hash/hash.h"
#include "lib/buf.h"
#include "lib/checksum-line.h"
#include "lib/files/file.h"
#include "lib/mem.h"
#include "lib/program/msg.h"
#include "lib/program/out.h"

/* '\\', 64 digits, two blanks, a path with each byte escaped, "\r\n" */
#define LINE_BYTES ((size_t)1 + 64 + 2 + 2 * PATH_MAX + 2)

struct verify {
	int root; /* --root, or -1: names are taken as they stand */
	const char *list; /* the list that is being read */
	FILE *stream;
	int error; /* errno of reading the list */
	struct buf line;
	unsigned long lines, good, bad_lines, mismatched, unreadable;
	enum status status;
};

static void
work(struct hash_job *job, struct digest *d, const void *arg)
{
	const int flags = O_RDONLY | O_NOCTTY | O_CLOEXEC;
	const struct verify *v = arg;
	const char *name = job->name;
	int fd;

	while (v->root >= 0 && strncmp(name, "./", 2) == 0)
		name += 2;
	if (v->root >= 0)
		fd = file_open_below(v->root, name, flags | O_NONBLOCK, 0);
	else
		fd = open(name, flags);
	if (fd < 0 || hash_fd(d, fd, job->sum, NULL) < 0)
		hash_note_error(job, errno);
	else if (memcmp(job->sum, job->want, DIGEST_SIZE) != 0)
		job->verified = VERIFIED_MISMATCH;
	else
		job->verified = VERIFIED_OK;
}

/* Undoes hash_write_escaped() in place; -1 at an escape that it never
 * writes. */
static int
unescape_backslash(char *s)
{
	char *to = s;

	for (; *s != '\0'; s++) {
		if (*s != '\\') {
			*to++ = *s;
			continue;
		}
		s++;
		if (*s != 'n' && *s != 'r' && *s != '\\')
			return -1;
		*to++ = *s == 'n' ? '\n' : *s == 'r' ? '\r' : '\\';
	}
	*to = '\0';
	return 0;
}

/* "HEX  name", "HEX *name", "\HEX  na\nme", or "SHA256 (name) = HEX". The
 * name in *NAME lies within LINE. 0, or -1 if it is none of them. */
static int
parse_line(char *line, uint8_t want[static DIGEST_SIZE], char **name)
{
	static const char tag[] = "SHA256 (";
	bool escaped = *line == '\\';
	char *end;

	if (escaped)
		line++;
	if (strncmp(line, tag, sizeof(tag) - 1) == 0) {
		*name = line + sizeof(tag) - 1;
		end = strrchr(line, ')');
		if (end == NULL || strncmp(end, ") = ", 4) != 0)
			return -1;
		*end = '\0';
		if (**name == '\0' || digest_parse(end + 4, want) < 0)
			return -1;
	} else if (checksum_line_parse(line, want, name) < 0) {
		return -1;
	}
	return escaped ? unescape_backslash(*name) : 0;
}

/* The next line without its end; false at the end of the list. One that is
 * too long, or has a NUL, comes empty. */
static bool
read_line(struct verify *v)
{
	struct buf *line = &v->line;
	int c;

	buf_clear(line);
	c = getc(v->stream);
	while (c != EOF && c != '\n') {
		buf_addc(line, (char)c);
		c = getc(v->stream);
	}
	if (c == EOF && ferror(v->stream))
		v->error = errno;
	if (c == EOF && line->len == 0)
		return false;
	if (line->overflowed || strlen(line->data) < line->len)
		buf_clear(line);
	if (line->len > 0 && line->data[line->len - 1] == '\r')
		buf_truncate(line, line->len - 1);
	v->lines++;
	return true;
}

/* Fills JOB from the next good line; false at the end of the list. */
static bool
next_job(struct verify *v, struct hash_job *job)
{
	char *name;

	while (read_line(v)) {
		if (*v->line.data == '#')
			continue;
		if (parse_line(v->line.data, job->want, &name) == 0) {
			v->good++;
			job->name = mem_strdup(name);
			return true;
		}
		v->bad_lines++;
		msg(v->list, "line %lu is no sum", v->lines);
	}
	return false;
}

static void
finish(struct verify *v, struct hash_job *job)
{
	static const char *const words[] = { ": OK\n", ": FAILED\n",
		": FAILED open or read\n", ": FAILED open or read\n" };
	bool odd = strpbrk(job->name, "\n\r") != NULL;

	if (job->verified == VERIFIED_MISMATCH) {
		v->mismatched++;
	} else if (job->verified != VERIFIED_OK) {
		v->unreadable++;
		msg(job->name, "%s",
		    job->error == EINVAL && v->root >= 0
			? "leads out of the folder"
			: hash_reason(job->error));
	}
	if (odd) {
		out_text("\\");
		hash_write_escaped(job->name);
	} else {
		out_text(job->name);
	}
	out_text(words[job->verified]);
	free(job->name);
	job->name = NULL;
}

static void
verify_all(struct verify *v, struct pool *pool)
{
	struct hash_job *job;
	bool more = true;

	for (;;) {
		while (more) {
			job = pool_slot(pool);
			if (job == NULL)
				break;
			more = next_job(v, job);
			if (more)
				pool_submit(pool);
		}
		if (pool_empty(pool))
			return;
		job = pool_done(pool);
		while (job == NULL) {
			out_flush();
			pool_wait(pool, -1);
			job = pool_done(pool);
		}
		finish(v, job);
		pool_retire(pool);
	}
}

/* What the list proved, where it did not prove all. An empty list is not a
 * proof of anything. */
static void
sum_up(struct verify *v)
{
	if (v->error != 0) {
		msg(v->list, "%s", strerror(v->error));
		status_raise(&v->status, STATUS_STOPPED);
	} else if (v->good == 0) {
		msg(v->list, "no sums in it, so nothing was checked");
		status_raise(&v->status, STATUS_STOPPED);
	}
	if (v->bad_lines + v->mismatched + v->unreadable == 0)
		return;
	msg(v->list,
	    "%lu of %lu files differ, %lu could not be read, "
	    "%lu lines are no sums",
	    v->mismatched, v->good, v->unreadable, v->bad_lines);
	status_raise(&v->status, STATUS_SOME);
}

static void
verify_list(struct verify *v, struct pool *pool, const char *list)
{
	bool is_stdin = strcmp(list, "-") == 0;

	v->list = list;
	v->error = 0;
	v->lines = v->good = v->bad_lines = v->mismatched = v->unreadable = 0;
	v->stream = is_stdin ? stdin : fopen(list, "re");
	if (v->stream == NULL) {
		msg(list, "%s", strerror(errno));
		status_raise(&v->status, STATUS_STOPPED);
		return;
	}
	verify_all(v, pool);
	sum_up(v);
	if (!is_stdin)
		fclose(v->stream);
}

enum status
hash_verify(const struct hash_options *opt)
{
	struct verify v = { .root = -1 };
	struct pool *pool;
	size_t i;

	if (opt->root != NULL) {
		v.root = hash_open_root(opt->root);
		if (v.root < 0)
			return STATUS_STOPPED;
	}
	buf_init(&v.line, LINE_BYTES);
	pool = pool_new(opt->threads, work, &v);
	for (i = 0; opt->file[i] != NULL; i++)
		verify_list(&v, pool, opt->file[i]);
	pool_free(pool);
	buf_release(&v.line);
	if (v.root >= 0)
		close(v.root);
	return v.status;
}
