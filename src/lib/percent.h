/* Percent-encoding, as URLs have it (RFC 3986, 2.1). */
#ifndef GP_LIB_PERCENT_H
#define GP_LIB_PERCENT_H

#include "lib/buf.h"

/* Appends S; what is neither unreserved (2.3) nor in KEPT is encoded. */
void percent_add(struct buf *b, const char *s, const char *kept);

/* Decodes S in place; 0, or -1 at a wrong escape or an encoded NUL. */
int percent_decode(char *s);

#endif
