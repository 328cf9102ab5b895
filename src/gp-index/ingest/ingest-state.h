/* What the steps of storing a batch share; ingest.h says what they are. */
#ifndef GP_INDEX_INGEST_INGEST_STATE_H
#define GP_INDEX_INGEST_INGEST_STATE_H

#include <stdbool.h>
#include <stddef.h>
#include <time.h>

#include "gp-index/db/index.h"
#include "gp-index/items/item.h"
#include "gp-index/items/part-failures.h"

struct ingest {
	struct index ix;
	struct item_statements st;
	sqlite3_stmt *find, *find_name, *announce, *rename;
	sqlite3_stmt *finish, *finished, *of_key;
	struct part_failures parts;
	struct digest *digest;
	int staging, sharing; /* the folder, and our share in its lock */
	const char *folder; /* --folder, or NULL: by album and quarter */
	time_t began;
	char quarter[32]; /* "2026-Q4", when the run began */
	size_t opened; /* staged files of the batch that comes next */
	bool owes; /* bytes that a list names may come (owed.h) */
	bool unlisted; /* bytes may vouch for a file (unlisted.h) */
	bool stopped; /* nothing more can be stored: said already */
};

#endif
