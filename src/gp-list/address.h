/* File addresses, as records have them. */
#ifndef GP_LIST_ADDRESS_H
#define GP_LIST_ADDRESS_H

#include "lib/buf.h"

/* Appends the path S as a file: address has it; every byte survives. */
void address_add(struct buf *b, const char *s);

#endif
