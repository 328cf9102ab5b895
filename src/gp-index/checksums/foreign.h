/* Names that gp gives no photo: what lies under one is another program's, or
 * not whole. */
#ifndef GP_INDEX_CHECKSUMS_FOREIGN_H
#define GP_INDEX_CHECKSUMS_FOREIGN_H

#include <stdbool.h>

/* Whether NAME, of a file in one of the archive's folders, is one of those. */
bool foreign_name(const char *name);

/* Puts '_' for the first byte of NAME, the name of a photo that comes, where it
 * begins as one of others. Its extension stays. */
void foreign_mend(char *name);

#endif
