/* Whether a folder lies on another machine's disk. */
#ifndef GP_LIB_ARCHIVE_NETWORK_DISK_H
#define GP_LIB_ARCHIVE_NETWORK_DISK_H

#include <stdbool.h>

/* Whether FOLDER is on a file system of the network, whose locks SQLite can't
 * trust (sqlite.org/faq.html#q5); false where that can't be told. */
bool network_disk_has(const char *folder);

#endif
