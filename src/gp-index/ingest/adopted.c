#include "gp-index/ingest/adopted.h"

#include "lib/archive/run-folder.h"
#include "lib/buf.h"

#define ADOPTED_LIST "adopted.ndjson"

int
adopted_keep(const struct repo *a, const struct record *rec)
{
	struct buf line;
	int result = 0;

	/* too long, with its path */
	if (record_failed(rec))
		return 0;
	buf_init(&line, 2 * RECORD_MAX);
	if (buf_add(&line, rec->line.data, rec->line.len) == 0 &&
	    buf_addc(&line, '\n') == 0)
		result = run_keep(a, ADOPTED_LIST, &line);
	buf_release(&line);
	return result;
}

int
adopted_keep_at(const struct repo *a, struct record *rec,
    const uint8_t sha256[static DIGEST_SIZE], const char *path)
{
	char hex[DIGEST_HEX];

	digest_hex(sha256, hex);
	record_set_text(rec, "sha256", hex);
	record_set_text(rec, "path", path);
	record_set_text(rec, "status", "stored");
	return adopted_keep(a, rec);
}
