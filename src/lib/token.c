#include "lib/token.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/file.h"
#include "lib/mem.h"
#include "lib/msg.h"

#define TOKEN_MAX 16384

void
token_init(struct token *t, const char *account)
{
	t->account = account != NULL ? mem_strdup(account) : NULL;
	t->value = NULL;
	t->status = STATUS_DONE;
}

static void
forget(struct token *t)
{
	if (t->value != NULL)
		explicit_bzero(t->value, strlen(t->value));
	free(t->value);
	t->value = NULL;
}

void
token_release(struct token *t)
{
	forget(t);
	free(t->account);
	t->account = NULL;
}

/* "PATH=" with the folder of this program first, so that gp-auth is the one
 * that belongs to it; the caller frees. */
static char *
path_entry(void)
{
	char self[PATH_MAX];
	const char *path = getenv("PATH");
	char *slash;
	ssize_t n;

	n = readlink("/proc/self/exe", self, sizeof(self) - 1);
	self[n > 0 ? n : 0] = '\0';
	slash = strrchr(self, '/');
	if (slash == NULL)
		return mem_printf("PATH=%s", path != NULL ? path : "");
	*slash = '\0';
	return mem_printf("PATH=%s%s%s", self, path != NULL ? ":" : "",
	    path != NULL ? path : "");
}

/* The environment of the command: ours with PATH and GP_ACCOUNT set. Made
 * before the fork, since other threads may run. The caller frees the two
 * entries it is given and the array. */
static char **
environment(char *path, char *account)
{
	char **env, **p;
	size_t n = 0;

	for (p = environ; *p != NULL; p++)
		n++;
	env = mem_resize(NULL, n + 3, sizeof(*env));
	n = 0;
	env[n++] = path;
	if (account != NULL)
		env[n++] = account;
	for (p = environ; *p != NULL; p++) {
		if (strncmp(*p, "PATH=", 5) == 0 ||
		    (account != NULL && strncmp(*p, "GP_ACCOUNT=", 11) == 0))
			continue;
		env[n++] = *p;
	}
	env[n] = NULL;
	return env;
}

/* Starts it with its output going to OUT; 0, or an errno. Standard input is
 * not ours to give away: it holds records. */
static int
spawn(pid_t *pid, const char *command, int out, char **env)
{
	char sh[] = "sh", c[] = "-c";
	char *copy = mem_strdup(command);
	char *argv[] = { sh, c, copy, NULL };
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t defaults;
	int error;

	sigemptyset(&defaults);
	sigaddset(&defaults, SIGPIPE);
	posix_spawn_file_actions_init(&files);
	posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&files, out, 1);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigdefault(&attributes, &defaults);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	error = posix_spawn(pid, "/bin/sh", &files, &attributes, argv, env);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&files);
	free(copy);
	return error;
}

/* Runs COMMAND, its output into ANSWER (N bytes, NUL-terminated). Its exit
 * code; -1 with the reason said when it could not run or was killed. */
static int
run(const struct token *t, const char *command, char *answer, size_t n)
{
	char *path, *account = NULL, **env;
	ssize_t got;
	int fds[2], error, state;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0) {
		msg(NULL, "cannot ask for a token: %s", strerror(errno));
		return -1;
	}
	path = path_entry();
	if (t->account != NULL)
		account = mem_printf("GP_ACCOUNT=%s", t->account);
	env = environment(path, account);
	error = spawn(&pid, command, fds[1], env);
	close(fds[1]);
	free(env);
	free(account);
	free(path);
	if (error != 0) {
		msg(NULL, "cannot run the token command: %s", strerror(error));
		close(fds[0]);
		return -1;
	}
	got = file_read_full(fds[0], answer, n - 1);
	answer[got > 0 ? got : 0] = '\0';
	close(fds[0]);
	while (waitpid(pid, &state, 0) < 0 && errno == EINTR)
		;
	if (WIFEXITED(state))
		return WEXITSTATUS(state);
	msg(NULL, "the token command was killed by signal %d",
	    WTERMSIG(state));
	return -1;
}

/* Cuts TEXT after its first line; whether that can go into a header. */
static bool
is_token(char *text)
{
	const char *p;

	text[strcspn(text, "\r\n")] = '\0';
	for (p = text; *p != '\0'; p++) {
		if (*p <= ' ' || *p > '~')
			return false;
	}
	return *text != '\0';
}

static const char *
ask(struct token *t)
{
	const char *command = getenv("GP_TOKEN_CMD");
	char answer[TOKEN_MAX];
	int code;

	if (command == NULL || *command == '\0')
		command = "gp-auth token";
	code = run(t, command, answer, sizeof(answer));
	t->status = STATUS_STOPPED;
	if (code == STATUS_PERSON) {
		/* the command said what to do */
		t->status = STATUS_PERSON;
	} else if (code > 0) {
		msg(NULL, "no access token: the token command failed "
		    "(exit %d)", code);
	} else if (code == 0 && !is_token(answer)) {
		msg(NULL, "no access token: the token command printed none");
	} else if (code == 0) {
		t->status = STATUS_DONE;
		t->value = mem_strdup(answer);
	}
	explicit_bzero(answer, sizeof(answer));
	return t->value;
}

const char *
token_get(struct token *t)
{
	if (t->value != NULL)
		return t->value;
	return ask(t);
}

const char *
token_renew(struct token *t)
{
	forget(t);
	return ask(t);
}
