#include "gp-auth/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "gp-auth/grant.h"
#include "lib/mem.h"
#include "lib/program/msg.h"

enum listen_kind {
	LISTEN_MORE, /* the head is not whole yet */
	LISTEN_FOREIGN, /* a favicon, another path: 404 */
	LISTEN_BAD, /* no GET request */
	LISTEN_REDIRECT
};

int
listener_open(struct listener *l)
{
	struct sockaddr_in address = { .sin_family = AF_INET };
	socklen_t len = sizeof(address);
	int i;

	address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	memset(l, 0, sizeof(*l));
	buf_init(&l->typed, LISTEN_HEAD);
	for (i = 0; i < LISTEN_VISITORS; i++)
		l->visitor[i].fd = -1;
	l->typed_fd = STDIN_FILENO;
	l->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (l->fd < 0 ||
	    bind(l->fd, (const struct sockaddr *)&address, len) < 0 ||
	    listen(l->fd, LISTEN_VISITORS) < 0 ||
	    getsockname(l->fd, (struct sockaddr *)&address, &len) < 0) {
		msg(NULL, "can't listen on 127.0.0.1: %s", strerror(errno));
		return -1;
	}
	l->port = ntohs(address.sin_port);
	return 0;
}

static void
visitor_close(struct visitor *v)
{
	if (v->fd >= 0)
		close(v->fd);
	explicit_bzero(v->head, v->len);
	v->fd = -1;
	v->len = 0;
}

void
listener_close(struct listener *l)
{
	int i;

	for (i = 0; i < LISTEN_VISITORS; i++)
		visitor_close(&l->visitor[i]);
	if (l->fd >= 0)
		close(l->fd);
	l->fd = -1;
	secret_release(&l->typed);
}

/* Whether the browser is sent back with this query, not just passing by. */
static bool
query_counts(const char *query, size_t n)
{
	const char *end = query + n;
	const char *p;

	for (p = query; p < end; p++) {
		if ((p == query || p[-1] == '&') &&
		    ((end - p > 5 && memcmp(p, "code=", 5) == 0) ||
			(end - p > 6 && memcmp(p, "error=", 6) == 0)))
			return true;
	}
	return false;
}

/* What the N bytes of a request's head are. The query of a REDIRECT is new
 * memory. */
static enum listen_kind
parse_head(const char *head, size_t n, char **query)
{
	static const char get[] = "GET ", http[] = " HTTP/1.";
	const char *end, *question;
	size_t len;

	*query = NULL;
	if (memmem(head, n, "\r\n\r\n", 4) == NULL)
		return LISTEN_MORE;
	len = (size_t)((const char *)memchr(head, '\r', n) - head);
	if (len < sizeof(get) || memcmp(head, get, sizeof(get) - 1) != 0 ||
	    memchr(head, '\0', len) != NULL)
		return LISTEN_BAD;
	head += sizeof(get) - 1;
	len -= sizeof(get) - 1;
	end = memmem(head, len, http, sizeof(http) - 1);
	if (end == NULL)
		return LISTEN_BAD;
	len = (size_t)(end - head);
	question = memchr(head, '?', len);
	if (question == NULL || question - head != 1 || *head != '/' ||
	    !query_counts(question + 1, len - 2))
		return LISTEN_FOREIGN;
	*query = mem_strndup(question + 1, len - 2);
	return LISTEN_REDIRECT;
}

/* The query in a pasted address, or NULL. The caller frees. */
static char *
pasted_query(const char *line)
{
	const char *question;
	size_t n;

	line += strspn(line, " \t\"'");
	question = strchr(line, '?');
	if (question != NULL)
		line = question + 1;
	n = strcspn(line, " \t\r\n\"'#");
	return query_counts(line, n) ? mem_strndup(line, n) : NULL;
}

static void
page_send(int fd, int status, const char *text)
{
	char page[2048], head[512];
	int n, m;

	n = snprintf(page, sizeof(page),
	    "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
	    "<title>gp</title></head>\n<body style=\"font-family: sans-serif; "
	    "margin: 4em\"><p>%s</p></body></html>\n",
	    text);
	m = snprintf(head, sizeof(head),
	    "HTTP/1.1 %d %s\r\nContent-Type: text/html; charset=utf-8\r\n"
	    "Content-Length: %d\r\nCache-Control: no-store\r\n"
	    "Referrer-Policy: no-referrer\r\nConnection: close\r\n\r\n",
	    status, status == 200 ? "OK" : "No", n);
	/* it fits a socket's buffer; a browser that left misses a page only */
	if (send(fd, head, (size_t)m, MSG_NOSIGNAL | MSG_MORE) == m &&
	    send(fd, page, (size_t)n, MSG_NOSIGNAL) == n)
		shutdown(fd, SHUT_WR);
}

