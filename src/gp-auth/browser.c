#include "gp-auth/browser.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/mem.h"
#include "lib/program/msg.h"
#include "lib/program/program.h"

extern char **environ;

static bool
set(const char *name)
{
	const char *value = getenv(name);

	return value != NULL && value[0] != '\0';
}

bool
browser_here(void)
{
	return (set("DISPLAY") || set("WAYLAND_DISPLAY")) &&
	    program_exists("xdg-open");
}

void
browser_open(const char *url)
{
	char *name, *address;
	char *args[3];
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	pid_t pid;
	int error;

	name = mem_strdup("xdg-open");
	address = mem_strdup(url);
	args[0] = name;
	args[1] = address;
	args[2] = NULL;
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&files, 1, "/dev/null", O_WRONLY, 0);
	posix_spawn_file_actions_addopen(&files, 2, "/dev/null", O_WRONLY, 0);
	posix_spawnattr_init(&attributes);
	/* away from our terminal: Ctrl-C here must not end the browser */
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSID);
	error = posix_spawnp(&pid, name, &files, &attributes, args, environ);
	if (error != 0)
		msg_at(1, name, "%s", strerror(error));
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	free(address);
	free(name);
}
