/* Other programs, run with lists of arguments, never by a shell. Each dies
 * with us: what is left of an interrupted run is nobody's any more. */
#ifndef GP_PACK_CHILD_H
#define GP_PACK_CHILD_H

#include <stdbool.h>
#include <sys/types.h>

struct child {
	const char *const
	    *argv; /* NULL-terminated; argv[0] is sought in PATH */
	const char *dir; /* where it runs, or NULL */
	int out; /* fd of its standard output; -1: /dev/null */
	pid_t pid;
	int errors; /* read end of its standard error */
};

/* Starts it, with LC_ALL=C.UTF-8 so that names are what they are. 0, or -1
 * with the reason said. */
int child_start(struct child *c);

/* Waits for its end. 0 where it exited 0, else -1 with its last words said as
 * of SUBJECT; QUIET: not said. */
int child_wait(struct child *c, const char *subject, bool quiet);

/* Ends it and waits; says nothing. */
void child_stop(struct child *c);

#endif
