#include <string.h>

#include "gp-fetch/fetch.h"
#include "lib/num.h"
#include "lib/program/msg.h"
#include "lib/program/out.h"

static const char help[] =
    "usage: gp-fetch [-C DIR] [-v] [-j N] [--limit-rate BYTES] [--progress]\n"
    "Turns records into staged files: fetches what `url` names, checks it,\n"
    "adds `file` and `size`. Records leave as they finish.\n"
    "\n"
    "  -j, --jobs N           transfers at once (8)\n"
    "      --limit-rate BYTES all together at most so many bytes a second\n"
    "                         (k, M, G: 1000s)\n"
    "      --progress         show how far it is\n"
    "  -C, --archive DIR      the archive (GP_ARCHIVE, ~/gp-archive)\n"
    "  -v, --verbose          say each action\n"
    "      --help, --version\n";

enum { OPT_LIMIT_RATE = CLI_OWN, OPT_PROGRESS };

static const struct option long_options[] = {
	{ "jobs", required_argument, NULL, 'j' },
	{ "limit-rate", required_argument, NULL, OPT_LIMIT_RATE },
	{ "progress", no_argument, NULL, OPT_PROGRESS },
	CLI_LONG,
};

static void
set_option(struct fetch_options *opt, int c)
{
	int64_t n;

	switch (c) {
	case 'j':
		if (num_parse(optarg, 1, FETCH_JOBS_MAX, &n) < 0)
			cli_usage(&opt->cli, "-j takes a number from 1 to %d",
			    FETCH_JOBS_MAX);
		opt->jobs = (unsigned)n;
		break;
	case OPT_LIMIT_RATE:
		if (num_parse_size(optarg, &opt->limit) < 0 || opt->limit <= 0)
			cli_usage(&opt->cli,
			    "--limit-rate takes bytes a "
			    "second, as 500k or 2M");
		break;
	case OPT_PROGRESS:
		opt->progress = true;
		break;
	default:
		break;
	}
}

static void
options_parse(struct fetch_options *opt, int argc, char *argv[])
{
	int c;

	memset(opt, 0, sizeof(*opt));
	opt->cli.help = help;
	opt->jobs = FETCH_JOBS;
	for (c = cli_next(&opt->cli, argc, argv, "j:", long_options); c != -1;
	     c = cli_next(&opt->cli, argc, argv, "j:", long_options))
		set_option(opt, c);
	if (optind < argc)
		cli_usage(&opt->cli, "unexpected argument %s", argv[optind]);
}

int
main(int argc, char *argv[])
{
	struct fetch_options opt;

	msg_init("gp-fetch");
	options_parse(&opt, argc, argv);
	return (int)out_close(fetch(&opt));
}
