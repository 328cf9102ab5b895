#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "gp-auth/auth.h"
#include "gp-auth/store.h"
#include "lib/http.h"
#include "lib/mem.h"
#include "lib/program/msg.h"
#include "lib/program/out.h"

static const char help[] =
    "usage: gp-auth [-v] [--account A] [--client FILE] "
    "login | token | status | revoke\n"
    "\n"
    "Signs in to Google for gp's other tools.\n"
    "\n"
    "  login             sign in with a browser, here or on another machine\n"
    "  token             print an access token, refreshed when needed\n"
    "  status            say what is signed in, and until when\n"
    "  revoke            sign out, here and at Google\n"
    "\n"
    "  --account A       which sign-in (default: $GP_ACCOUNT, else default)\n"
    "  --client FILE     login: client_secret.json of a Desktop app, from\n"
    "                    Google's console; needed the first time\n"
    "  -C DIR            accepted as by every tool; not used\n"
    "  -v                say each action; twice: each request\n"
    "  --help            this text\n"
    "  --version         the version\n";

enum { OPT_ACCOUNT = CLI_OWN, OPT_CLIENT };

static const struct option long_options[] = {
	{ "account", required_argument, NULL, OPT_ACCOUNT },
	{ "client", required_argument, NULL, OPT_CLIENT },
	CLI_LONG,
};

static const struct command {
	const char *name;
	enum status (*run)(const struct auth_options *opt);
} commands[] = {
	{ "login", auth_login },
	{ "token", auth_token },
	{ "status", auth_status },
	{ "revoke", auth_revoke },
};

static const struct command *
command_find(const struct cli *cli, const char *name)
{
	size_t i;

	for (i = 0; i < COUNT(commands); i++) {
		if (strcmp(commands[i].name, name) == 0)
			return &commands[i];
	}
	cli_usage(cli, "no such command: %s", name);
}

static void
set_option(struct auth_options *opt, int c)
{
	if (c == OPT_ACCOUNT)
		opt->account = optarg;
	else
		opt->client = optarg;
}

static const struct command *
options_parse(struct auth_options *opt, int argc, char *argv[])
{
	const struct command *command;
	int c;

	memset(opt, 0, sizeof(*opt));
	opt->cli.help = help;
	for (c = cli_next(&opt->cli, argc, argv, "", long_options); c != -1;
	     c = cli_next(&opt->cli, argc, argv, "", long_options))
		set_option(opt, c);
	opt->account = cli_account(opt->account);
	if (!store_account_valid(opt->account))
		cli_usage(&opt->cli,
		    "account %s: a name has letters, digits and - _ . @ only, "
		    "begins with a letter or digit, and has at most 64",
		    opt->account);
	if (argc - optind != 1)
		cli_usage(&opt->cli,
		    optind == argc ? "no command given"
				   : "one command at a time, please");
	command = command_find(&opt->cli, argv[optind]);
	if (opt->client != NULL && command->run != auth_login)
		cli_usage(&opt->cli, "--client goes with login alone");
	return command;
}

/* Secrets are in memory from here on: no core dump, no debugger of others. */
static void
seal(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
#ifndef __SANITIZE_ADDRESS__ /* the leak check attaches to its own process */
	prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
#endif
}

static enum status
run(const struct command *command, const struct auth_options *opt)
{
	seal();
	http_init();
	return command->run(opt);
}

int
main(int argc, char *argv[])
{
	struct auth_options opt;
	const struct command *command;

	msg_init("gp-auth");
	command = options_parse(&opt, argc, argv);
	return (int)out_close(run(command, &opt));
}
