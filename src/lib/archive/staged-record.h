/*
 * The record of a whole staged file: beside `NAME` in .gp/staging lies
 * `NAME.json`, from before the file gets that name until it is stored. Its
 * first line is the record as gp-fetch had it; the second tells what the bytes
 * must be if they are to be trusted:
 * {"id":"staged","boot":BOOT,"size":BYTES,"crc32":CRC-32}.
 * Nothing is synced here: what was written before the machine's last start may
 * have holes, and the CRC-32 says so.
 */
#ifndef GP_STAGED_RECORD_H
#define GP_STAGED_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/record/record.h"

#define STAGED_RECORD_SUFFIX ".json"
/* Ends the name of a file that gp-fetch has not finished; gp-index sweeps it.
 */
#define STAGED_PART_SUFFIX ".part"
#define BOOT_ID_SIZE 37 /* proc_sys_kernel_random(5), and NUL */

struct staged_proof {
	char boot[BOOT_ID_SIZE]; /* of the start in which it was written */
	int64_t size;
	uint32_t crc; /* CRC-32 of the bytes, as in zip */
};

/* The id of this start of the machine; "" where it can't be told, and then
 * everything is read that would be trusted. */
void boot_id(char id[static BOOT_ID_SIZE]);

/* Adds N bytes to the CRC-32 of those before, which begins with 0. */
uint32_t staged_crc(uint32_t crc, const void *bytes, size_t n);

/* Reads FD from byte *AT on to its end, and adds it to *CRC; *AT is then where
 * it ends. 0, or -1 with errno. */
int staged_crc_rest(int fd, int64_t *at, uint32_t *crc);

/* Writes the record of NAME, in place of an earlier one. 0, or -1 with errno.
 */
int staged_record_write(int staging, const char *name, const struct record *rec,
    const struct staged_proof *proof);

/* Reads it to REC, which was initialised, and PROOF. 0, or -1 with errno:
 * ENOENT where there is none, EBADMSG where it is not whole. */
int staged_record_read(int staging, const char *name, struct record *rec,
    struct staged_proof *proof);

/* Whether the open file FD is what PROOF says: its size, and its bytes if they
 * are of an earlier start, or with READ in any case. */
bool staged_is_proved(int fd, const struct staged_proof *proof, bool read);

/* Removes it, if it is there. 0, or -1 with errno. */
int staged_record_remove(int staging, const char *name);

#endif
