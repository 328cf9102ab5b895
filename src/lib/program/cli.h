/*
 * What every tool's command line has: -C DIR, -v, --help, --version. A tool
 * has its help as one text whose first line is the usage, and a getopt_long
 * table that ends with CLI_LONG.
 */
#ifndef GP_LIB_PROGRAM_CLI_H
#define GP_LIB_PROGRAM_CLI_H

#include <getopt.h>
#include <stdbool.h>

enum { CLI_HELP = 256, CLI_VERSION, CLI_OWN /* the tool's own begin here */ };
#define CLI_LONG                                                               \
	{ "archive", required_argument, NULL, 'C' },                           \
	    { "verbose", no_argument, NULL, 'v' },                             \
	    { "help", no_argument, NULL, CLI_HELP },                           \
	    { "version", no_argument, NULL, CLI_VERSION },                     \
	{                                                                      \
		NULL, 0, NULL, 0                                               \
	}

struct cli {
	const char *archive; /* -C, or NULL */
	const char *help;
};

/* The next option of the tool's own, as getopt_long() returns it, of the
 * letters in OWN or of TABLE; the common ones are handled on the way. -1 at the
 * end. What is no option, or lacks its value, exits 2 with usage. */
int cli_next(struct cli *cli, int argc, char *argv[], const char *own,
    const struct option *table);

/* The account that is meant: GIVEN unless that is NULL or empty, else
 * $GP_ACCOUNT, else "default". */
const char *cli_account(const char *given);

/* Says what is wrong and the usage line; exits 2. */
_Noreturn void cli_usage(const struct cli *cli, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
