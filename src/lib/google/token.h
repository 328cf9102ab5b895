/*
 * Access tokens, by $GP_TOKEN_CMD or the command that suite.h names (found
 * beside the running program first), run by sh with GP_ACCOUNT set. A token
 * lives in memory alone and is in no message.
 */
#ifndef GP_LIB_GOOGLE_TOKEN_H
#define GP_LIB_GOOGLE_TOKEN_H

#include "lib/program/status.h"

struct token {
	char *account; /* owned; NULL: as the environment has it */
	char *value; /* owned; NULL until asked for */
	enum status status; /* of the command: STATUS_PERSON, sign in again */
};

/* No token yet. ACCOUNT is copied; NULL is that of the environment.
 * token_release() frees what it holds. */
void token_init(struct token *t, const char *account);
void token_release(struct token *t);

/* The token, asked for at first use; NULL with the reason said (by the
 * command or by us) and t->status set. Borrowed. */
const char *token_get(struct token *t);

/* Asks for another after Google said 401 to this one; as token_get(). */
const char *token_renew(struct token *t);

#endif
