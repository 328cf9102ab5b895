/*
 * The records, kept on the disk until it is known where their files go: memory
 * stays flat however many there are. Lines lie in one file as they came, what
 * planning needs in a SQLite database; both have lost their names already and
 * end with us. Where the database fails the lines alone are enough to pass on
 * what was taken in: record_store_each_rest().
 *
 * Tables: rec, as it came. ordered, each distinct file once, by time (seq from
 * 1). again(at, len, first): records of a file that was seen before; first is
 * the `at` of its first record. placed(seq, path): where on its disc.
 * failed(seq, code, text). sealed(seq, changed): when a packed file was last
 * touched, ns. shown, in_album: what people are shown of the disc that is being
 * built.
 */
#ifndef GP_PACK_RECORDS_RECORD_STORE_H
#define GP_PACK_RECORDS_RECORD_STORE_H

#include <sqlite3.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/archive/repo.h"
#include "lib/digest.h"
#include "lib/record/record.h"

struct record_store {
	sqlite3 *db;
	sqlite3_stmt *add;
	int lines; /* fd */
	struct buf pending; /* lines not yet written */
	char *line; /* a whole line, and its '\n', for what is read back */
	int64_t end; /* bytes of all lines, those pending too */
	uint8_t *
	    left; /* a bit for each 64 bytes of them: it has left; NULL: none */
	int64_t repeated; /* rows of again */
	bool failed; /* said once; all fails from then on */
};

/* What is known of a record's file. */
struct stored_file {
	uint8_t sha256[DIGEST_SIZE];
	int64_t size;
	int64_t taken; /* if dated */
	bool dated;
	int64_t cost; /* on a disc, bytes */
	const char *path; /* below the archive */
};

/* Opens a record store in .gp/packing. 0, or -1 with the reason said.
 * record_store_close() closes it. */
int record_store_open(struct record_store *s, const struct repo *a);
void record_store_close(struct record_store *s);

/* Keeps REC. 0, or -1 with the reason said once: then it is not kept, and nor
 * is any that comes later, but those before are. */
int record_store_add(struct record_store *s, const struct record *rec,
    const struct stored_file *file);

/* After the last: fills ordered and again. 0, or -1 with the reason said. */
int record_store_sort(struct record_store *s);

/* Reads N bytes at AT of the lines as REC. 0, or -1 with the reason said. */
int record_store_read(struct record_store *s, int64_t at, int64_t n,
    struct record *rec);

/* Notes that the record at AT has left, after record_store_sort(). */
void record_store_set_left(struct record_store *s, int64_t at);

/* Hands EACH, with ARG, every record that was kept and has not left, in
 * whatever state the record store is, and it need not be sorted; to be called
 * once. What can't be read back is lost, which is said. */
void record_store_each_rest(struct record_store *s,
    void (*each)(void *arg, struct record *rec), void *arg);

/* Runs SQL without results; 0, or -1 with the reason said once. */
int record_store_exec(struct record_store *s, const char *sql);

/* A prepared statement, which the caller finalizes; NULL with the reason said
 * once. */
sqlite3_stmt *record_store_prepare(struct record_store *s, const char *sql);

/* The same of a range of seq: FIRST is its ?1, END its ?2. */
sqlite3_stmt *record_store_range(struct record_store *s, const char *sql,
    int64_t first, int64_t end);

/* Steps: 1 a row, 0 done, -1 with the reason said once. */
int record_store_step(struct record_store *s, sqlite3_stmt *stmt);

/* Steps a statement without rows and resets it; 0, or -1 with the reason said
 * once. */
int record_store_run(struct record_store *s, sqlite3_stmt *stmt);

#endif
