/* gp-auth's commands, one file each. Each says on stderr what went wrong and
 * returns the exit status. */
#ifndef GP_AUTH_AUTH_H
#define GP_AUTH_AUTH_H

#include "lib/program/cli.h"
#include "lib/program/status.h"

struct auth_options {
	struct cli cli;
	const char *account; /* checked */
	const char *client; /* --client FILE, or NULL */
};

/* Signs in: a person goes through Google's pages, what comes of it is kept. */
enum status auth_login(const struct auth_options *opt);

/* A valid access token to standard output, renewed where that is due. */
enum status auth_token(const struct auth_options *opt);

/* Whether the sign-in still holds, and for what, to standard output. */
enum status auth_status(const struct auth_options *opt);

/* Ends the sign-in: Google forgets it, and so do we. */
enum status auth_revoke(const struct auth_options *opt);

#endif
