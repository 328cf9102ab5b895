/* The index's row `archive`: the id of the archive that it is of. */
#ifndef GP_INDEX_DB_ARCHIVE_ROW_H
#define GP_INDEX_DB_ARCHIVE_ROW_H

#include "gp-index/db/index.h"

/* Takes it to ID, "" where there is none. 0, or -1 with the reason said. */
int archive_row_get(struct index *ix, char id[static REPO_ID_SIZE]);

/* Writes it, if there is none. 0, or -1 with the reason said. */
int archive_row_set(struct index *ix, const char *id);

/* The id of the archive or of its index, whichever has one, becomes that of
 * both; else a new one does. 0, or -1 with the reason said. */
int archive_row_pair(struct index *ix);

#endif
