/* Building JSON objects and arrays as text, piece by piece, in the order of the
 * calls. The brackets are the caller's. */
#ifndef GP_LIB_RECORD_JSON_MEMBER_H
#define GP_LIB_RECORD_JSON_MEMBER_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/buf.h"

/* Appends ",NAME:VALUE", without the comma right behind '{' or '['. Nothing is
 * appended where TEXT is NULL. NAME NULL: a member of an array. */
void json_add_text(struct buf *b, const char *name, const char *text);
void json_add_int(struct buf *b, const char *name, int64_t value);

/* The same: true or false. */
void json_add_bool(struct buf *b, const char *name, bool value);

/* Appends the name and the comma alone; the value follows. */
void json_add_name(struct buf *b, const char *name);

#endif
