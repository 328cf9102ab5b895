/* A line of checksums, as sha256sum(1) writes it of a file with a plain name.
 */
#ifndef GP_LIB_CHECKSUM_LINE_H
#define GP_LIB_CHECKSUM_LINE_H

#include <stdint.h>

#include "lib/digest.h"

/* Takes LINE, without its end, apart: "HEX  NAME" or "HEX *NAME". *NAME lies
 * within LINE, which is cut before it. 0, or -1 if it is neither. */
int checksum_line_parse(char *line, uint8_t sum[static DIGEST_SIZE],
    char **name);

#endif
