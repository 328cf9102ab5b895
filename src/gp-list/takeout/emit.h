/* From the database to records. */
#ifndef GP_LIST_TAKEOUT_EMIT_H
#define GP_LIST_TAKEOUT_EMIT_H

#include "gp-list/takeout/takeout-state.h"

/* Writes the records, in the order of the parts. */
void takeout_emit(struct takeout *t);

/* Writes the albums of all exports seen (--albums). */
void takeout_emit_albums(struct takeout *t);

/* Lists what can't be read as a failed record; WHAT, which follows the
 * export's name in the id, is a part, or a part and a member of it. */
void takeout_emit_failed(struct takeout *t, const char *what, const char *code,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));

#endif
