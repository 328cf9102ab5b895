/*
 * The record of a whole staged file: beside `NAME` in .gp/staging lies
 * `NAME.json`, from before the file gets that name until it is stored. Its
 * first line is the record as the fetcher had it; the second tells what the
 * bytes must be if they are to be trusted:
 * {"id":"staged","size":BYTES,"crc32":CRC-32}.
 * Nothing is synced here, and another file may lie there still if the fetcher
 * was killed between the two: what is left over is read before it is trusted.
 */
#ifndef GP_LIB_ARCHIVE_STAGED_RECORD_H
#define GP_LIB_ARCHIVE_STAGED_RECORD_H

#include <stdbool.h>
#include <stdint.h>

#include "lib/record/record.h"

#define STAGED_RECORD_SUFFIX ".json"
/* Ends the name of a file that the fetcher has not finished. */
#define STAGED_UNFINISHED_SUFFIX ".part"
#define BOOT_ID_SIZE 37 /* proc_sys_kernel_random(5), and NUL */

struct staged_proof {
	int64_t size;
	uint32_t crc; /* CRC-32 of the bytes, as in zip */
};

/* The id of this start of the machine; "" where it can't be told. */
void boot_id(char id[static BOOT_ID_SIZE]);

/* Adds N bytes to the CRC-32 of those before, which begins with 0. */
uint32_t staged_record_crc(uint32_t crc, const void *bytes, size_t n);

/* Reads FD from byte *AT on to its end, and adds it to *CRC; *AT is then where
 * it ends. 0, or -1 with errno. */
int staged_record_crc_rest(int fd, int64_t *at, uint32_t *crc);

/* Writes the record of NAME, in place of an earlier one. 0, or -1 with errno.
 */
int staged_record_write(int staging, const char *name, const struct record *rec,
    const struct staged_proof *proof);

/* Reads it to REC, which was initialised, and PROOF. 0, or -1 with errno:
 * ENOENT where there is none, EBADMSG where it is not whole. */
int staged_record_read(int staging, const char *name, struct record *rec,
    struct staged_proof *proof);

/* Reads the open file FD: whether its bytes are what PROOF says. */
bool staged_record_proves(int fd, const struct staged_proof *proof);

/* Removes it, if it is there. 0, or -1 with errno. */
int staged_record_remove(int staging, const char *name);

#endif
