#include "gp-list/takeout/catalog/catalog-prepare.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "gp-list/takeout/catalog/catalog.h"
#include "lib/program/msg.h"

#define AT_ONCE 2 /* parts; more would keep a disk from reading on */

/* Says nothing: the parent meets whatever it is, too. */
static void
be_quiet(void)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);

	if (null >= 0)
		dup2(null, STDERR_FILENO);
}

/* The process that makes the catalog of PATH for PARENT; -1 where there can be
 * none. */
static pid_t
begin(const struct repo *a, const char *path)
{
	const pid_t parent = getpid();
	pid_t child;

	msg_at(1, path, "reading it");
	child = fork();
	if (child != 0)
		return child;
	/* killed with the parent, which may have gone just now */
	if (prctl(PR_SET_PDEATHSIG, SIGKILL) == 0 && getppid() == parent) {
		be_quiet();
		catalog_cache(a, path);
	}
	_exit(0);
}

/* Waits until one of the N children CHILD is done; takes it out. */
static void
wait_for_one(pid_t *child, size_t n)
{
	pid_t done;
	size_t i;

	do
		done = waitpid(-1, NULL, 0);
	while (done < 0 && errno == EINTR);
	for (i = 0; i < n && child[i] != done; i++)
		;
	if (i < n)
		child[i] = child[n - 1];
}

void
catalog_prepare(const struct repo *a, const struct takeout_export *x)
{
	pid_t child[AT_ONCE];
	size_t n = 0, i;

	if (x->parts < 2)
		return;
	for (i = 0; i < x->parts; i++) {
		if (x->part[i].arriving ||
		    catalog_is_cached(a, x->part[i].path))
			continue;
		if (n == AT_ONCE)
			wait_for_one(child, n--);
		child[n] = begin(a, x->part[i].path);
		n += child[n] > 0;
	}
	while (n > 0)
		wait_for_one(child, n--);
}
