/* The cache: small files of .gp/listings that one run leaves for the next: a
 * JSON object a line, read and written line by line, replaced whole. */
#ifndef GP_LIST_TAKEOUT_CACHE_H
#define GP_LIST_TAKEOUT_CACHE_H

#include "gp-list/takeout/takeout-state.h"
#include "lib/buf.h"

struct json_object;

/* Gives each line of NAME to TAKE, parsed, with ARG; lines that are none are
 * passed over. 0, also where there is no such file; -1 with the reason said. */
int cache_load(struct takeout *t, const char *name,
    void (*take)(struct takeout *t, const void *arg, struct json_object *line),
    const void *arg);

/* Writes NAME anew: a line for each row of statement WHICH, as LINE puts it
 * into the buffer, with ARG (empty: none), without its newline. 0, or -1 with
 * the reason said; then the old one stays. */
int cache_save(struct takeout *t, const char *name,
    enum takeout_statement which,
    void (*line)(struct buf *b, const void *arg, sqlite3_stmt *row),
    const void *arg);

#endif
