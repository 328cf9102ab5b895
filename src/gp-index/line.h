/* Building a JSON object piece by piece, in the order of the calls. */
#ifndef GP_INDEX_LINE_H
#define GP_INDEX_LINE_H

#include <stdint.h>

#include "lib/buf.h"

/* Appends ",NAME:VALUE", without the comma right behind '{' or '['. Nothing is
 * appended where TEXT is NULL. NAME NULL: a member of an array. */
void line_text(struct buf *b, const char *name, const char *text);
void line_int(struct buf *b, const char *name, int64_t value);

/* Appends the name and the comma alone; the value follows. */
void line_name(struct buf *b, const char *name);

#endif
