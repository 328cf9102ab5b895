/* A sign-in: what Google granted, and its text in the file. */
#ifndef GP_AUTH_GRANT_H
#define GP_AUTH_GRANT_H

#include <stddef.h>
#include <stdint.h>

#include "lib/buf.h"

/* Owns its texts; all but the client's may be NULL. Times are seconds since
 * 1970. */
struct grant {
	char *client_id;
	char *client_secret;
	char *access_token;
	char *refresh_token;
	char *scope; /* names, separated by blanks */
	int64_t access_expires;
	int64_t signed_in;
	int64_t signin_expires; /* 0: Google named no end */
};

/* Fills an empty grant from the file's text; 0, or -1 if it is none of ours
 * (then G may be filled in part). */
int grant_parse(struct grant *g, const char *text, size_t n);

/* Appends the file's text; 0, or -1 beyond B's maximum. */
int grant_print(struct buf *b, const struct grant *g);

/* Wipes and frees; the grant can be used again. */
void grant_release(struct grant *g);

/* Wipes and frees a text; NULL is fine. */
void secret_free(char *s);

/* Puts VALUE (moved) in place of *SECRET. */
void secret_set(char **secret, char *value);

/* Wipes and frees a buffer; it can be used again. */
void secret_release(struct buf *b);

#endif
