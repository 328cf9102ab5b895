/* The person's browser, if there is one here. */
#ifndef GP_AUTH_BROWSER_H
#define GP_AUTH_BROWSER_H

#include <stdbool.h>

/* Whether this session has a screen and xdg-open. */
bool browser_here(void);

/* Starts it on URL, which may hold no secret (it is on a command line), and
 * does not wait. Failures are only noted with -v: the link is on stderr too. */
void browser_open(const char *url);

#endif
