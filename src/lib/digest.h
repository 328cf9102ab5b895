/* SHA-256 by libcrypto. A digest is 32 bytes; as text 64 hex digits. */
#ifndef GP_LIB_DIGEST_H
#define GP_LIB_DIGEST_H

#include <stddef.h>
#include <stdint.h>

#define DIGEST_SIZE 32
#define DIGEST_HEX 65 /* with the NUL */

/* Reused for many digests; one a thread. */
struct digest;

/* Ready for the first sum; digest_free() frees it. */
struct digest *digest_new(void);
void digest_free(struct digest *d);

/* Begins a sum, and adds N bytes to it, any number of times. libcrypto failing
 * ends the program. */
void digest_begin(struct digest *d);
void digest_add(struct digest *d, const void *p, size_t n);

/* The sum of all that was added since digest_begin(). */
void digest_end(struct digest *d, uint8_t out[static DIGEST_SIZE]);

/* Of N bytes. */
void digest_of(const void *p, size_t n, uint8_t out[static DIGEST_SIZE]);

/* Of all that can be read from FD, from where it stands. Bytes read in
 * *BYTES (may be NULL). 0, or -1 with errno when a read failed. */
int digest_fd(struct digest *d, int fd, uint8_t out[static DIGEST_SIZE],
    int64_t *bytes);

/* Adds BYTES of FD from OFFSET on, between digest_begin() and digest_end(). 0,
 * or -1 with errno: EIO also where FD ends before. */
int digest_range(struct digest *d, int fd, int64_t offset, int64_t bytes);

/* The text of DIGEST, in small letters, with its NUL. */
void digest_hex(const uint8_t digest[static DIGEST_SIZE],
    char hex[static DIGEST_HEX]);

/* 64 hex digits (either case) to bytes; 0 or -1. */
int digest_parse(const char *hex, uint8_t digest[static DIGEST_SIZE]);

#endif
