/* The lines of a catalog: one a member, between a first and a last. */
#ifndef GP_LIST_TAKEOUT_CATALOG_CATALOG_LINE_H
#define GP_LIST_TAKEOUT_CATALOG_CATALOG_LINE_H

#include <sys/stat.h>

#include "gp-list/takeout/catalog/catalog-member.h"
#include "lib/buf.h"

#define CATALOG_LINE_MAX (8 * CATALOG_JSON_MAX)

/* Appends the line of M, with its newline. */
void catalog_line_write(struct buf *b, const struct catalog_member *m);

/* The first line: that it is a catalog, of the part NAME that ST is of. Of a
 * tree the size and time of ST are 0. */
void catalog_line_first(struct buf *b, const char *name, const struct stat *st);

/* The last line: all members were told; REASON why no more, or NULL; BARE
 * whether it is a bare tar. */
void catalog_line_last(struct buf *b, const char *reason, bool bare);

/* What a line says; texts live in `text` until it is read again. */
struct catalog_line {
	struct buf text;
	bool last;
	const char *reason; /* of the last line, or NULL */
	bool bare; /* of the last line */
	struct catalog_member m;
};

/* An empty line; catalog_line_release() frees what it holds. */
void catalog_line_init(struct catalog_line *line);
void catalog_line_release(struct catalog_line *line);

/* Reads S (N bytes without the newline, S[N] is 0); 0, or -1 when it is
 * neither a member nor the last line. */
int catalog_line_read(struct catalog_line *line, const char *s, size_t n);

#endif
