#include <sched.h>
#include <string.h>

#include "gp-hash/checksums.h"
#include "gp-hash/filter.h"
#include "gp-hash/options.h"
#include "gp-hash/verify.h"
#include "lib/num.h"
#include "lib/program/msg.h"
#include "lib/program/out.h"

#define THREADS_MAX 256

static const char help[] =
    "usage: gp-hash [-C DIR] [-v] [-j N] [--check] [--root DIR] [FILE...]\n"
    "Adds the SHA-256 of each record's file, or checks the one it has.\n"
    "With FILEs, writes sums as sha256sum does; with --check too, each FILE "
    "is\n"
    "such a list, and the files it names are checked.\n"
    "\n"
    "  -j N               files read at once (default: processors)\n"
    "      --check        compare: ok, mismatch, missing or unreadable\n"
    "      --root DIR     paths are below DIR (default: the archive); or a "
    "disc\n"
    "                     or its image, in which files are at \"extents\"\n"
    "  -C, --archive DIR  the archive (GP_ARCHIVE, ~/gp-archive)\n"
    "  -v, --verbose      say each action\n"
    "      --help, --version\n";

enum { OPT_CHECK = CLI_OWN, OPT_ROOT };

static const struct option long_options[] = {
	{ "check", no_argument, NULL, OPT_CHECK },
	{ "root", required_argument, NULL, OPT_ROOT },
	CLI_LONG,
};

static unsigned
processors(void)
{
	cpu_set_t set;
	int n = 1;

	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		n = CPU_COUNT(&set);
	return n < THREADS_MAX ? (unsigned)n : THREADS_MAX;
}

static void
parse_threads(struct hash_options *opt, const char *text)
{
	int64_t n;

	if (num_parse(text, 1, THREADS_MAX, &n) < 0)
		cli_usage(&opt->cli, "-j needs a number from 1 to %d, not %s",
		    THREADS_MAX, text);
	opt->threads = (unsigned)n;
}

static void
options_parse(struct hash_options *opt, int argc, char *argv[])
{
	int c;

	memset(opt, 0, sizeof(*opt));
	opt->cli.help = help;
	for (c = cli_next(&opt->cli, argc, argv, "j:", long_options); c != -1;
	     c = cli_next(&opt->cli, argc, argv, "j:", long_options)) {
		if (c == 'j')
			parse_threads(opt, optarg);
		else if (c == OPT_CHECK)
			opt->check = true;
		else
			opt->root = optarg;
	}
	opt->file = argv + optind;
	if (*opt->file != NULL && opt->root != NULL && !opt->check)
		cli_usage(&opt->cli, "--root with FILE goes with --check");
	if (opt->threads == 0)
		opt->threads = processors();
}

static enum status
run(const struct hash_options *opt)
{
	if (*opt->file == NULL)
		return hash_filter(opt);
	return opt->check ? hash_verify(opt) : hash_checksums(opt);
}

int
main(int argc, char *argv[])
{
	struct hash_options opt;

	msg_init("gp-hash");
	options_parse(&opt, argc, argv);
	return (int)out_close(run(&opt));
}
