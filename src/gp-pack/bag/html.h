/* Text and addresses in HTML; whatever the name, it stays a name. */
#ifndef GP_PACK_BAG_HTML_H
#define GP_PACK_BAG_HTML_H

#include <stdio.h>

/* Writes TEXT, good between tags and in quoted attributes; control bytes
 * become blanks. */
void html_text(FILE *f, const char *text);

/* Writes the relative PATH as an address for a quoted attribute: all but
 * letters, digits, "-._~" and '/' percent-encoded (RFC 3986). */
void html_url(FILE *f, const char *path);

#endif
