#include "gp-list/google/qr.h"

#include <errno.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/mem.h"

void
qr_show(const char *text)
{
	char name[] = "qrencode", type[] = "-t", ansi[] = "ANSIUTF8";
	char plain[] = "UTF8", end[] = "--";
	char *copy = mem_strdup(text);
	char *argv[] = { name, type, isatty(STDERR_FILENO) ? ansi : plain, end,
		copy, NULL };
	posix_spawn_file_actions_t files;
	int state;
	pid_t pid;

	/* standard output is for records */
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
	if (posix_spawnp(&pid, name, &files, NULL, argv, environ) == 0) {
		while (waitpid(pid, &state, 0) < 0 && errno == EINTR)
			;
	}
	posix_spawn_file_actions_destroy(&files);
	free(copy);
}
