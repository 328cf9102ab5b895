#include <stdlib.h>
#include <string.h>

#include "gp-list/source.h"
#include "lib/archive/run-folder.h"
#include "lib/mem.h"
#include "lib/num.h"
#include "lib/program/msg.h"
#include "lib/program/out.h"

static const char help[] =
    "usage: gp-list [-C DIR] [-v] [options] SOURCE...\n"
    "       gp-list --albums [library: | takeout:PATH]\n"
    "Lists what a source holds, one record a line.\n"
    "\n"
    "Sources:\n"
    "  ALBUM_ID, album:TITLE  an album that your own app filled\n"
    "  library:               all that your own app uploaded\n"
    "  takeout:PATH           Google Takeout exports, as they come\n"
    "  picker:                what a person picks in the browser\n"
    "  picker:new             the same, in another session at once\n"
    "  dir:FOLDER             the photos and videos below a folder\n"
    "\n"
    "  --account ACCOUNT      which sign-in (GP_ACCOUNT, \"default\")\n"
    "  --album TITLE          the album of picker: and dir: items; with\n"
    "                         takeout: list this one alone (or several)\n"
    "  --limit N              stop after N records\n"
    "  --allow-empty          finding nothing is no failure\n"
    "  --no-wait              picker: shows its link, and waits for nobody\n"
    "  --albums               list the albums themselves\n"
    "  -C, --archive DIR      the archive (GP_ARCHIVE, ~/gp-archive)\n"
    "  -v, --verbose          say each action\n"
    "      --help, --version\n";

enum {
	OPT_ACCOUNT = CLI_OWN,
	OPT_ALBUM,
	OPT_LIMIT,
	OPT_EMPTY,
	OPT_ALBUMS,
	OPT_NO_WAIT
};

static const struct option long_options[] = {
	{ "account", required_argument, NULL, OPT_ACCOUNT },
	{ "album", required_argument, NULL, OPT_ALBUM },
	{ "limit", required_argument, NULL, OPT_LIMIT },
	{ "allow-empty", no_argument, NULL, OPT_EMPTY },
	{ "albums", no_argument, NULL, OPT_ALBUMS },
	{ "no-wait", no_argument, NULL, OPT_NO_WAIT },
	CLI_LONG,
};

/* of --albums alone */
static char library[] = "library:";
static char *default_source[] = { library };

static void
set_option(struct list_options *opt, int c)
{
	switch (c) {
	case OPT_ACCOUNT:
		opt->account = optarg;
		break;
	case OPT_ALBUM:
		opt->album[opt->albums++] = optarg;
		break;
	case OPT_LIMIT:
		if (num_parse(optarg, 1, INT64_MAX, &opt->limit) < 0)
			cli_usage(&opt->cli, "--limit %s is no number from 1",
			    optarg);
		break;
	case OPT_EMPTY:
		opt->allow_empty = true;
		break;
	case OPT_ALBUMS:
		opt->list_albums = true;
		break;
	case OPT_NO_WAIT:
		opt->no_wait = true;
		break;
	default:
		break;
	}
}

static void
check_source(const struct list_options *opt, const char *text, int *pickers)
{
	const struct source *source;
	const char *arg;

	source = source_find(text, &arg);
	if (source == NULL)
		cli_usage(&opt->cli, "%s: no such source", text);
	else if (source->argument != NULL && *arg == '\0')
		cli_usage(&opt->cli, "%s: %s is missing",
		    *text != '\0' ? text : "SOURCE", source->argument);
	else if (source->argument == NULL && *arg != '\0' &&
	    (source->word == NULL || strcmp(arg, source->word) != 0))
		cli_usage(&opt->cli, "%s: nothing%s%s may follow the colon",
		    text, source->word != NULL ? " but " : "",
		    source->word != NULL ? source->word : "");
	else if (opt->list_albums && source->albums == NULL)
		cli_usage(&opt->cli,
		    "%s: --albums works with library: and "
		    "takeout: alone",
		    text);
	else if (opt->albums > 0 && source->album == ALBUM_GIVEN)
		cli_usage(&opt->cli,
		    "%s: --album goes with picker:, dir: and "
		    "takeout:",
		    text);
	else if (opt->albums > 1 && source->album == ALBUM_NAMED)
		cli_usage(&opt->cli, "%s: --album can be given once", text);
	else if (strcmp(source->prefix, "picker:") == 0 && (*pickers)++ > 0)
		cli_usage(&opt->cli, "picker: can be given once");
}

