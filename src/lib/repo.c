#include "lib/repo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/file.h"
#include "lib/json-member.h"
#include "lib/mem.h"
#include "lib/msg.h"

/* The path as the person gave it; the caller frees. NULL without $HOME. */
static char *
chosen_path(const char *dir)
{
	const char *home;

	if (dir == NULL || *dir == '\0')
		dir = getenv("GP_ARCHIVE");
	if (dir != NULL && *dir != '\0')
		return mem_strdup(dir);
	home = getenv("HOME");
	if (home == NULL || *home == '\0')
		return NULL;
	return mem_printf("%s/gp-archive", home);
}

int
repo_open(struct repo *a, const char *dir)
{
	char *path;

	a->path = NULL;
	a->fd = a->gp = -1;
	path = chosen_path(dir);
	if (path == NULL) {
		msg(NULL, "no archive: give -C DIR or set GP_ARCHIVE");
		return -1;
	}
	if (mkdir(path, 0777) < 0 && errno != EEXIST) {
		msg(path, "cannot make the archive: %s", strerror(errno));
		free(path);
		return -1;
	}
	a->path = realpath(path, NULL);
	if (a->path != NULL)
		a->fd = open(a->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (a->fd >= 0)
		a->gp = file_make_dir(a->fd, ".gp");
	if (a->gp < 0) {
		msg(path, "cannot open the archive: %s", strerror(errno));
		repo_close(a);
		free(path);
		return -1;
	}
	free(path);
	return 0;
}

void
repo_close(struct repo *a)
{
	if (a->gp >= 0)
		close(a->gp);
	if (a->fd >= 0)
		close(a->fd);
	free(a->path);
	a->path = NULL;
	a->fd = a->gp = -1;
}

int
repo_folder(const struct repo *a, const char *name)
{
	int fd;

	fd = file_make_dir(a->gp, name);
	if (fd < 0)
		msg(a->path, "cannot open .gp/%s: %s", name, strerror(errno));
	return fd;
}

/* The folder of this run; -1 with the reason said. */
static int
run_folder(const struct repo *a, const char *run)
{
	int runs, fd;

	if (strchr(run, '/') != NULL || !file_path_is_safe(run)) {
		msg(NULL, "GP_RUN is no plain name: %s", run);
		return -1;
	}
	runs = repo_folder(a, "runs");
	if (runs < 0)
		return -1;
	fd = file_make_dir(runs, run);
	if (fd < 0)
		msg(a->path, "cannot open .gp/runs/%s: %s", run,
		    strerror(errno));
	close(runs);
	return fd;
}

static int
append_line(int dir, const struct buf *line)
{
	int fd, failed;

	fd = openat(dir, "counts.ndjson",
	    O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0666);
	if (fd < 0)
		return -1;
	failed = file_write_all(fd, line->data, line->len) < 0;
	return close(fd) < 0 || failed ? -1 : 0;
}

int
repo_count(const struct repo *a, const char *stage, const struct counts *c)
{
	const char *run = getenv("GP_RUN");
	struct buf line;
	int dir, i, result;

	if (run == NULL || *run == '\0')
		return 0;
	dir = run_folder(a, run);
	if (dir < 0)
		return -1;
	buf_init(&line, 4096);
	buf_addc(&line, '{');
	json_add_text(&line, "stage", stage);
	for (i = 0; i < c->n; i++)
		json_add_int(&line, c->name[i], c->value[i]);
	buf_adds(&line, "}\n");
	result = append_line(dir, &line);
	if (result < 0)
		msg(a->path, "cannot write the counts of this run: %s",
		    strerror(errno));
	buf_release(&line);
	close(dir);
	return result;
}
