/* Names that gp gives no photo: what lies under one is another program's, or
 * not whole. */
#ifndef GP_INDEX_CHECKSUMS_FOREIGN_H
#define GP_INDEX_CHECKSUMS_FOREIGN_H

#include <stdbool.h>

/* Whether NAME, of a file in one of the archive's folders, is one of those. */
bool foreign_name(const char *name);

/* Puts '_' for as many bytes of NAME, the name of a photo that comes, as make
 * it one of others. */
void foreign_mend(char *name);

#endif
