/* The names of an export's parts, as they are downloaded. */
#ifndef GP_LIB_PACKAGE_PART_NAME_H
#define GP_LIB_PACKAGE_PART_NAME_H

#include <stddef.h>

/* Bytes of the N at NAME before the ending of a packed part; 0 where it has
 * none, or nothing else. */
size_t part_name_stem(const char *name, size_t n);

/* The same where more comes after the ending, as rclone writes it until all is
 * there: takeout-...-001.zip.1a2b3c4d.partial. */
size_t part_name_stem_inside(const char *name);

#endif
