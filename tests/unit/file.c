/* Files: paths that stay below, never over what is there. */
#include "lib/files/file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/files/nameless.h"
#include "scratch.h"
#include "table.h"

static void
safe_paths(void **state)
{
	static const char *const safe[] = { "a", "a/b", "a b", "...", "..a",
		".a/..b", "-" };
	static const char *const unsafe[] = { "", "/", "/a", "a/", "a//b", ".",
		"..", "a/..", "../a", "a/../b", "a/./b", "./a" };
	char name[300];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(safe); i++)
		assert_true(file_path_is_safe(safe[i]));
	for (i = 0; i < COUNT(unsafe); i++)
		assert_false(file_path_is_safe(unsafe[i]));
	memset(name, 'x', sizeof(name));
	name[256] = '\0';
	assert_false(file_path_is_safe(name));
	name[255] = '\0';
	assert_true(file_path_is_safe(name));
}

static void
refused(const char *path, int want)
{
	errno = 0;
	assert_int_equal(file_open_below(dir, path, O_RDONLY, 0), -1);
	assert_int_equal(errno, want);
}

static void
open_below(void **state)
{
	int fd;

	(void)state;
	assert_int_equal(mkdirat(dir, "sub", 0700), 0);
	scratch_put("sub/file", "x");
	assert_int_equal(symlinkat("sub", dir, "link"), 0);
	assert_int_equal(symlinkat("/etc/passwd", dir, "sub/out"), 0);
	fd = file_open_below(dir, "sub/file", O_RDONLY, 0);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	close(fd);
	refused("link/file", ENOTDIR);
	refused("sub/out", ELOOP);
	refused("sub/../sub/file", EINVAL);
	refused("/etc/passwd", EINVAL);
	refused("sub/gone", ENOENT);
	refused("gone/file", ENOENT);
	refused("sub/file/x", ENOTDIR);
}

static void
rename_new(void **state)
{
	(void)state;
	scratch_put("from", "a");
	scratch_put("to", "b");
	errno = 0;
	assert_int_equal(file_rename_new(dir, "from", dir, "to"), -1);
	assert_int_equal(errno, EEXIST);
	scratch_holds("to", "b");
	assert_int_equal(file_rename_new(dir, "from", dir, "free"), 0);
	scratch_holds("free", "a");
	assert_int_equal(file_rename_new(dir, "from", dir, "other"), -1);
	assert_int_equal(errno, ENOENT);
}

static void
load_bound(void **state)
{
	struct buf b;

	(void)state;
	scratch_put("five", "12345");
	buf_init(&b, 4);
	assert_int_equal(file_load(dir, "five", &b), -1);
	assert_int_equal(errno, EFBIG);
	buf_release(&b);
	buf_init(&b, 5);
	assert_int_equal(file_load(dir, "five", &b), 0);
	assert_int_equal(b.len, 5);
	buf_release(&b);
	assert_int_equal(file_load(dir, ".", &b), -1);
	assert_int_equal(errno, EISDIR);
	buf_release(&b);
}

static void
make_dir(void **state)
{
	int fd;

	(void)state;
	fd = file_make_dir(dir, "made");
	assert_true(fd >= 0);
	close(fd);
	fd = file_make_dir(dir, "made");
	assert_true(fd >= 0);
	close(fd);
	scratch_put("plain", "");
	assert_int_equal(file_make_dir(dir, "plain"), -1);
	assert_int_equal(mkdirat(dir, "elsewhere", 0700), 0);
	assert_int_equal(symlinkat("elsewhere", dir, "dirlink"), 0);
	assert_int_equal(file_make_dir(dir, "dirlink"), -1);
}

static void
copy(void **state)
{
	int in, out;

	(void)state;
	scratch_put("source", "some bytes");
	in = openat(dir, "source", O_RDONLY | O_CLOEXEC);
	out = openat(dir, "copied", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_int_equal(file_copy(in, out, NULL), 10);
	close(in);
	close(out);
	scratch_holds("copied", "some bytes");
	/* what says that it is empty, and is not */
	in = open("/proc/self/status", O_RDONLY | O_CLOEXEC);
	out = openat(dir, "proc", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(file_copy(in, out, NULL) > 100);
	close(in);
	close(out);
}

static void
read_full(void **state)
{
	char block[8];
	int end[2];

	(void)state;
	assert_int_equal(pipe2(end, O_CLOEXEC), 0);
	assert_int_equal(file_write_all(end[1], "abc", 3), 0);
	assert_int_equal(file_write_all(end[1], "defghij", 7), 0);
	close(end[1]);
	assert_int_equal(file_read_full(end[0], block, 8), 8);
	assert_memory_equal(block, "abcdefgh", 8);
	assert_int_equal(file_read_full(end[0], block, 8), 2);
	assert_int_equal(file_read_full(end[0], block, 8), 0);
	close(end[0]);
	assert_int_equal(file_read_full(end[0], block, 8), -1);
	assert_int_equal(errno, EBADF);
}

static void
read_at(void **state)
{
	char block[8];
	int fd = nameless_make(dir);

	(void)state;
	assert_int_equal(file_write_all(fd, "abcdefghij", 10), 0);
	assert_int_equal(file_read_at(fd, block, 8, 1), 8);
	assert_memory_equal(block, "bcdefghi", 8);
	assert_int_equal(file_read_at(fd, block, 8, 8), 2);
	assert_memory_equal(block, "ij", 2);
	assert_int_equal(file_read_at(fd, block, 8, 10), 0);
	assert_int_equal(file_read_at(fd, block, 8, -1), -1);
	assert_int_equal(errno, EINVAL);
	close(fd);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(safe_paths),
		cmocka_unit_test(open_below),
		cmocka_unit_test(rename_new),
		cmocka_unit_test(load_bound),
		cmocka_unit_test(make_dir),
		cmocka_unit_test(copy),
		cmocka_unit_test(read_full),
		cmocka_unit_test(read_at),
	};

	return cmocka_run_group_tests(tests, scratch_begin, scratch_end);
}
