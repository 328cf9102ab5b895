/* Folders as fts(3) shows them, and whether that is all. */
#ifndef GP_LIB_FILES_FTS_FOLDER_H
#define GP_LIB_FILES_FTS_FOLDER_H

#include <fts.h>

/* Whether FTS sees all that is in folder E, which it has just shown (FTS_D):
 * to it a read error in the middle is the end. 0, or an errno, ESTALE where it
 * sees more or less than is there. */
int fts_folder_check(FTS *fts, const FTSENT *e);

/* What that errno means, in words. */
const char *fts_folder_reason(int error);

#endif
