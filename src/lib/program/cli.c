#include "lib/program/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/program/msg.h"
#include "lib/program/out.h"

#define COMMON ":C:v" /* the letters that every tool has */

_Noreturn static void
print_and_exit(const char *text)
{
	out_text(text);
	exit((int)out_close(STATUS_DONE));
}

/* Handles option C, as getopt_long() returned it, if it is a common one. */
static bool
take_common(struct cli *cli, int c, char *const argv[])
{
	switch (c) {
	case 'C':
		/* from a script's variable that is not set */
		if (*optarg == '\0')
			cli_usage(cli, "-C needs the name of a folder");
		cli->archive = optarg;
		return true;
	case 'v':
		msg_level++;
		return true;
	case CLI_HELP:
		print_and_exit(cli->help);
	case CLI_VERSION:
		out_text(msg_tool());
		print_and_exit(" " GP_VERSION "\n");
	case '?':
		if (optopt > 0 && optopt < CLI_HELP)
			cli_usage(cli, "unknown option -%c", optopt);
		cli_usage(cli, "unknown option %s", argv[optind - 1]);
	case ':':
		cli_usage(cli, "option %s needs a value", argv[optind - 1]);
	default:
		return false;
	}
}

int
cli_next(struct cli *cli, int argc, char *argv[], const char *own,
    const struct option *table)
{
	char letters[32];
	int c;

	snprintf(letters, sizeof(letters), "%s%s", COMMON, own);
	opterr = 0;
	do {
		c = getopt_long(argc, argv, letters, table, NULL);
	} while (c != -1 && take_common(cli, c, argv));
	return c;
}

const char *
cli_account(const char *given)
{
	if (given == NULL || *given == '\0')
		given = getenv("GP_ACCOUNT");
	return given != NULL && *given != '\0' ? given : "default";
}

void
cli_usage(const struct cli *cli, const char *fmt, ...)
{
	struct buf text;
	char line[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	buf_init(&text, sizeof(line));
	buf_add(&text, cli->help, strcspn(cli->help, "\n"));
	msg(NULL, "%s", line);
	msg(NULL, "%s; see %s --help", text.data, msg_tool());
	exit(STATUS_STOPPED);
}
