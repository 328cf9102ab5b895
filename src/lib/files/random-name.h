/* Names that nobody else has: in a container every process has the same number
 * each time. */
#ifndef GP_LIB_FILES_RANDOM_NAME_H
#define GP_LIB_FILES_RANDOM_NAME_H

#include <stdbool.h>

#define RANDOM_NAME_DIGITS 16
#define RANDOM_NAME_SIZE (RANDOM_NAME_DIGITS + 1)

/* Puts as many hex digits, drawn at random, and a NUL into DIGITS. 0, or -1
 * with errno. */
int random_name(char digits[static RANDOM_NAME_SIZE]);

/* Whether NAME is PREFIX, such digits, and TAIL. */
bool random_name_is(const char *name, const char *prefix, const char *tail);

#endif
