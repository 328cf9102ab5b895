/*
 * The time in the header of an MP4 or MOV that can only be read from its begin
 * to its end, as in a packed export: phones write that header last, behind all
 * pictures.
 */
#ifndef GP_LIST_MEDIA_MOVIE_STREAM_H
#define GP_LIST_MEDIA_MOVIE_STREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gp-list/media/isobmff.h"
#include "gp-list/media/media.h"

#define MOVIE_KEPT 4096 /* bytes of the header: the time comes first in it */

struct movie_stream {
	uint8_t head[ISOBMFF_HEADER]; /* of the box at hand */
	size_t have; /* of it */
	uint64_t skip; /* bytes to the next box */
	bool begun; /* some box was seen */
	bool inside; /* of the header */
	bool over; /* there is no more to learn */
	uint8_t kept[MOVIE_KEPT];
	size_t n; /* of kept */
};

/* No file yet: what is taken next begins one. */
void movie_stream_begin(struct movie_stream *s);

/* Takes the next N bytes of the file, of any kind; false: none more are
 * wanted. */
bool movie_stream_take(struct movie_stream *s, const void *bytes, size_t n);

/* Fills M, which knows no time yet, with what was found; it may be nothing. */
void movie_stream_end(const struct movie_stream *s, struct media *m);

#endif
