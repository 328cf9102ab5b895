/* The permissions gp asks Google for. */
#ifndef GP_AUTH_SCOPE_H
#define GP_AUTH_SCOPE_H

#include <stdbool.h>

struct scope {
	const char *name;
	const char *words; /* what it is for */
};

#define SCOPE_COUNT 2

extern const struct scope scopes[SCOPE_COUNT];

/* All names, separated by blanks; the caller frees. */
char *scope_all(void);

/* Whether NAME is one of the blank-separated words of LIST. */
bool scope_in(const char *list, const char *name);

#endif
