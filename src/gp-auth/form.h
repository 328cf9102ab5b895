/* Forms as OAuth has them, in addresses and bodies: name=value&name=value. */
#ifndef GP_AUTH_FORM_H
#define GP_AUTH_FORM_H

#include <stddef.h>

#include "lib/buf.h"

#define FORM_MAX ((size_t)16 * 1024) /* bytes, of what we send */

/* Appends NAME=VALUE, percent-encoded, after a '&' unless B is empty or ends
 * with '?'. 0, or -1 beyond B's maximum. */
int form_add(struct buf *b, const char *name, const char *value);

/* The decoded value of the first NAME in FORM; the caller frees. NULL when it
 * is absent, wrongly encoded, or has a NUL or control byte in it. */
char *form_get(const char *form, const char *name);

#endif
