/*
 * The other end of the sign-in: a tiny server on 127.0.0.1 to which Google's
 * page sends the browser back, and beside it a line on stdin for who pastes
 * that address. It reads one kind of request, bounded, and answers one small
 * page.
 */
#ifndef GP_AUTH_LISTEN_H
#define GP_AUTH_LISTEN_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

#define LISTEN_VISITORS 8 /* browsers open connections they don't use yet */
#define LISTEN_HEAD 8192 /* bytes of a request's head */

struct visitor {
	int fd; /* -1: free */
	uint64_t came; /* for finding the oldest */
	size_t len;
	char head[LISTEN_HEAD];
};

struct listener {
	int fd;
	int typed_fd; /* stdin, or -1 once it ended */
	unsigned port;
	uint64_t count;
	struct buf typed;
	struct visitor visitor[LISTEN_VISITORS];
};

/* What came back. Release with listener_answer(). */
struct redirect {
	char *query; /* what stood behind the '?'; owned, secret */
	int fd; /* the browser that waits for an answer; -1: it was pasted */
};

/* Listens on a free port of 127.0.0.1; 0, or -1 with the reason said.
 * listener_close() closes it. */
int listener_open(struct listener *l);
void listener_close(struct listener *l);

/* Waits until UNTIL (monotonic seconds). 1 with a redirect, 0 when the time is
 * over, -1 with the reason said. */
int listener_wait(struct listener *l, struct redirect *r, int64_t until);

/* Answers the browser, if one waits, with STATUS and a page that says TEXT
 * (constant, HTML), and releases R. */
void listener_answer(struct redirect *r, int status, const char *text);

#endif
