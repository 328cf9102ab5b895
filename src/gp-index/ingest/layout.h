/* Where a file goes in the archive: dated folders, names that are free. */
#ifndef GP_INDEX_INGEST_LAYOUT_H
#define GP_INDEX_INGEST_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/digest.h"
#include "lib/record/record.h"

/* "ezra-backup-2026-Q4": REC's album (or none: "photos") and QUARTER. The
 * caller frees. */
char *layout_folder(const struct record *rec, const char *quarter);

/* FOLDER and a name made of FILENAME; the TRY-th (from 0) other name, when
 * those before are taken. At last the checksum itself makes it unique. The
 * caller frees. */
char *layout_path(const char *folder, const char *filename, unsigned try,
    const uint8_t sha256[static DIGEST_SIZE]);

/* Tries that layout_path() has different names for. */
#define LAYOUT_TRIES 64

/* Whether NAME can be a folder of the archive (--folder). */
bool layout_is_folder_name(const char *name);

#endif
