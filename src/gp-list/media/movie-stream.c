#include "gp-list/media/movie-stream.h"

#include <string.h>

void
movie_stream_begin(struct movie_stream *s)
{
	memset(s, 0, sizeof(*s));
}

/* The head of a box has come so far: what now? */
static void
take_head(struct movie_stream *s)
{
	struct box box;

	if (s->have < 8)
		return;
	if (!s->begun && !isobmff_begin(s->head, s->have)) {
		s->over = true;
		return;
	}
	s->begun = true;
	if (!isobmff_header(&box, s->head, s->have)) {
		/* one of sixteen bytes, or none */
		s->over = s->have == ISOBMFF_HEADER;
		return;
	}
	s->have = 0;
	s->inside = memcmp(box.type, "moov", 4) == 0;
	s->skip = box.size - box.header;
	s->over = !s->inside && box.size == 0; /* goes on to the end */
}

/* Takes what it can of N bytes at P; how many those are. */
static size_t
take_some(struct movie_stream *s, const uint8_t *p, size_t n)
{
	if (s->inside) {
		if (n > MOVIE_KEPT - s->n)
			n = MOVIE_KEPT - s->n;
		memcpy(s->kept + s->n, p, n);
		s->n += n;
		s->over = s->n == MOVIE_KEPT;
		return n;
	}
	if (s->skip > 0) {
		if (n > s->skip)
			n = (size_t)s->skip;
		s->skip -= n;
		return n;
	}
	s->head[s->have++] = *p;
	take_head(s);
	return 1;
}

bool
movie_stream_take(struct movie_stream *s, const void *bytes, size_t n)
{
	const uint8_t *p = bytes;
	size_t taken;

	while (n > 0 && !s->over) {
		taken = take_some(s, p, n);
		p += taken;
		n -= taken;
	}
	return !s->over;
}

void
movie_stream_end(const struct movie_stream *s, struct media *m)
{
	if (s->inside)
		isobmff_read_movie(m, s->kept, s->n);
}
