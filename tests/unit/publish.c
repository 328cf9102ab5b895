/* Publishing: whole or not at all, and what a killed one leaves goes. */
#include "lib/files/publish.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/files/file.h"
#include "lib/mem.h"
#include "scratch.h"
#include "table.h"

static int
entries(void)
{
	int fd = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = fdopendir(fd);
	int n = 0;

	assert_non_null(d);
	while (readdir(d) != NULL)
		n++;
	closedir(d);
	return n - 2;
}

static void
bytes(void **state)
{
	struct stat st;

	(void)state;
	assert_int_equal(publish_bytes(dir, "new", "one", 3, 0640), 0);
	scratch_holds("new", "one");
	assert_int_equal(fstatat(dir, "new", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0640);
	assert_int_equal(publish_bytes(dir, "new", "two!", 4, 0600), 0);
	scratch_holds("new", "two!");
	assert_int_equal(fstatat(dir, "new", &st, 0), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(entries(), 1);
	/* a folder can't be replaced, and nothing is left of the attempt */
	assert_int_equal(mkdirat(dir, "full", 0700), 0);
	scratch_put("full/x", "");
	assert_int_equal(publish_bytes(dir, "full", "x", 1, 0600), -1);
	assert_int_equal(entries(), 2);
}

static void
not_before_the_end(void **state)
{
	struct publish p;

	(void)state;
	scratch_put("a", "old");
	assert_int_equal(publish_begin(&p, dir, "a", 0600), 0);
	assert_true(fputs("new", p.out) >= 0);
	publish_abandon(&p);
	scratch_holds("a", "old");
	assert_int_equal(entries(), 1);
	assert_int_equal(publish_begin(&p, dir, "a", 0600), 0);
	assert_true(fputs("new", p.out) >= 0);
	scratch_holds("a", "old");
	assert_int_equal(publish_commit(&p), 0);
	scratch_holds("a", "new");
	assert_int_equal(entries(), 1);
}

static void
leftovers(void **state)
{
	(void)state;
	scratch_put("a.gp-new", "much of a killed one");
	assert_int_equal(publish_bytes(dir, "a", "b", 1, 0600), 0);
	scratch_holds("a", "b");
	assert_int_equal(entries(), 1);
	/* neither through a link nor into what is no file */
	scratch_put("victim", "v");
	assert_int_equal(symlinkat("victim", dir, "a.gp-new"), 0);
	assert_int_equal(publish_bytes(dir, "a", "c", 1, 0600), -1);
	scratch_holds("victim", "v");
	scratch_holds("a", "b");
	assert_int_equal(mkfifoat(dir, "f.gp-new", 0600), 0);
	assert_int_equal(publish_bytes(dir, "f", "c", 1, 0600), -1);
	assert_int_equal(errno, EEXIST);
}

static void
swept(void **state)
{
	struct publish p, q;
	char *path = mem_printf("%s/held.db", folder);

	(void)state;
	scratch_put("a", "");
	scratch_put(".gp-new", "");
	scratch_put("a.gp-new.x", "");
	scratch_put("dead.gp-new", "");
	scratch_put("old.db.gp-new", "");
	scratch_put("old.db.gp-new.db", "");
	scratch_put("old.db.gp-new.db-wal", "");
	assert_int_equal(publish_begin(&p, dir, "held", 0600), 0);
	assert_int_equal(publish_begin_aside(&q, path), 0);
	scratch_put("held.db.gp-new.db", "x");
	assert_int_equal(entries(), 10);
	publish_sweep(dir);
	assert_int_equal(entries(), 6);
	assert_int_equal(publish_commit(&p), 0);
	assert_int_equal(publish_commit(&q), 0);
	scratch_holds("held", "");
	scratch_holds("held.db", "x");
	assert_int_equal(entries(), 5);
	free(path);
}

static void
aside(void **state)
{
	char *path = mem_printf("%s/x.db", folder);
	struct publish p;

	(void)state;
	scratch_put("x.db.gp-new", "");
	scratch_put("x.db.gp-new.db", "half");
	scratch_put("x.db.gp-new.db-journal", "half");
	assert_int_equal(publish_begin_aside(&p, path), 0);
	assert_int_equal(access(p.aside, F_OK), -1);
	assert_int_equal(entries(), 1);
	/* that nothing was made is no success */
	assert_int_equal(publish_commit(&p), -1);
	assert_int_equal(errno, ENOENT);
	assert_int_equal(entries(), 0);
	assert_int_equal(publish_begin_aside(&p, path), 0);
	scratch_put("x.db.gp-new.db", "whole");
	assert_int_equal(publish_commit(&p), 0);
	scratch_holds("x.db", "whole");
	assert_int_equal(publish_begin_aside(&p, path), 0);
	scratch_put("x.db.gp-new.db", "half");
	scratch_put("x.db.gp-new.db-wal", "half");
	publish_abandon(&p);
	scratch_holds("x.db", "whole");
	assert_int_equal(entries(), 1);
	free(path);
}

/* Publishes, again and again, a line of C alone. */
static void
writer(char c)
{
	struct publish p;
	int i, k;

	for (i = 0; i < 200; i++) {
		if (publish_begin(&p, dir, "shared", 0600) < 0)
			_exit(1);
		for (k = 0; k < 50; k++)
			fputc(c, p.out);
		if (publish_commit(&p) < 0)
			_exit(2);
		publish_sweep(dir);
	}
	_exit(0);
}

static void
many_at_once(void **state)
{
	struct buf b;
	int i, status;

	(void)state;
	for (i = 0; i < 4; i++) {
		if (fork() == 0)
			writer((char)('a' + i));
	}
	for (i = 0; i < 4; i++) {
		assert_true(wait(&status) > 0);
		assert_int_equal(status, 0);
	}
	buf_init(&b, 1000);
	assert_int_equal(file_load(dir, "shared", &b), 0);
	assert_int_equal(b.len, 50);
	for (i = 1; i < 50; i++)
		assert_int_equal(b.data[i], b.data[0]);
	buf_release(&b);
	assert_int_equal(entries(), 1);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, scratch_begin, scratch_end)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(bytes),
		TEST(not_before_the_end),
		TEST(leftovers),
		TEST(swept),
		TEST(aside),
		TEST(many_at_once),
	};

	umask(022);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
