#include "gp-index/modes/batch.h"

#include <stdlib.h>

#include "lib/mem.h"

struct record *
batch_new(void)
{
	struct record *rec = mem_alloc(BATCH * sizeof(*rec));
	size_t i;

	for (i = 0; i < BATCH; i++)
		record_init(&rec[i]);
	return rec;
}

void
batch_free(struct record *rec)
{
	size_t i;

	for (i = 0; i < BATCH; i++)
		record_release(&rec[i]);
	free(rec);
}

size_t
batch_read(struct record_reader *in, struct record *rec)
{
	size_t i, n = 0, bytes = 0;

	for (i = 0; i < BATCH; i++)
		record_trim(&rec[i]);
	while (n < BATCH && bytes < BATCH_BYTES &&
	    (n == 0 || record_ready(in)) && record_read(in, &rec[n])) {
		bytes += rec[n].line.len;
		n++;
	}
	return n;
}
