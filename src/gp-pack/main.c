#include <string.h>

#include "gp-pack/capacity.h"
#include "gp-pack/label.h"
#include "gp-pack/pack.h"
#include "lib/num.h"
#include "lib/program/msg.h"
#include "lib/program/out.h"

static const char help[] =
    "usage: gp-pack [-C DIR] [-v] [--capacity MEDIUM|BYTES] [--threshold "
    "SIZE]\n"
    "               [--parity PERCENT] [--label PREFIX] [--number N] [--out "
    "DIR]\n"
    "               [--plan] [--flush]\n"
    "Plans discs for the files of the records, lays out a bag for each and\n"
    "builds its image. Each record gets its disc and its path there.\n"
    "\n"
    "      --capacity MEDIUM  bd25, bd50, bd100, bd128, dvd or bytes (bd100)\n"
    "      --threshold SIZE   a disc with this much counts as full\n"
    "      --parity PERCENT   of recovery data by par2 (10; 0 for none)\n"
    "      --label PREFIX     labels are PREFIX-0001 and so on (GP)\n"
    "      --number N         of the first disc (one after those in use)\n"
    "      --out DIR          where bags and images go (burn in the archive)\n"
    "      --plan             tell what would be packed, build nothing\n"
    "      --flush            pack what is left below the threshold too\n"
    "  -C, --archive DIR      the archive (GP_ARCHIVE, ~/gp-archive)\n"
    "  -v, --verbose          say each action\n"
    "      --help, --version\n";

enum {
	OPT_CAPACITY = CLI_OWN,
	OPT_THRESHOLD,
	OPT_PARITY,
	OPT_LABEL,
	OPT_NUMBER,
	OPT_OUT,
	OPT_PLAN,
	OPT_FLUSH
};

static const struct option long_options[] = {
	{ "capacity", required_argument, NULL, OPT_CAPACITY },
	{ "threshold", required_argument, NULL, OPT_THRESHOLD },
	{ "parity", required_argument, NULL, OPT_PARITY },
	{ "label", required_argument, NULL, OPT_LABEL },
	{ "number", required_argument, NULL, OPT_NUMBER },
	{ "out", required_argument, NULL, OPT_OUT },
	{ "plan", no_argument, NULL, OPT_PLAN },
	{ "flush", no_argument, NULL, OPT_FLUSH },
	CLI_LONG,
};

static void
parse_label(struct pack_options *opt, const char *text)
{
	size_t n = strlen(text);

	if (n == 0 || n > LABEL_PREFIX_MAX || strspn(text, LABEL_LETTERS) != n)
		cli_usage(&opt->cli,
		    "--label needs 1 to %d capital letters, "
		    "digits and _, not %s",
		    LABEL_PREFIX_MAX, text);
	opt->label = text;
}

static void
parse_capacity(struct pack_options *opt, const char *text)
{
	if (capacity_parse(text, &opt->capacity) < 0)
		cli_usage(&opt->cli,
		    "--capacity needs bd25, bd50, bd100, "
		    "bd128, dvd or at least %d bytes, not %s",
		    CAPACITY_MIN, text);
}

static void
set_option(struct pack_options *opt, int c)
{
	switch (c) {
	case OPT_CAPACITY:
		parse_capacity(opt, optarg);
		break;
	case OPT_THRESHOLD:
		if (num_parse_size(optarg, &opt->threshold) < 0)
			cli_usage(&opt->cli,
			    "--threshold needs a size, as "
			    "80G, not %s",
			    optarg);
		break;
	case OPT_PARITY:
		if (num_parse(optarg, 0, 100, &opt->parity) < 0)
			cli_usage(&opt->cli,
			    "--parity needs a number from 0 "
			    "to 100, not %s",
			    optarg);
		break;
	case OPT_LABEL:
		parse_label(opt, optarg);
		break;
	case OPT_NUMBER:
		if (num_parse(optarg, 1, LABEL_NUMBER_MAX, &opt->number) < 0)
			cli_usage(&opt->cli,
			    "--number needs a number from 1 "
			    "to %d, not %s",
			    LABEL_NUMBER_MAX, optarg);
		break;
	case OPT_OUT:
		opt->out = optarg;
		break;
	case OPT_PLAN:
		opt->plan = true;
		break;
	case OPT_FLUSH:
		opt->flush = true;
	}
}

static void
options_parse(struct pack_options *opt, int argc, char *argv[])
{
	int c;

	memset(opt, 0, sizeof(*opt));
	opt->cli.help = help;
	opt->label = "GP";
	opt->parity = 10;
	parse_capacity(opt, "bd100");
	for (c = cli_next(&opt->cli, argc, argv, "", long_options); c != -1;
	     c = cli_next(&opt->cli, argc, argv, "", long_options))
		set_option(opt, c);
	if (optind < argc)
		cli_usage(&opt->cli, "unexpected argument %s", argv[optind]);
}

int
main(int argc, char *argv[])
{
	struct pack_options opt;

	msg_init("gp-pack");
	options_parse(&opt, argc, argv);
	return (int)out_close(pack_run(&opt));
}
