/* gp-auth's commands, one file each. */
#ifndef GP_AUTH_AUTH_H
#define GP_AUTH_AUTH_H

#include "lib/program/cli.h"
#include "lib/program/status.h"

struct auth_options {
	struct cli cli;
	const char *account; /* checked */
	const char *client; /* --client FILE, or NULL */
};

/* Each says on stderr what went wrong and answers the exit code. */
enum status auth_login(const struct auth_options *opt);
enum status auth_token(const struct auth_options *opt);
enum status auth_status(const struct auth_options *opt);
enum status auth_revoke(const struct auth_options *opt);

#endif