void
listener_answer(struct redirect *r, int status, const char *text)
{
	if (r->fd >= 0) {
		page_send(r->fd, status, text);
		close(r->fd);
	}
	r->fd = -1;
	secret_free(r->query);
	r->query = NULL;
}

/* Takes a new connection; the oldest makes room. */
static void
visitor_take(struct listener *l)
{
	struct visitor *v = &l->visitor[0];
	int fd, i;

	fd = accept4(l->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	if (fd < 0)
		return;
	for (i = 1; i < LISTEN_VISITORS && v->fd >= 0; i++) {
		if (l->visitor[i].fd < 0 || l->visitor[i].came < v->came)
			v = &l->visitor[i];
	}
	visitor_close(v);
	v->fd = fd;
	v->came = ++l->count;
}

/* Reads what a visitor says; true when it is the redirect. */
static bool
visitor_read(struct visitor *v, struct redirect *r)
{
	enum listen_kind kind;
	ssize_t n;

	n = recv(v->fd, v->head + v->len, sizeof(v->head) - v->len, 0);
	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return false;
	if (n <= 0) {
		visitor_close(v);
		return false;
	}
	v->len += (size_t)n;
	kind = parse_head(v->head, v->len, &r->query);
	if (kind == LISTEN_MORE && v->len < sizeof(v->head))
		return false;
	if (kind == LISTEN_REDIRECT)
		r->fd = v->fd;
	else if (kind == LISTEN_FOREIGN)
		page_send(v->fd, 404, "gp waits for Google's answer here.");
	else
		page_send(v->fd, 400, "gp does not understand this request.");
	if (kind == LISTEN_REDIRECT)
		v->fd = -1; /* it is R's now */
	visitor_close(v);
	return kind == LISTEN_REDIRECT;
}

/* Reads stdin; true when a whole line is a redirect. */
static bool
typed_read(struct listener *l, struct redirect *r)
{
	char block[1024];
	ssize_t n;

	n = read(l->typed_fd, block, sizeof(block));
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return false;
	if (n <= 0) {
		l->typed_fd = -1; /* the browser may still come */
		block[0] = '\n';
		n = 1;
	}
	if (buf_add(&l->typed, block, (size_t)n) < 0)
		buf_clear(&l->typed);
	explicit_bzero(block, sizeof(block));
	if (memchr(l->typed.data, '\n', l->typed.len) == NULL)
		return false;
	r->fd = -1;
	r->query = pasted_query(l->typed.data);
	if (r->query == NULL && strspn(l->typed.data, " \t\r\n") < l->typed.len)
		msg(NULL,
		    "that is not the address; paste the whole line that "
		    "the browser shows at the end, http://127.0.0.1...");
	explicit_bzero(l->typed.data, l->typed.len);
	buf_clear(&l->typed);
	return r->query != NULL;
}

/* Serves what poll() found; true when a redirect came. */
static bool
listener_serve(struct listener *l, const struct pollfd *p, struct redirect *r)
{
	int i;

	for (i = 0; i < LISTEN_VISITORS; i++) {
		if (p[2 + i].revents != 0 && visitor_read(&l->visitor[i], r))
			return true;
	}
	if (p[0].revents != 0)
		visitor_take(l);
	return p[1].revents != 0 && typed_read(l, r);
}

int
listener_wait(struct listener *l, struct redirect *r, int64_t until)
{
	struct pollfd p[2 + LISTEN_VISITORS];
	struct timespec now;
	int i;

	for (;;) {
		clock_gettime(CLOCK_MONOTONIC, &now);
		if (now.tv_sec >= until)
			return 0;
		p[0] = (struct pollfd){ l->fd, POLLIN, 0 };
		p[1] = (struct pollfd){ l->typed_fd, POLLIN, 0 };
		for (i = 0; i < LISTEN_VISITORS; i++)
			p[2 + i] = (struct pollfd){ l->visitor[i].fd, POLLIN,
				0 };
		if (poll(p, 2 + LISTEN_VISITORS, 1000) < 0) {
			if (errno == EINTR)
				continue;
			msg(NULL, "poll: %s", strerror(errno));
			return -1;
		}
		if (listener_serve(l, p, r))
			return 1;
	}
}
