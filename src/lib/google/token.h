/*
 * Access tokens, by $GP_TOKEN_CMD or a command that the caller names (found
 * beside the running program first), run by sh with GP_ACCOUNT set. A token
 * lives in memory alone and is in no message.
 */
#ifndef GP_GOOGLE_TOKEN_H
#define GP_GOOGLE_TOKEN_H

#include "lib/program/status.h"

/* The commands that look after the sign-in, as a person types them. */
struct signin_commands {
	const char *token; /* prints a token; where $GP_TOKEN_CMD is not set */
	const char *login; /* signs in */
	const char *status; /* tells who is signed in */
};

struct token {
	const struct signin_commands *commands;
	char *account; /* owned; NULL: as the environment has it */
	char *value; /* owned; NULL until asked for */
	enum status status; /* of the command: STATUS_PERSON, sign in again */
};

/* No token yet. ACCOUNT is copied; NULL is that of the environment. COMMANDS
 * must outlive T. token_release() frees what it holds. */
void token_init(struct token *t, const char *account,
    const struct signin_commands *commands);
void token_release(struct token *t);

/* The token, asked for at first use; NULL with the reason said (by the
 * command or by us) and t->status set. Borrowed. */
const char *token_get(struct token *t);

/* Asks for another after Google said 401 to this one; as token_get(). */
const char *token_renew(struct token *t);

#endif
