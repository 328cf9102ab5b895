/* File addresses, as records have them. */
#ifndef GP_LIST_FILE_URL_H
#define GP_LIST_FILE_URL_H

#include "lib/buf.h"

/* Appends the path S as a file: address has it; every byte survives. */
void file_url_add(struct buf *b, const char *s);

#endif
