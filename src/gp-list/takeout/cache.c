#include "gp-list/takeout/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/json.h"
#include "lib/mem.h"
#include "lib/msg.h"

#define CACHE_LINE_MAX ((size_t)1024 * 1024)

/* The folder of the cache; -1 with the reason said. */
static int
open_folder(struct takeout *t)
{
	const struct repo *a = lister_archive(t->l);

	return a != NULL ? repo_folder(a, "listings") : -1;
}

static int
complain(const char *name)
{
	msg(NULL, ".gp/listings/%s: %s", name, strerror(errno));
	return -1;
}

static void
load_lines(struct takeout *t, FILE *f,
    void (*take)(struct takeout *t, const void *arg, struct json_object *line),
    const void *arg)
{
	struct json_object *tree;
	char *line = NULL;
	size_t cap = 0;
	ssize_t n;

	for (;;) {
		n = getline(&line, &cap, f);
		if (n <= 0)
			break;
		tree = json_parse(line, (size_t)n);
		take(t, arg, tree);
		json_object_put(tree);
	}
	free(line);
}

int
cache_load(struct takeout *t, const char *name,
    void (*take)(struct takeout *t, const void *arg, struct json_object *line),
    const void *arg)
{
	int folder = open_folder(t), fd;
	FILE *f;

	if (folder < 0)
		return -1;
	fd = openat(folder, name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
	close(folder);
	if (fd < 0)
		return errno == ENOENT ? 0 : complain(name);
	f = fdopen(fd, "r");
	if (f == NULL) {
		close(fd);
		return complain(name);
	}
	load_lines(t, f, take, arg);
	fclose(f);
	return t->db.failed ? -1 : 0;
}

/* Writes the lines to OUT; 0 or -1. */
static int
save_lines(struct takeout *t, FILE *out, enum takeout_sql which,
    void (*line)(struct buf *b, const void *arg, sqlite3_stmt *row),
    const void *arg)
{
	sqlite3_stmt *s = takeout_sql(&t->db, which);
	struct buf b;
	int result = 0;

	buf_init(&b, CACHE_LINE_MAX);
	while (result == 0 && takeout_row(&t->db, s)) {
		buf_clear(&b);
		line(&b, arg, s);
		if (b.len == 0 || b.overflowed)
			continue;
		buf_addc(&b, '\n');
		if (fwrite(b.data, 1, b.len, out) != b.len)
			result = -1;
	}
	buf_release(&b);
	return t->db.failed ? -1 : result;
}

int
cache_save(struct takeout *t, const char *name, enum takeout_sql which,
    void (*line)(struct buf *b, const void *arg, sqlite3_stmt *row),
    const void *arg)
{
	int folder = open_folder(t), fd, result = -1;
	char *temporary;
	FILE *out = NULL;

	if (folder < 0)
		return -1;
	temporary = mem_printf("%s.%ld.tmp", name, (long)getpid());
	fd = openat(folder, temporary,
	    O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
	if (fd >= 0) {
		out = fdopen(fd, "w");
		if (out == NULL)
			close(fd);
	}
	if (out != NULL) {
		result = save_lines(t, out, which, line, arg);
		if (fflush(out) != 0 || fsync(fd) < 0)
			result = -1;
		if (fclose(out) != 0)
			result = -1;
	}
	if (result == 0)
		result = renameat(folder, temporary, folder, name);
	if (result == 0)
		result = file_sync_dir(folder);
	if (result < 0) {
		complain(name);
		unlinkat(folder, temporary, 0);
	}
	free(temporary);
	close(folder);
	return result;
}

void
cache_add(struct buf *b, const char *before, const char *value)
{
	buf_adds(b, before);
	buf_add_json(b, value, strlen(value));
}
