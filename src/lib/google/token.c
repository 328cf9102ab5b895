#include "lib/google/token.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lib/digest.h"
#include "lib/files/file.h"
#include "lib/mem.h"
#include "lib/program/msg.h"
#include "lib/program/program.h"
#include "lib/program/suite.h"

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

/* "PATH=" with the folder of this program first, so that the command is
 * the one that belongs to it; the caller frees. */
static char *
path_entry(void)
{
	const char *path = getenv("PATH");
	char *folder = program_folder(), *entry;

	if (folder == NULL)
		return mem_printf("PATH=%s", path != NULL ? path : "");
	entry = mem_printf("PATH=%s%s%s", folder, path != NULL ? ":" : "",
	    path != NULL ? path : "");
	free(folder);
	return entry;
}

#define OWN 3 /* variables that the command gets from us */

/* "GP_TOKEN_REFUSED=" with the SHA-256 of TOKEN, so that the command replaces
 * this one though its time is not over, once for all who were refused. The
 * caller frees. */
static char *
refused_entry(const char *token)
{
	uint8_t hash[DIGEST_SIZE];
	char hex[DIGEST_HEX];

	digest_of(token, strlen(token), hash);
	digest_hex(hash, hex);
	return mem_printf("GP_TOKEN_REFUSED=%s", hex);
}

/* Whether ENTRY sets a variable that is one of ours. */
static bool
replaced(const char *entry, char *const own[static OWN])
{
	size_t i, n;

	for (i = 0; i < OWN; i++) {
		n = own[i] != NULL ? strcspn(own[i], "=") + 1 : 0;
		if (n > 0 && strncmp(entry, own[i], n) == 0)
			return true;
	}
	return strncmp(entry, "GP_TOKEN_REFUSED=", 17) == 0;
}

/* The environment of the command: ours with OWN (some may be NULL) set. Made
 * before the fork, since other threads may run. The caller frees the array. */
static char **
environment(char *const own[static OWN])
{
	char **env, **p;
	size_t i, n = 0;

	for (p = environ; *p != NULL; p++)
		n++;
	env = mem_resize(NULL, n + OWN + 1, sizeof(*env));
	n = 0;
	for (i = 0; i < OWN; i++) {
		if (own[i] != NULL)
			env[n++] = own[i];
	}
	for (p = environ; *p != NULL; p++) {
		if (!replaced(*p, own))
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

/* Runs COMMAND, its output into ANSWER (N bytes, NUL-terminated). REFUSED is
 * its variable, or NULL. Its exit code; -1 with the reason said when it could
 * not run or was killed. */
static int
run(const struct token *t, const char *command, char *refused, char *answer,
    size_t n)
{
	char *own[OWN] = { NULL, NULL, refused };
	char **env;
	ssize_t got;
	int fds[2], error, state;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0) {
		msg(NULL, "cannot ask for a token: %s", strerror(errno));
		return -1;
	}
	own[0] = path_entry();
	if (t->account != NULL)
		own[1] = mem_printf("GP_ACCOUNT=%s", t->account);
	env = environment(own);
	error = spawn(&pid, command, fds[1], env);
	close(fds[1]);
	free(env);
	free(own[1]);
	free(own[0]);
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
	msg(NULL, "the token command was killed by signal %d", WTERMSIG(state));
	return -1;
}

/* Cuts TEXT after its first line; false where that can't go into a header. */
static bool
cut_token(char *text)
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
ask(struct token *t, char *refused)
{
	const char *command = getenv("GP_TOKEN_CMD");
	char answer[TOKEN_MAX];
	int code;

	if (command == NULL || *command == '\0')
		command = suite.token;
	code = run(t, command, refused, answer, sizeof(answer));
	t->status = STATUS_STOPPED;
	if (code == STATUS_PERSON) {
		/* the command said what to do */
		t->status = STATUS_PERSON;
	} else if (code > 0) {
		msg(NULL,
		    "no access token: the token command failed "
		    "(exit %d)",
		    code);
	} else if (code == 0 && !cut_token(answer)) {
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
	return ask(t, NULL);
}

const char *
token_renew(struct token *t)
{
	char *refused = NULL;

	if (t->value != NULL)
		refused = refused_entry(t->value);
	forget(t);
	ask(t, refused);
	free(refused);
	return t->value;
}
