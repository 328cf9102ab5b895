/* The strict, bounded JSON scanner under the record: RFC 8259, UTF-8 checked,
 * nothing allocated. */
#ifndef GP_LIB_RECORD_SCAN_H
#define GP_LIB_RECORD_SCAN_H

#include <stddef.h>

/* Told of each member of the outermost object: its name without the quotes
 * and its value as written, as offsets from the start of the text. */
typedef void scan_member(void *arg, size_t name, size_t name_len, size_t value,
    size_t value_len);

/* Scans S (N bytes, S[N] readable and 0), which must be one object with
 * nothing but blanks around it. MEMBER may be NULL. NULL, or what is wrong as a
 * constant text. */
const char *scan_object(const char *s, size_t n, int max_depth,
    scan_member *member, void *arg);

/* Behind the string whose first quote is at P, in JSON that was scanned before
 * and goes on to END. */
const char *scan_string_end(const char *p, const char *end);

#endif
