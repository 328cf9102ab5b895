/*
 * The one growing buffer. It has a maximum, given at init; what would go
 * beyond is refused whole (-1, errno EMSGSIZE) and marks the buffer, so that
 * many appends can be checked once. Always NUL-terminated. Without memory the
 * program ends.
 */
#ifndef GP_LIB_BUF_H
#define GP_LIB_BUF_H

#include <stdbool.h>
#include <stddef.h>

struct buf {
	char *data; /* never NULL after init, data[len] is 0 */
	size_t len;
	size_t cap;
	size_t max;
	bool overflowed; /* an append was refused since the last clear */
};

/* An empty buffer that may hold up to MAX bytes. Allocates nothing yet. */
void buf_init(struct buf *b, size_t max);

/* Frees the contents; the buffer can be used again. */
void buf_release(struct buf *b);

/* Empties it and forgets overflow; keeps the memory. */
void buf_clear(struct buf *b);

/* Makes room for N more bytes; 0 or -1 (beyond the maximum). */
int buf_reserve(struct buf *b, size_t n);

/* Appends N bytes at P, or the text S; 0, or -1 (beyond the maximum). */
int buf_add(struct buf *b, const void *p, size_t n);
int buf_adds(struct buf *b, const char *s);

/* Appends C; 0, or -1 (beyond the maximum). */
int buf_addc(struct buf *b, char c);

/* Appends as printf() would write; 0, or -1 (beyond the maximum). */
int buf_printf(struct buf *b, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* Cuts off all beyond LEN (which must be at most b->len). */
void buf_truncate(struct buf *b, size_t len);

/* Appends N bytes of UTF-8 as a JSON string, with its quotes. Bytes that are
 * no UTF-8 become U+FFFD. 0, or -1 beyond B's maximum. */
int buf_add_json(struct buf *b, const char *s, size_t n);

#endif
