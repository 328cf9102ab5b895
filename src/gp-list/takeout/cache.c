#include "gp-list/takeout/cache.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/files/file.h"
#include "lib/files/publish.h"
#include "lib/mem.h"
#include "lib/program/msg.h"
#include "lib/record/json.h"

#define CACHE_LINE_MAX ((size_t)1024 * 1024)

/* The folder of the cache; -1 with the reason said. */
static int
open_folder(struct takeout *t)
{
	const struct repo *a = lister_open_archive(t->l);

	return a != NULL ? repo_folder(a, "listings") : -1;
}

static int
complain(const char *name)
{
	msg(NULL, ".gp/listings/%s: %s", name, file_reason(errno));
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
	fd = file_open(folder, name, O_NOFOLLOW);
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
save_lines(struct takeout *t, FILE *out, enum takeout_statement which,
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
cache_save(struct takeout *t, const char *name, enum takeout_statement which,
    void (*line)(struct buf *b, const void *arg, sqlite3_stmt *row),
    const void *arg)
{
	int folder = open_folder(t), result;
	struct publish p;

	if (folder < 0)
		return -1;
	result = publish_begin(&p, folder, name, 0600);
	if (result == 0) {
		result = save_lines(t, p.out, which, line, arg);
		if (result == 0)
			result = publish_commit(&p);
		else
			publish_abandon(&p);
	}
	if (result < 0)
		complain(name);
	close(folder);
	return result;
}
