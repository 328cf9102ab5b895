/* What the reader holds already, as one batch: a slow line is dealt with record
 * by record, a fast one pays for the disk once a batch. */
#ifndef GP_INDEX_MODES_BATCH_H
#define GP_INDEX_MODES_BATCH_H

#include <stddef.h>

#include "lib/record/record-reader.h"
#include "lib/record/record.h"

#define BATCH 512
/* of records in a batch, so that hundreds of long ones don't add up */
#define BATCH_BYTES ((size_t)4 * 1024 * 1024)

/* BATCH empty records, which batch_free() frees. */
struct record *batch_new(void);
void batch_free(struct record *rec);

/* Fills REC without waiting for more than its first record; how many, 0 at the
 * end of input. Long ones make a smaller batch. */
size_t batch_read(struct record_reader *in, struct record *rec);

#endif
