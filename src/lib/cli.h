/*
 * What every tool's command line has: -C DIR, -v, --help, --version. A tool
 * has its help as one text whose first line is the usage, and a getopt_long
 * table that ends with CLI_LONG.
 */
#ifndef GP_CLI_H
#define GP_CLI_H

#include <getopt.h>
#include <stdbool.h>

#define CLI_SHORT ":C:v" /* first in the tool's short options */
enum { CLI_HELP = 256, CLI_VERSION, CLI_OWN /* the tool's own begin here */ };
#define CLI_LONG                                                               \
	{ "help", no_argument, NULL, CLI_HELP },                               \
	    { "version", no_argument, NULL, CLI_VERSION },                     \
	{                                                                      \
		NULL, 0, NULL, 0                                               \
	}

struct cli {
	const char *archive; /* -C, or NULL */
	const char *help;
};

/* Handles option C as getopt_long returned it if it is one of the common ones
 * (or '?' and ':', which exit 2 with usage); false if it is the tool's own. */
bool cli_common(struct cli *cli, int c, char *const argv[]);

/* Says what is wrong and the usage line; exits 2. */
_Noreturn void cli_usage(const struct cli *cli, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
