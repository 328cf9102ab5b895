/*
 * The staging folder: `.gp/staging/KEY.part` while a file comes, held by
 * flock(); `.gp/staging/KEY` when it is whole and checked. A .part that
 * another live run holds is left alone: then the names are KEY.PID.part and
 * KEY.PID. Links are never followed.
 *
 * Nothing is synced here, so what was written before the machine's last start
 * may have holes and is not trusted.
 */
#ifndef GP_FETCH_STAGING_H
#define GP_FETCH_STAGING_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/digest.h"
#include "lib/repo.h"

#define STAGED_NAME_SIZE (DIGEST_HEX + 48)
#define STAGED_VALIDATOR_SIZE 128
#define STAGED_BLOCK ((size_t)256 * 1024) /* a write this large costs least */

struct staging {
	int dir;
	char *path; /* absolute; owned */
};

/* One file that comes, or has come. */
struct staged {
	int fd; /* -1 when closed */
	char name[STAGED_NAME_SIZE]; /* below the folder, as it is now */
	int64_t have; /* bytes in it, with those in the block */
	char *block; /* lent by who adds: STAGED_BLOCK bytes, or NULL */
	size_t filled; /* of the block, not written yet */
	int64_t total; /* as the server said, -1 unknown */
	char validator[STAGED_VALIDATOR_SIZE]; /* for If-Range; "" unknown */
	bool noted; /* the last two are kept with the file */
};

/* 0, or -1 with the reason said. */
int staging_open(struct staging *s, const struct repo *a);
void staging_close(struct staging *s);

/* No file yet: what staged_leave() and staged_drop() may be called with. */
void staged_init(struct staged *p);

/* Whether KEY (64 hex digits) is whole already, left by a killed run or made by
 * one beside this: p->name, p->have. One of another size than SIZE, if that is
 * known (not -1), is an old one and goes. */
bool staged_find(struct staged *p, const struct staging *s, const char *key,
    int64_t size);

/* Opens the place for KEY (64 hex digits). 1: it is whole already (p->name,
 * p->have; closed); of another size than SIZE, if that is known (not -1), it
 * is an old one and goes. 0: p->fd is open and held, p->have bytes can be kept
 * if more than 0. -1 with errno. */
int staged_open(struct staged *p, const struct staging *s, const char *key,
    int64_t size);

/* Appends N bytes by way of the block; 0, or -1 with errno. */
int staged_add(struct staged *p, const void *data, size_t n);

/* Writes what is in the block; 0, or -1 with errno. */
int staged_flush(struct staged *p);

/* Empties it, to start over; 0, or -1 with errno. */
int staged_restart(struct staged *p);

/* It is whole: gives it the name without .part, in p->name, and closes it. 0,
 * or -1 with errno (still open). */
int staged_finish(struct staged *p, const struct staging *s);

/* Closes it; what has come stays for the next run if that can resume. */
void staged_leave(struct staged *p, const struct staging *s);

/* Closes and removes it. */
void staged_drop(struct staged *p, const struct staging *s);

#endif
