#include "gp-auth/store.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/buf.h"
#include "lib/files/file.h"
#include "lib/files/publish.h"
#include "lib/mem.h"
#include "lib/program/msg.h"

#define STORE_MAX ((size_t)64 * 1024)
#define ACCOUNT_MAX 64

static bool
alphanumeric(char c)
{
	return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
	    (c >= '0' && c <= '9');
}

bool
store_account_valid(const char *account)
{
	size_t i;

	for (i = 0; account[i] != '\0'; i++) {
		if (i == ACCOUNT_MAX)
			return false;
		if (!alphanumeric(account[i]) &&
		    (i == 0 || strchr("-_.@", account[i]) == NULL))
			return false;
	}
	return i > 0;
}

/* Makes PATH and the folders above it; 0, or -1 with errno. */
static int
make_folders(const char *path)
{
	char *part;
	size_t n;
	int result = 0;

	for (n = 1; result == 0; n++) {
		n += strcspn(path + n, "/");
		part = mem_strndup(path, n);
		if (mkdir(part, 0700) < 0 && errno != EEXIST)
			result = -1;
		free(part);
		if (path[n] == '\0')
			break;
	}
	return result;
}

/* gp's folder for settings; the caller frees. NULL with the reason said. */
static char *
folder_path(void)
{
	const char *base;

	base = getenv("XDG_CONFIG_HOME");
	if (base != NULL && base[0] == '/')
		return mem_printf("%s/gp", base);
	base = getenv("HOME");
	if (base != NULL && base[0] == '/')
		return mem_printf("%s/.config/gp", base);
	msg(NULL,
	    "neither HOME nor XDG_CONFIG_HOME is set: nowhere to keep "
	    "the sign-in");
	return NULL;
}

/* Whether the folder is ours alone to write; says why not. */
static bool
folder_safe(const struct store *s)
{
	struct stat st;

	if (fstat(s->dir, &st) < 0) {
		msg(s->folder, "%s", strerror(errno));
		return false;
	}
	if (st.st_uid != geteuid()) {
		msg(s->folder,
		    "refused: the folder belongs to another user "
		    "(uid %lu)",
		    (unsigned long)st.st_uid);
		return false;
	}
	if ((st.st_mode & 022) != 0) {
		msg(s->folder,
		    "refused: others may write to this folder; "
		    "run: chmod 700 '%s'",
		    s->folder);
		return false;
	}
	return true;
}

int
store_open(struct store *s, const char *account)
{
	memset(s, 0, sizeof(*s));
	s->account = account;
	s->dir = -1;
	s->lock = -1;
	s->folder = folder_path();
	if (s->folder == NULL)
		return -1;
	s->name = mem_printf("%s.token.json", account);
	s->path = mem_printf("%s/%s", s->folder, s->name);
	if (make_folders(s->folder) == 0)
		s->dir = open(s->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (s->dir < 0) {
		msg(s->folder, "%s", strerror(errno));
		return -1;
	}
	return folder_safe(s) ? 0 : -1;
}

void
store_close(struct store *s)
{
	if (s->lock >= 0)
		close(s->lock);
	if (s->dir >= 0)
		close(s->dir);
	free(s->folder);
	free(s->name);
	free(s->path);
	memset(s, 0, sizeof(*s));
	s->lock = -1;
	s->dir = -1;
}

int
store_lock(struct store *s)
{
	char *name;
	int result = -1;

	name = mem_printf("%s.lock", s->account);
	s->lock = openat(s->dir, name,
	    O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (s->lock < 0)
		msg(s->folder, "%s: %s", name, strerror(errno));
	else if (file_lock(s->lock, LOCK_EX) < 0)
		msg(s->folder, "cannot lock %s: %s", name,
		    file_lock_reason(errno));
	else
		result = 0;
	free(name);
	return result;
}

/* Whether FD is a file that we alone may read; says why not. */
static bool
file_safe(const struct store *s, int fd)
{
	struct stat st;

	if (fstat(fd, &st) < 0) {
		msg(s->path, "%s", strerror(errno));
	} else if (!S_ISREG(st.st_mode)) {
		msg(s->path, "refused: not a regular file");
	} else if (st.st_uid != geteuid()) {
		msg(s->path, "refused: it belongs to another user (uid %lu)",
		    (unsigned long)st.st_uid);
	} else if ((st.st_mode & 077) != 0) {
		msg(s->path,
		    "refused: others may read this sign-in (mode "
		    "%03o); run: chmod 600 '%s', and if somebody may "
		    "have read it, gp-auth revoke and gp-auth login",
		    (unsigned)(st.st_mode & 0777), s->path);
	} else {
		return true;
	}
	return false;
}

/* Reads and parses FD, whose file was found safe. */
static enum store_result
grant_read(struct store *s, int fd, struct grant *g)
{
	enum store_result result = STORE_REFUSED;
	struct buf text;
	char block[4096];
	ssize_t n;

	buf_init(&text, STORE_MAX);
	for (;;) {
		n = file_read_full(fd, block, sizeof(block));
		if (n <= 0)
			break;
		buf_add(&text, block, (size_t)n);
	}
	if (n < 0) {
		msg(s->path, "%s", strerror(errno));
	} else {
		result = STORE_FOUND;
	}
	if (result == STORE_FOUND &&
	    (text.overflowed || grant_parse(g, text.data, text.len) < 0)) {
		result = STORE_DAMAGED;
		msg(s->path, "damaged: this is no sign-in of ours");
	}
	explicit_bzero(block, sizeof(block));
	secret_release(&text);
	return result;
}

enum store_result
store_load(struct store *s, struct grant *g)
{
	enum store_result result = STORE_REFUSED;
	int fd;

	grant_release(g);
	fd = openat(s->dir, s->name,
	    O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return STORE_NONE;
	if (fd < 0) {
		msg(s->path, "refused: %s",
		    errno == ELOOP ? "it is a link" : strerror(errno));
		return STORE_REFUSED;
	}
	if (file_safe(s, fd))
		result = grant_read(s, fd, g);
	close(fd);
	if (result != STORE_FOUND)
		grant_release(g);
	return result;
}

enum status
store_require(struct store *s, struct grant *g)
{
	switch (store_load(s, g)) {
	case STORE_FOUND:
		return STATUS_DONE;
	case STORE_REFUSED:
		return STATUS_STOPPED;
	case STORE_NONE:
		msg(NULL,
		    "account %s is not signed in; run: gp-auth login "
		    "--account %s",
		    s->account, s->account);
		break;
	case STORE_DAMAGED:
		msg(NULL, "run: gp-auth login --account %s", s->account);
		break;
	}
	return STATUS_PERSON;
}

int
store_save(struct store *s, const struct grant *g)
{
	struct buf text;
	bool failed;

	publish_sweep(s->dir); /* what a killed run left holds secrets */
	buf_init(&text, STORE_MAX);
	buf_reserve(&text, STORE_MAX / 2); /* so that it stays in one place */
	failed = grant_print(&text, g) < 0;
	if (failed)
		errno = EMSGSIZE;
	else
		failed = publish_bytes(s->dir, s->name, text.data, text.len,
			     0600) < 0;
	if (failed)
		msg(s->path, "the sign-in can't be kept: %s", strerror(errno));
	secret_release(&text);
	return failed ? -1 : 0;
}

int
store_remove(struct store *s)
{
	publish_sweep(s->dir); /* what a killed run left holds secrets */
	if (unlinkat(s->dir, s->name, 0) < 0 || file_sync_dir(s->dir) < 0) {
		msg(s->path, "%s", strerror(errno));
		return -1;
	}
	return 0;
}
