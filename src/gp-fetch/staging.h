/*
 * The staging folder: `.gp/staging/KEY.part` while a file comes, held by
 * flock(); `.gp/staging/KEY` when it is whole and checked, with its record
 * beside it (lib/archive/staged-record.h). What another live run fetches is
 * waited for. Where it does not come on, and where what is whole is of another
 * album or account, the names are KEY.RUN.part and KEY.RUN, of a RUN that
 * nobody else has. Links are never followed.
 */
#ifndef GP_FETCH_STAGING_H
#define GP_FETCH_STAGING_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/archive/repo.h"
#include "lib/archive/staged-record.h"
#include "lib/digest.h"
#include "lib/files/random-name.h"
#include "lib/record/record.h"

#define STAGED_NAME_SIZE (DIGEST_HEX + 48)
#define STAGED_VALIDATOR_SIZE 128
#define STAGED_BLOCK ((size_t)256 * 1024) /* a write this large costs least */

struct stored;

struct staging {
	int dir, lock;
	char *path; /* absolute; owned */
	struct stored *stored; /* what the index says; the caller's */
	char boot[BOOT_ID_SIZE]; /* of this start of the machine */
	char run[RANDOM_NAME_SIZE]; /* of this run, at random */
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
	char weak[STAGED_VALIDATOR_SIZE]; /* a weak ETag; "" unknown */
	uint64_t link; /* hash of the address that it came from; 0 none yet */
	bool other_link; /* what has come is from another one than what comes */
	bool noted; /* the last five are kept with the file */
	bool left; /* it was there: whoever began it did not end it */
	uint32_t crc; /* CRC-32 of its first `summed` bytes */
	int64_t summed;
};

/* 0, or -1 with the reason said. staging_close() closes it. */
int staging_open(struct staging *s, const struct repo *a,
    struct stored *stored);
void staging_close(struct staging *s);

/* No file yet: what staged_leave() and staged_drop() may be called with. */
void staged_init(struct staged *p);

/* Takes what is whole of KEY (64 hex digits) already, left by a killed run or
 * made by one beside this: p->name, p->have. One without its record, with other
 * bytes than that tells of, or of another size than SIZE, if that is known (not
 * -1), is not. REC gets its type. Where its record tells of another album or
 * account than REC, a second name with REC beside it is made. */
bool staged_take(struct staged *p, const struct staging *s, const char *key,
    int64_t size, struct record *rec);

enum staged_opening {
	STAGED_FAILED = -1, /* with errno */
	STAGED_OPEN, /* p->fd is held; p->have bytes can be kept */
	STAGED_WHOLE, /* already: p->name, p->have; closed */
	STAGED_BUSY /* another run fetches it, or has it taken by --record */
};

/* Opens the place for KEY (64 hex digits); SIZE and REC as above. With ALONE
 * nobody is waited for: never BUSY. */
enum staged_opening staged_open(struct staged *p, const struct staging *s,
    const char *key, int64_t size, struct record *rec, bool alone);

/* Whether another run seems to fetch or store KEY. */
bool staged_is_busy(const struct staging *s, const char *key);

/* How many bytes the unfinished file for KEY has, whoever fetches it; -1 where
 * there is none. */
int64_t staged_unfinished_size(const struct staging *s, const char *key);

/* What comes now is from address URL. What has come of another one can be gone
 * on with only where an ETag may tell that it is of the same file (a date is of
 * a second, and of many files); else it is begun again. 0, or -1 with errno. */
int staged_set_link(struct staged *p, const char *url);

/* Appends N bytes by way of the block; 0, or -1 with errno. */
int staged_add(struct staged *p, const void *data, size_t n);

/* Writes what is in the block; 0, or -1 with errno. */
int staged_flush(struct staged *p);

/* Empties it, to start over; 0, or -1 with errno. */
int staged_restart(struct staged *p);

/* It is whole: writes REC beside it, gives it the name without .part, in
 * p->name, and closes it. 0, or -1 with errno (still open). */
int staged_finish(struct staged *p, const struct staging *s,
    const struct record *rec);

/* Whether a folder lies where staged_finish() could not put P or its record:
 * its NAME below the staging folder. */
bool staged_in_way(char name[STAGED_NAME_SIZE], const struct staged *p,
    const struct staging *s);

/* Closes it; what has come stays for the next run if that can resume. */
void staged_leave(struct staged *p, const struct staging *s);

/* Closes and removes it. */
void staged_drop(struct staged *p, const struct staging *s);

#endif
