#include "lib/record/record-reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/mem.h"
#include "lib/program/msg.h"
#include "lib/program/out.h"

#define READ_SIZE ((size_t)256 * 1024)

void
record_reader_init(struct record_reader *in, int fd)
{
	in->fd = fd;
	in->cap = READ_SIZE;
	in->data = mem_alloc(in->cap);
	in->start = in->end = 0;
	in->lines = 0;
	in->eof = in->failed = in->skipping = false;
}

void
record_reader_release(struct record_reader *in)
{
	free(in->data);
	in->data = NULL;
}

static const char *
find_newline(const struct record_reader *in, size_t from)
{
	return memchr(in->data + from, '\n', in->end - from);
}

bool
record_ready(const struct record_reader *in)
{
	const char *newline;
	size_t from = in->start;

	if (in->eof)
		return true;
	if (in->skipping) {
		newline = find_newline(in, from);
		if (newline == NULL)
			return false;
		from = (size_t)(newline - in->data) + 1;
	}
	return in->end - from > RECORD_MAX || find_newline(in, from) != NULL;
}

/* Drops what has come of the rest of a line that is too long; false while its
 * end has not. */
static bool
drop_rest(struct record_reader *in)
{
	const char *newline = find_newline(in, in->start);

	if (newline != NULL)
		in->start = (size_t)(newline - in->data) + 1;
	else
		in->start = in->end = 0;
	in->skipping = newline == NULL && !in->eof;
	return !in->skipping;
}

/* Makes room behind the data: first by moving it to the front, then by
 * growing, so that a whole line and one byte more fit. */
static void
make_room(struct record_reader *in)
{
	if (in->start > 0) {
		memmove(in->data, in->data + in->start, in->end - in->start);
		in->end -= in->start;
		in->start = 0;
	}
	if (in->end == in->cap) {
		in->cap *= 2;
		in->data = mem_resize(in->data, in->cap, 1);
	}
}

/* Standard output leaves first, since this may wait. */
void
record_fill(struct record_reader *in)
{
	ssize_t n;

	out_flush();
	if (in->skipping)
		drop_rest(in);
	if (in->end == in->cap)
		make_room(in);
	do {
		n = read(in->fd, in->data + in->end, in->cap - in->end);
	} while (n < 0 && errno == EINTR);
	if (n < 0)
		msg(NULL, "reading records: %s", strerror(errno));
	in->failed = n < 0;
	in->eof = n <= 0;
	if (n > 0)
		in->end += (size_t)n;
}

/* Brings a whole line into the buffer. Its length, or -1 at the end of input;
 * *WHY is set when the line is none. */
static ssize_t
next_line(struct record_reader *in, const char **why)
{
	const char *newline;
	size_t scanned = 0;

	*why = NULL;
	while (in->skipping && !drop_rest(in))
		record_fill(in);
	for (;;) {
		newline = find_newline(in, in->start + scanned);
		if (newline != NULL)
			return newline - (in->data + in->start);
		scanned = in->end - in->start;
		if (scanned > RECORD_MAX) {
			*why = "longer than 1 MiB";
			return (ssize_t)scanned;
		}
		if (in->eof)
			break;
		record_fill(in);
	}
	if (scanned == 0)
		return -1;
	*why = RECORD_CUT;
	return (ssize_t)scanned;
}

bool
record_read(struct record_reader *in, struct record *rec)
{
	const char *why;
	ssize_t n;

	n = next_line(in, &why);
	if (n < 0)
		return false;
	rec->at = ++in->lines;
	if (why == NULL)
		record_parse(rec, in->data + in->start, (size_t)n, &why);
	if (why != NULL)
		record_make_bad(rec, why);
	if ((size_t)n <= RECORD_MAX && in->start + (size_t)n < in->end)
		in->start += (size_t)n + 1;
	else
		drop_rest(in);
	return true;
}
