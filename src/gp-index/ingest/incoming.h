/*
 * A staged file on its way into the archive: opened, its bytes made durable,
 * read back and compared with the checksum that the record claims.
 */
#ifndef GP_INDEX_INGEST_INCOMING_H
#define GP_INDEX_INGEST_INCOMING_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "lib/archive/repo.h"
#include "lib/digest.h"
#include "lib/record/record.h"

enum incoming_place {
	INCOMING_STAGED,
	INCOMING_COPIED, /* to staging, by incoming_open(): ours to remove */
	INCOMING_GONE, /* it was not there when it was to be opened */
	INCOMING_UNHASHED /* nor when gp-hash came: sha256 is not set */
};

struct incoming {
	char name[NAME_MAX + 1]; /* below .gp/staging; empty: not there */
	int fd; /* -1 when not open */
	enum incoming_place place;
	int64_t size;
	uint8_t sha256[DIGEST_SIZE];
};

/* Whether after this errno no later file could fare better: the disk is full,
 * broken or read-only. */
bool incoming_stops(int error);

/* Whether there are no bytes: another run may have stored them. */
bool incoming_is_gone(const struct incoming *s);

/* Opens what REC's `file` names: a file of STAGING as it is, any other as a
 * copy made there. Starts its way to the disk. 0 (also when it is gone), or -1
 * with REC failed and, when nothing can go on (full disk), *STOP set. */
int incoming_open(struct incoming *s, const struct repo *a, int staging,
    struct record *rec, bool *stop);

/* fsync (unless SYNCED already), then read back and compare; closes. 0, or -1
 * as above. */
int incoming_prove(struct incoming *s, struct record *rec, struct digest *d,
    bool synced, bool *stop);

/* Whether NAME is one that incoming_open() gives to a copy in staging of what
 * lies outside. */
bool incoming_is_copy(const char *name);

#endif