/* All of them before the first is listed: a mistake in the last one must not
 * show up after an hour. */
static void
check_options(const struct list_options *opt)
{
	int pickers = 0;
	size_t i;

	if (opt->sources == 0)
		cli_usage(&opt->cli, "no source given");
	if (opt->list_albums && opt->albums > 0)
		cli_usage(&opt->cli, "--album and --albums don't go together");
	for (i = 0; i < opt->sources; i++)
		check_source(opt, opt->source[i], &pickers);
}

static void
options_parse(struct list_options *opt, int argc, char *argv[])
{
	int c;

	memset(opt, 0, sizeof(*opt));
	opt->cli.help = help;
	opt->album = mem_resize(NULL, (size_t)argc, sizeof(*opt->album));
	for (c = cli_next(&opt->cli, argc, argv, "", long_options); c != -1;
	     c = cli_next(&opt->cli, argc, argv, "", long_options))
		set_option(opt, c);
	opt->account = cli_account(opt->account);
	opt->source = argv + optind;
	opt->sources = (size_t)(argc - optind);
	if (opt->list_albums && opt->sources == 0) {
		opt->source = default_source;
		opt->sources = 1;
	}
	check_options(opt);
}

/* A listing that ends early or finds nothing must not look like success. */
static void
list_end(struct lister *l, int result, const char *empty)
{
	if (result < 0) {
		status_raise(&l->status, STATUS_STOPPED);
		if (l->found > 0)
			msg(l->what,
			    "the listing is incomplete: it ended "
			    "after %lld items",
			    (long long)l->found);
	} else if (l->found == 0 && !l->opt->allow_empty) {
		status_raise(&l->status, STATUS_STOPPED);
		msg(l->what, "nothing found%s%s", empty != NULL ? "; " : "",
		    empty != NULL ? empty : "");
	} else {
		msg_at(1, l->what, "%lld items, %lld left for the next run",
		    (long long)l->found, (long long)l->left);
	}
}

static void
list_source(struct lister *l, const char *text)
{
	const struct source *source;
	const char *arg;
	char *what;

	source = source_find(text, &arg);
	/* "library", but "album:Ezra" */
	what = mem_strndup(text, strlen(text) - (*arg == '\0' ? 1 : 0));
	l->what = what;
	l->found = l->left = 0;
	list_end(l,
	    l->opt->list_albums ? source->albums(l, arg) : source->list(l, arg),
	    source->empty);
	l->what = NULL;
	free(what);
}

/* For the balance of the run, also where a signal ends it: whether it is asked
 * for, and can be kept. */
static bool
count_begin(struct lister *l)
{
	counts_add(&l->counts, "listed", 0);
	counts_add(&l->counts, "failed", 0);
	if (run_name() == NULL || l->opt->list_albums)
		return false;
	if (lister_need_archive(l) < 0) {
		status_raise(&l->status, STATUS_STOPPED);
		return false;
	}
	run_count_watch(&l->archive, msg_tool(), &l->counts);
	return true;
}

static void
count_end(struct lister *l)
{
	if (run_count(&l->archive, msg_tool(), &l->counts) < 0)
		status_raise(&l->status, STATUS_STOPPED);
}

static enum status
run(const struct list_options *opt)
{
	struct lister l;
	bool counting;
	size_t i;

	lister_init(&l, opt);
	counting = count_begin(&l);
	for (i = 0; i < opt->sources; i++) {
		if (!lister_full(&l))
			list_source(&l, opt->source[i]);
	}
	if (counting)
		count_end(&l);
	lister_release(&l);
	return l.status;
}

int
main(int argc, char *argv[])
{
	struct list_options opt;
	enum status status;

	msg_init("gp-list");
	options_parse(&opt, argc, argv); /* usage errors exit 2 */
	status = run(&opt);
	free(opt.album);
	return (int)out_close(status); /* a failed close is 2 */
}
