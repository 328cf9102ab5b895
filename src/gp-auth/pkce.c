#include "gp-auth/pkce.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <sys/random.h>

#include "lib/digest.h"
#include "lib/program/msg.h"

/* 32 bytes as base64url without padding: 43 characters. */
static void
base64url(const uint8_t bytes[static 32], char text[static PKCE_SIZE])
{
	static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmno"
				     "pqrstuvwxyz0123456789-_";
	uint32_t bits = 0;
	unsigned have = 0;
	int i, n = 0;

	for (i = 0; i < 32; i++) {
		bits = bits << 8 | bytes[i];
		have += 8;
		while (have >= 6) {
			have -= 6;
			text[n++] = digits[bits >> have & 63];
		}
	}
	text[n++] = digits[bits << (6 - have) & 63];
	text[n] = '\0';
}

int
pkce_random(char text[static PKCE_SIZE])
{
	uint8_t bytes[32];

	if (getrandom(bytes, sizeof(bytes), 0) != (ssize_t)sizeof(bytes)) {
		msg(NULL, "no random bytes: %s", strerror(errno));
		return -1;
	}
	base64url(bytes, text);
	explicit_bzero(bytes, sizeof(bytes));
	return 0;
}

void
pkce_challenge(const char *verifier, char challenge[static PKCE_SIZE])
{
	uint8_t hash[DIGEST_SIZE];

	digest_of(verifier, strlen(verifier), hash);
	base64url(hash, challenge);
}
