/* The names of discs: PREFIX-0001 and so on, each used once for ever. */
#ifndef GP_PACK_LABEL_H
#define GP_PACK_LABEL_H

#include <stdbool.h>
#include <stdint.h>

#define LABEL_PREFIX_MAX 20
/* A volume's name is made of these alone (ECMA-119, d-characters). */
#define LABEL_LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
#define LABEL_NUMBER_MAX 9999 /* four digits */
#define LABEL_SIZE 32 /* "PREFIX-0001" with the NUL; ISO 9660 allows 32 */

/* The label of disc NUMBER into BUF. */
void label_format(char buf[static LABEL_SIZE], const char *prefix,
    int64_t number);

/* Raises *HIGHEST to the highest number of PREFIX that something in folder
 * NAME below DIRFD has, a bag, an image or tag files. A folder that is not
 * there has none. 0, or -1 with the reason said. */
int label_highest(int dirfd, const char *name, const char *prefix,
    int64_t *highest);

/* Whether something in folder NAME below DIRFD is called LABEL, or is its
 * image. */
bool label_used(int dirfd, const char *name, const char *label);

/* Whether NAME is that of a bag or an image that is being built:
 * ".PREFIX-0001.part" or ".PREFIX-0001.iso.part", of any prefix. */
bool label_is_unfinished(const char *name);

#endif
