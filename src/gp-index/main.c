#include <string.h>

#include "gp-index/modes/modes.h"
#include "lib/program/msg.h"
#include "lib/program/out.h"

static const char help[] =
    "usage: gp-index [-C DIR] [-v] MODE [options]\n"
    "The index of the archive: what is stored, and where its copies are.\n"
    "\n"
    "Filters of the pipeline:\n"
    "  --new [-n]             pass on what is not stored yet; -n writes "
    "nothing\n"
    "  --record [--folder NAME]\n"
    "                         make staged files part of the archive\n"
    "Records out and in:\n"
    "  --export [--album TITLE] [--unpacked] [--missing-from COPY]\n"
    "           [--disc LABEL]\n"
    "  --seen COPY            checked records in: ok is a proof, else none\n"
    "  --packed               what gp-pack put on discs, noted and passed on\n"
    "  --disc-state LABEL built|burned|verified|archived|failed\n"
    "                         what became of a disc\n"
    "  --accept ID REASON     a person settles a permanent failure\n"
    "Care:\n"
    "  --init                 make an archive of a new or empty folder, once\n"
    "  --stats [--full]       counts, by album too; of proofs, too\n"
    "  --check                the index and the files on disk agree\n"
    "  --backup FILE          a checked copy of the index\n"
    "  --restore FILE         put such a copy in place\n"
    "  --rebuild              make an index from what lies in the archive\n"
    "\n"
    "  -C, --archive DIR      the archive (GP_ARCHIVE, ~/gp-archive)\n"
    "  -v, --verbose          say each action\n"
    "      --help, --version\n";

enum {
	OPT_NEW = CLI_OWN,
	OPT_RECORD,
	OPT_EXPORT,
	OPT_SEEN,
	OPT_PACKED,
	OPT_DISC_STATE,
	OPT_ACCEPT,
	OPT_INIT,
	OPT_STATS,
	OPT_CHECK,
	OPT_BACKUP,
	OPT_RESTORE,
	OPT_REBUILD,
	OPT_LAST_MODE = OPT_REBUILD,
	OPT_FOLDER,
	OPT_ALBUM,
	OPT_UNPACKED,
	OPT_MISSING_FROM,
	OPT_DISC,
	OPT_FULL
};

static const struct option long_options[] = {
	{ "new", no_argument, NULL, OPT_NEW },
	{ "record", no_argument, NULL, OPT_RECORD },
	{ "export", no_argument, NULL, OPT_EXPORT },
	{ "seen", required_argument, NULL, OPT_SEEN },
	{ "packed", no_argument, NULL, OPT_PACKED },
	{ "disc-state", required_argument, NULL, OPT_DISC_STATE },
	{ "accept", required_argument, NULL, OPT_ACCEPT },
	{ "init", no_argument, NULL, OPT_INIT },
	{ "stats", no_argument, NULL, OPT_STATS },
	{ "check", no_argument, NULL, OPT_CHECK },
	{ "backup", required_argument, NULL, OPT_BACKUP },
	{ "restore", required_argument, NULL, OPT_RESTORE },
	{ "rebuild", no_argument, NULL, OPT_REBUILD },
	{ "folder", required_argument, NULL, OPT_FOLDER },
	{ "album", required_argument, NULL, OPT_ALBUM },
	{ "unpacked", no_argument, NULL, OPT_UNPACKED },
	{ "missing-from", required_argument, NULL, OPT_MISSING_FROM },
	{ "disc", required_argument, NULL, OPT_DISC },
	{ "full", no_argument, NULL, OPT_FULL },
	CLI_LONG,
};

/* in the order of the OPT_ numbers */
static enum status (*const modes[])(const struct index_options *) = {
	mode_new,
	mode_record,
	mode_export,
	mode_seen,
	mode_packed,
	mode_disc_state,
	mode_accept,
	mode_init,
	mode_stats,
	mode_check,
	mode_backup,
	mode_restore,
	mode_rebuild,
};

static void
set_option(struct index_options *opt, int c)
{
	switch (c) {
	case 'n':
		opt->dry = true;
		break;
	case OPT_SEEN:
		opt->copy = optarg;
		break;
	case OPT_DISC_STATE:
		opt->label = optarg;
		break;
	case OPT_ACCEPT:
		opt->id = optarg;
		break;
	case OPT_BACKUP:
	case OPT_RESTORE:
		opt->file = optarg;
		break;
	case OPT_FOLDER:
		opt->folder = optarg;
		break;
	case OPT_ALBUM:
		opt->album = optarg;
		break;
	case OPT_UNPACKED:
		opt->unpacked = true;
		break;
	case OPT_MISSING_FROM:
		opt->missing_from = optarg;
		break;
	case OPT_DISC:
		opt->disc = optarg;
		break;
	case OPT_FULL:
		opt->full = true;
		break;
	default:
		break;
	}
}

/* An option of another mode is a mistake that would pass for obeyed. */
static void
check_options(const struct index_options *opt, int mode)
{
	if (opt->dry && mode != OPT_NEW)
		cli_usage(&opt->cli, "-n goes with --new");
	if (opt->folder != NULL && mode != OPT_RECORD)
		cli_usage(&opt->cli, "--folder goes with --record");
	if ((opt->album != NULL || opt->unpacked || opt->disc != NULL ||
		opt->missing_from != NULL) &&
	    mode != OPT_EXPORT)
		cli_usage(&opt->cli,
		    "--album, --unpacked, --missing-from and "
		    "--disc go with --export");
	if (opt->full && mode != OPT_STATS)
		cli_usage(&opt->cli, "--full goes with --stats");
	if (mode == OPT_DISC_STATE && opt->state == NULL)
		cli_usage(&opt->cli,
		    "--disc-state needs a LABEL and a state: "
		    "built, burned, verified, archived or failed");
	if (mode == OPT_ACCEPT && opt->reason == NULL)
		cli_usage(&opt->cli, "--accept needs an ID and a REASON");
}

static int
options_parse(struct index_options *opt, int argc, char *argv[])
{
	int c, mode = 0;

	memset(opt, 0, sizeof(*opt));
	opt->cli.help = help;
	for (c = cli_next(&opt->cli, argc, argv, "n", long_options); c != -1;
	     c = cli_next(&opt->cli, argc, argv, "n", long_options)) {
		if (c >= OPT_NEW && c <= OPT_LAST_MODE) {
			if (mode != 0)
				cli_usage(&opt->cli, "two modes given");
			mode = c;
		}
		set_option(opt, c);
	}
	if (opt->missing_from != NULL && *opt->missing_from == '\0')
		cli_usage(&opt->cli, "--missing-from needs the name of a copy");
	if (mode == OPT_ACCEPT && optind < argc)
		opt->reason = argv[optind++];
	if (mode == OPT_DISC_STATE && optind < argc)
		opt->state = argv[optind++];
	if (optind < argc)
		cli_usage(&opt->cli, "unexpected argument %s", argv[optind]);
	if (mode == 0)
		cli_usage(&opt->cli, "no mode given");
	check_options(opt, mode);
	return mode;
}

int
main(int argc, char *argv[])
{
	struct index_options opt;
	int mode;

	msg_init("gp-index");
	mode = options_parse(&opt, argc, argv);
	return (int)out_close(modes[mode - OPT_NEW](&opt));
}
