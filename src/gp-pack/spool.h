/*
 * The records, kept on the disk until it is known where their files go: memory
 * stays flat however many there are. Lines lie in one file as they came, what
 * planning needs in a SQLite database; both have lost their names already and
 * end with us.
 *
 * Tables: rec, as it came. ordered, each distinct file once, by time (seq from
 * 1). again(at, len, first): records of a file that was seen before; first is
 * the `at` of its first record. placed(seq, path): where on its disc.
 * failed(seq, code, text). sealed(seq, changed): when a packed file was last
 * touched, ns. shown, in_album: what people are shown of the disc that is being
 * built.
 */
#ifndef GP_PACK_SPOOL_H
#define GP_PACK_SPOOL_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/digest.h"
#include "lib/record.h"
#include "lib/repo.h"

struct spool {
	sqlite3 *db;
	sqlite3_stmt *add;
	int lines; /* fd */
	struct buf pending; /* lines not yet written */
	int64_t end; /* bytes of all lines */
	int64_t repeated; /* rows of again */
	bool failed; /* said once; all fails from then on */
};

/* What is known of a record's file. */
struct spool_file {
	uint8_t sha256[DIGEST_SIZE];
	int64_t size;
	int64_t taken; /* if dated */
	bool dated;
	int64_t cost; /* on a disc, bytes */
	const char *path; /* below the archive */
};

/* Opens a spool in .gp/packing. 0, or -1 with the reason said. */
int spool_open(struct spool *s, const struct repo *a);
void spool_close(struct spool *s);

/* Keeps REC. 0, or -1 with the reason said once. */
int spool_add(struct spool *s, const struct record *rec,
    const struct spool_file *file);

/* After the last: fills ordered and again. 0, or -1. */
int spool_sort(struct spool *s);

/* Reads N bytes at AT of the lines as REC. 0, or -1. */
int spool_read(struct spool *s, int64_t at, int64_t n, struct record *rec);

/* SQL, with what goes wrong said once. _step: 1 a row, 0 done, -1; _run steps
 * a statement without rows and resets it. */
int spool_exec(struct spool *s, const char *sql);
sqlite3_stmt *spool_prepare(struct spool *s, const char *sql);
int spool_step(struct spool *s, sqlite3_stmt *stmt);
int spool_run(struct spool *s, sqlite3_stmt *stmt);

#endif
