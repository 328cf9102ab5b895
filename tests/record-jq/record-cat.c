/*
 * Says of each line of standard input how the record module takes it:
 * {"ok":false}, or {"ok":true} with "id" and "t" decoded and "v" as written,
 * null where the member is not there, or is no string.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/program/msg.h"
#include "lib/program/out.h"
#include "lib/record/record.h"

static void
put_text(struct record *rec, const char *name)
{
	const char *text = record_text(rec, name);
	struct buf b;

	buf_init(&b, RECORD_MAX * 6 + 2);
	if (text == NULL)
		buf_adds(&b, "null");
	else
		buf_add_json(&b, text, strlen(text));
	out_write(b.data, b.len);
	buf_release(&b);
}

static void
put_record(struct record *rec)
{
	const char *value;
	size_t n;

	out_text("{\"ok\":true,\"id\":");
	put_text(rec, "id");
	out_text(",\"t\":");
	put_text(rec, "t");
	out_text(",\"v\":");
	value = record_get(rec, "v", &n);
	if (value == NULL)
		out_text("null");
	else
		out_write(value, n);
	out_text("}\n");
}

int
main(void)
{
	struct record rec;
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	msg_init("record-cat");
	record_init(&rec);
	while ((n = getline(&line, &cap, stdin)) > 0) {
		if (line[n - 1] == '\n')
			n--;
		if (record_parse(&rec, line, (size_t)n, NULL) == 0)
			put_record(&rec);
		else
			out_text("{\"ok\":false}\n");
	}
	free(line);
	record_release(&rec);
	return (int)out_close(STATUS_DONE);
}
