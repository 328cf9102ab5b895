/* Where a file lies on its disc. */
#ifndef GP_PACK_DISC_PATH_H
#define GP_PACK_DISC_PATH_H

#include <stdbool.h>
#include <stdint.h>

/*
 * "data/2024/2024-05/NAME" after the UTC month of TAKEN, or "data/undated/NAME"
 * where DATED is false. NAME is the last component of PATH, made such that
 * every reader of the disc sees the same: at most 64 characters (what Joliet
 * keeps) of Unicode's first plane, without ';' (Joliet) and '%' (BagIt writes
 * it as %25, which sha256sum(1) does not know). Each TRY from 1 on gives
 * another name, with digits of HEX, the file's sum. The caller frees.
 */
char *disc_path(const char *path, const char *hex, bool dated, int64_t taken,
    unsigned try);

#endif
