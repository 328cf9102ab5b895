#include "lib/archive/repo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/files/file.h"
#include "lib/files/publish.h"
#include "lib/mem.h"
#include "lib/program/msg.h"
#include "lib/program/suite.h"

#define ID_FILE "archive" /* below .gp */

/* The path as the person gave it; the caller frees. NULL where nobody gave one,
 * and there is no home. */
static char *
path_given(const char *dir)
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

/* The same; says where there is none. */
static char *
chosen_path(const char *dir)
{
	char *path = path_given(dir);

	if (path == NULL)
		msg(NULL, "no archive: give -C DIR or set GP_ARCHIVE");
	return path;
}

/* Takes the id from .gp/archive. 0 (also where it has none), or -1 with errno:
 * EINVAL where that is none. */
static int
read_id(struct repo *a)
{
	struct buf text;
	int result = 0;

	buf_init(&text, 4096);
	if (file_load(a->gp, ID_FILE, &text) < 0)
		result = errno == ENOENT ? 0 : -1;
	else if (text.len != REPO_ID_SIZE || text.data[text.len - 1] != '\n' ||
	    strspn(text.data, "0123456789abcdef-") != REPO_ID_SIZE - 1) {
		errno = EINVAL;
		result = -1;
	} else {
		memcpy(a->id, text.data, REPO_ID_SIZE - 1);
	}
	buf_release(&text);
	return result;
}

/* Opens what PATH names. 0, or -1 with errno. */
static int
open_folder(struct repo *a, const char *path)
{
	a->path = realpath(path, NULL);
	if (a->path == NULL)
		return -1;
	a->fd = open(a->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (a->fd < 0)
		return -1;
	a->gp = openat(a->fd, ".gp",
	    O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (a->gp < 0)
		return errno == ENOENT ? 0 : -1;
	return read_id(a);
}

static void
clear(struct repo *a)
{
	a->path = NULL;
	a->fd = a->gp = -1;
	memset(a->id, 0, sizeof(a->id));
}

static int
refuse(const char *path)
{
	msg(NULL, "no archive at %s; is the disk mounted? `%s` makes one", path,
	    suite.init);
	return -1;
}

int
repo_refuse(const struct repo *a)
{
	return refuse(a->path);
}

/* Why PATH could not be opened, by errno; -1. */
static int
complain(const char *path)
{
	if (errno == ENOENT)
		return refuse(path);
	if (errno == EINVAL)
		msg(path,
		    ".gp/" ID_FILE " holds no id of an archive; move it away, "
		    "and %s takes the id from its index",
		    suite.index);
	else
		msg(path, "cannot open the archive: %s", strerror(errno));
	return -1;
}

int
repo_open(struct repo *a, const char *dir)
{
	char *path;
	int result;

	clear(a);
	path = chosen_path(dir);
	if (path == NULL)
		return -1;
	result = open_folder(a, path);
	if (result < 0) {
		complain(path);
		repo_close(a);
	}
	free(path);
	return result;
}

int
repo_find(struct repo *a, const char *dir)
{
	char *path;
	int result;

	clear(a);
	path = path_given(dir);
	if (path == NULL)
		return -1;
	result = open_folder(a, path);
	free(path);
	if (result < 0 || a->gp < 0) {
		repo_close(a);
		return -1;
	}
	return 0;
}

int
repo_make_folder(const char *dir)
{
	char *path;
	int result;

	path = chosen_path(dir);
	if (path == NULL)
		return -1;
	result = mkdir(path, 0777);
	if (result < 0 && errno != EEXIST)
		msg(path, "cannot make the archive: %s", strerror(errno));
	else
		result = result == 0 ? 1 : 0;
	free(path);
	return result;
}

int
repo_make_gp(struct repo *a)
{
	if (a->gp >= 0)
		return 0;
	a->gp = file_make_dir(a->fd, ".gp");
	if (a->gp < 0)
		msg(a->path, "cannot make .gp: %s", strerror(errno));
	return a->gp < 0 ? -1 : 0;
}

/* A random UUID (RFC 9562, 5.4). 0, or -1 with the reason said. */
static int
new_id(char id[static REPO_ID_SIZE])
{
	uint8_t u[16];
	size_t i, at = 0;

	if (getrandom(u, sizeof(u), 0) != (ssize_t)sizeof(u)) {
		msg(NULL, "no random numbers: %s", strerror(errno));
		return -1;
	}
	u[6] = (uint8_t)((u[6] & 0x0f) | 0x40);
	u[8] = (uint8_t)((u[8] & 0x3f) | 0x80);
	for (i = 0; i < sizeof(u); i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			id[at++] = '-';
		snprintf(id + at, 3, "%02x", u[i]);
		at += 2;
	}
	return 0;
}

int
repo_name(struct repo *a, const char *id)
{
	char line[REPO_ID_SIZE + 1];

	if (id != NULL)
		snprintf(a->id, sizeof(a->id), "%s", id);
	else if (new_id(a->id) < 0)
		return -1;
	snprintf(line, sizeof(line), "%s\n", a->id);
	if (publish_bytes(a->gp, ID_FILE, line, REPO_ID_SIZE, 0644) < 0) {
		msg(a->path, "cannot write .gp/" ID_FILE ": %s",
		    strerror(errno));
		return -1;
	}
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
	clear(a);
}

int
repo_folder(const struct repo *a, const char *name)
{
	int fd;

	if (a->gp < 0)
		return repo_refuse(a);
	fd = file_make_dir(a->gp, name);
	if (fd < 0)
		msg(a->path, "cannot open .gp/%s: %s", name, strerror(errno));
	return fd;
}
