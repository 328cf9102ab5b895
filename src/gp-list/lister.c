#include "gp-list/lister.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gp-list/scratch.h"
#include "lib/archive/repo-index.h"
#include "lib/files/nameless.h"
#include "lib/http.h"
#include "lib/mem.h"
#include "lib/name.h"
#include "lib/program/msg.h"
#include "lib/record/json-member.h"

/* A file without a name in FOLDER, which is closed; -1 also where that is. */
static int
nameless_in(int folder)
{
	int fd;

	if (folder < 0)
		return -1;
	fd = nameless_make(folder);
	close(folder);
	return fd;
}

/* In the archive, which has room for more than this; else where temporary
 * files go. */
static int
open_spool_file(void *arg)
{
	const struct repo *a = lister_open_archive(arg);
	const char *dir;
	int folder, fd;

	folder = a != NULL ? repo_folder(a, "listings") : -1;
	fd = nameless_in(folder);
	if (fd >= 0)
		return fd;
	dir = getenv("TMPDIR");
	return nameless_in(open(dir != NULL && *dir != '\0' ? dir : "/tmp",
	    O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

void
lister_init(struct lister *l, const struct list_options *opt)
{
	memset(l, 0, sizeof(*l));
	l->opt = opt;
	l->status = STATUS_DONE;
	spool_init(&l->spool, open_spool_file, l);
}

void
lister_release(struct lister *l)
{
	spool_end(&l->spool);
	if (l->scratch)
		scratch_remove(&l->archive);
	if (l->has_archive)
		repo_close(&l->archive);
	if (l->api_ready)
		api_release(&l->api);
}

const struct repo *
lister_open_archive(struct lister *l)
{
	if (!l->has_archive)
		l->has_archive = repo_find(&l->archive, l->opt->cli.archive) ==
		    0;
	return l->has_archive ? &l->archive : NULL;
}

int
lister_need_archive(struct lister *l)
{
	if (!l->has_archive) {
		if (repo_open(&l->archive, l->opt->cli.archive) < 0)
			return -1;
		l->has_archive = true;
	}
	return repo_check(&l->archive);
}

const struct repo *
lister_make_scratch(struct lister *l)
{
	if (lister_open_archive(l) == NULL) {
		if (scratch_make(&l->archive) < 0)
			return NULL;
		l->has_archive = l->scratch = true;
	}
	return &l->archive;
}

struct api *
lister_open_api(struct lister *l)
{
	if (!l->api_ready) {
		http_init();
		if (api_init(&l->api, l->opt->account) < 0) {
			status_raise(&l->status, STATUS_STOPPED);
			return NULL;
		}
		l->api_ready = true;
	}
	return &l->api;
}

bool
lister_full(const struct lister *l)
{
	return l->opt->limit > 0 &&
	    counts_get(&l->counts, "listed") >= l->opt->limit;
}

bool
lister_emit(struct lister *l, const struct record *rec)
{
	l->found++;
	counts_add(&l->counts, "listed", 1);
	if (record_failed(rec)) {
		counts_add(&l->counts, "failed", 1);
		status_raise(&l->status, STATUS_SOME);
	}
	spool_add(&l->spool, rec->line.data, rec->line.len);
	return !lister_full(l);
}

void
lister_leave(struct lister *l, const char *name, const char *why)
{
	l->found++;
	l->left++;
	counts_add(&l->counts, "left", 1);
	msg(name, "%s; left for the next run", why);
}

int
lister_stop(struct lister *l, enum api_result result)
{
	msg(l->what, "%s", l->api.message);
	status_raise(&l->status, api_status(result));
	return -1;
}

void
lister_set_album(struct record *rec, const char *id, const char *title)
{
	struct buf json;
	char *nfc = NULL;

	if (title == NULL)
		return;
	if (id == NULL)
		id = nfc = name_nfc(title);
	buf_init(&json, RECORD_MAX);
	buf_addc(&json, '{');
	json_add_text(&json, "id", id);
	json_add_text(&json, "title", title);
	buf_addc(&json, '}');
	record_set_raw(rec, "album", json.data, json.len);
	buf_release(&json);
	free(nfc);
}

void
lister_set_metadata(struct record *rec, const char *json, size_t n)
{
	if (record_failed(rec))
		return;
	if (rec->line.len + n <= RECORD_MAX - RECORD_ROOM)
		record_set_raw(rec, "metadata", json, n);
	else
		msg(record_display_name(rec),
		    "its metadata is too long for a record (%zu KiB); left out",
		    n / 1024);
}
