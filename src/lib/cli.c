#include "lib/cli.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/buf.h"
#include "lib/msg.h"
#include "lib/out.h"

_Noreturn static void
print_and_exit(const char *text)
{
	out_text(text);
	exit((int)out_close(STATUS_DONE));
}

bool
cli_common(struct cli *cli, int c, char *const argv[])
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
