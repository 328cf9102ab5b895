/*
 * Small pictures for the page, by vipsthumbnail. It takes "[...]" in a name
 * for options and writes by base names, so it is shown links with plain
 * numbers instead of the photos themselves. A picture that it can't make is
 * no loss: the page shows the photo itself.
 */
#include "gp-pack/bag/thumbs.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gp-pack/bag/tree.h"
#include "gp-pack/child.h"
#include "gp-pack/media-type.h"
#include "lib/mem.h"
#include "lib/program/msg.h"
#include "lib/program/program.h"
#include "lib/program/progress.h"

#define THUMBS_BATCH 32 /* photos a process */
#define WORKERS_MAX 8

/* One process and the arguments that it was given. */
struct thumb_worker {
	struct child child;
	char *name[THUMBS_BATCH];
	const char *argv[THUMBS_BATCH + 8];
	int names;
	bool busy;
};

struct thumbs {
	struct bag *bag;
	char *folder; /* of the links */
	char *output; /* where to, as vipsthumbnail wants it said */
	struct thumb_worker worker[WORKERS_MAX];
	int workers, next;
	struct progress progress;
};

/* Waits for W, if it has work; what it could not do is told by what is not
 * there. */
static void
finish(struct thumbs *t, struct thumb_worker *w)
{
	int i;

	if (!w->busy)
		return;
	(void)child_wait(&w->child, NULL, true);
	progress_add(&t->progress, w->names, 0);
	for (i = 0; i < w->names; i++) {
		unlink(w->name[i]);
		free(w->name[i]);
	}
	w->names = 0;
	w->busy = false;
}

/* Sends off the worker that collects, if it has anything to do. */
static int
send_off(struct thumbs *t)
{
	struct thumb_worker *w = &t->worker[t->next];
	int i, n = 0;

	if (w->names == 0)
		return 0;
	w->argv[n++] = "vipsthumbnail";
	w->argv[n++] = "--size=320x320>";
	w->argv[n++] = "-o";
	w->argv[n++] = t->output;
	for (i = 0; i < w->names; i++)
		w->argv[n++] = w->name[i];
	w->argv[n] = NULL;
	w->child = (struct child){ .argv = w->argv, .out = -1 };
	if (child_start(&w->child) < 0)
		return -1;
	w->busy = true;
	t->next = (t->next + 1) % t->workers;
	finish(t, &t->worker[t->next]);
	return 0;
}

/* The photo PATH of the bag shall be picture N. */
static int
add(struct thumbs *t, const char *path, int64_t n)
{
	struct thumb_worker *w = &t->worker[t->next];
	char *target = mem_printf("%s/%s", t->bag->path, path);
	char *name = mem_printf("%s/%06lld", t->folder, (long long)n);
	int result;

	result = symlink(target, name);
	free(target);
	if (result < 0) {
		msg(name, "%s", strerror(errno));
		free(name);
		return -1;
	}
	w->name[w->names++] = name;
	return w->names == THUMBS_BATCH ? send_off(t) : 0;
}

static int
add_all(struct thumbs *t)
{
	struct bag *bag = t->bag;
	struct record_store *s = bag->records;
	sqlite3_stmt *q;
	const char *path;
	int result;

	q = record_store_range(s,
	    "SELECT seq, p.path, size FROM ordered o JOIN placed p "
	    "USING (seq) WHERE seq >= ?1 AND seq < ?2 ORDER BY seq",
	    bag->first, bag->end);
	for (;;) {
		result = record_store_step(s, q);
		if (result <= 0)
			break;
		path = (const char *)sqlite3_column_text(q, 1);
		if (media_type_of(NULL, path) != MEDIA_IMAGE ||
		    !media_wants_thumb(path, sqlite3_column_int64(q, 2)))
			continue;
		result = add(t, path,
		    sqlite3_column_int64(q, 0) - bag->first + 1);
		if (result < 0)
			break;
	}
	sqlite3_finalize(q);
	return result < 0 ? -1 : send_off(t);
}

static void
stop(struct thumbs *t)
{
	int i;

	for (i = 0; i < t->workers; i++)
		finish(t, &t->worker[i]);
}

static int
make(struct thumbs *t)
{
	cpu_set_t set;
	int result;

	t->workers = 1;
	if (sched_getaffinity(0, sizeof(set), &set) == 0)
		t->workers = CPU_COUNT(&set);
	if (t->workers > WORKERS_MAX)
		t->workers = WORKERS_MAX;
	progress_start(&t->progress, "photos made small",
	    isatty(STDERR_FILENO) || msg_level > 0);
	result = add_all(t);
	stop(t);
	progress_end(&t->progress);
	return result;
}

int
bag_write_thumbs(struct bag *bag)
{
	struct thumbs t = { .bag = bag };
	int result = -1;

	if (!program_exists("vipsthumbnail")) {
		msg(bag->label,
		    "vipsthumbnail is not installed: its page "
		    "shows the photos themselves, which is slower");
		return 0;
	}
	t.folder = mem_printf("%s/.gp/packing/" THUMBS_SCRATCH "XXXXXX",
	    bag->archive->path);
	t.output = mem_printf("%s/thumbs/%%s.jpg[Q=72,strip]", bag->path);
	if (mkdtemp(t.folder) == NULL || mkdirat(bag->fd, "thumbs", 0777) < 0)
		msg(bag->label, "cannot make thumbnails: %s", strerror(errno));
	else
		result = make(&t);
	if (tree_discard(t.folder) < 0)
		result = -1;
	free(t.output);
	free(t.folder);
	return result;
}
