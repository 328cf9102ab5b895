/* The progress meter: silent, in a log, on a terminal. */
#include "lib/program/progress.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "lib/program/msg.h"
#include "table.h"

static char said[4096];

/* Runs a meter whose stderr is FD; what it said goes to SAID. */
static void
meter(int fd, int reader, bool on, int64_t total)
{
	int saved = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 3);
	struct progress p;
	size_t len = 0;
	ssize_t n;

	assert_true(saved >= 0 && dup2(fd, STDERR_FILENO) >= 0);
	progress_start(&p, "files", on);
	p.total_items = total;
	progress_add(&p, 3, 2000000);
	p.started -= 9000; /* as if it had begun 9 s ago */
	p.last -= 10000;
	progress_add(&p, 0, 0);
	progress_end(&p);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	close(saved);
	memset(said, 0, sizeof(said));
	if (reader == fd)
		assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	/* a terminal hands over what was written in pieces, when it likes */
	while ((n = read(reader, said + len, sizeof(said) - 1 - len)) > 0) {
		len += (size_t)n;
		if (reader != fd && said[len - 1] == '\n')
			break;
	}
	assert_true(n >= 0);
}

/* What was said but the rate, which depends on the moment. */
static void
demand_said(const char *before, const char *behind)
{
	size_t n = strlen(said);

	assert_true(n > strlen(before) + strlen(behind));
	assert_memory_equal(said, before, strlen(before));
	assert_string_equal(said + n - strlen(behind), behind);
	assert_ptr_equal(strchr(said, '\n'), said + n - 1);
}

static void
in_a_log(void **state)
{
	int fd = memfd_create("log", MFD_CLOEXEC);

	const char *rest;
	char end = '\0';
	int left = 0;

	(void)state;
	meter(fd, fd, true, 4);
	/* no minute has passed: the last state alone is said */
	demand_said("gp-unit: 3/4 files, 2.0 MB, ", " s left\n");
	rest = strstr(said, " kB/s, 75 %, ");
	assert_non_null(rest);
	assert_int_equal(sscanf(rest, " kB/s, 75 %%, %d s left%c", &left, &end),
	    2);
	/* a third of the time that it took: 9 s, and what this machine needed
	 */
	assert_true(left >= 3 && left < 600 && end == '\n');
	close(fd);
}

static void
unknown_total(void **state)
{
	int fd = memfd_create("log", MFD_CLOEXEC);

	(void)state;
	meter(fd, fd, true, 0);
	demand_said("gp-unit: 3 files, 2.0 MB, ", " kB/s\n");
	close(fd);
}

static void
silent(void **state)
{
	int fd = memfd_create("log", MFD_CLOEXEC);

	(void)state;
	meter(fd, fd, false, 4);
	assert_string_equal(said, "");
	close(fd);
}

static void
on_a_terminal(void **state)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), slave;
	const char *second;

	(void)state;
	if (master < 0)
		skip(); /* a bare chroot has no /dev/pts */
	assert_int_equal(grantpt(master), 0);
	assert_int_equal(unlockpt(master), 0);
	slave = open(ptsname(master), O_RDWR | O_NOCTTY | O_CLOEXEC);
	assert_true(slave >= 0);
	meter(slave, master, true, 4);
	/* drawn twice over itself, and the line ended */
	second = strchr(said, '\r');
	assert_non_null(second);
	assert_memory_equal(said, "gp-unit: 3/4 files", 18);
	assert_memory_equal(second + 1, "gp-unit: 3/4 files", 18);
	assert_int_equal(said[strlen(said) - 1], '\n');
	close(slave);
	close(master);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_a_log),
		cmocka_unit_test(unknown_total),
		cmocka_unit_test(silent),
		cmocka_unit_test(on_a_terminal),
	};

	msg_init("gp-unit");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
