/* "1,247 files, 12.1 GB", for people. */
#ifndef GP_INDEX_ITEMS_AMOUNT_H
#define GP_INDEX_ITEMS_AMOUNT_H

#include <stddef.h>
#include <stdint.h>

#define AMOUNT_SIZE 96

/* Into BUF; returns BUF. */
char *amount_words(char buf[static AMOUNT_SIZE], int64_t files, int64_t bytes);

#endif
