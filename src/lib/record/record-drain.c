#include "lib/record/record-drain.h"

#include <unistd.h>

#include "lib/program/out.h"
#include "lib/record/record-reader.h"
#include "lib/record/record.h"

void
record_drain(struct counts *c, const char *also, const char *code,
    const char *text)
{
	struct record_reader in;
	struct record rec;

	record_init(&rec);
	record_reader_init(&in, STDIN_FILENO);
	while (record_read(&in, &rec)) {
		record_mark(&rec, code, text);
		if (also != NULL)
			counts_add(c, also, 1);
		counts_add(c, "failed", 1);
		record_write(&rec);
	}
	record_reader_release(&in);
	record_release(&rec);
	out_flush();
}
