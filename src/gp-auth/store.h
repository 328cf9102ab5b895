/*
 * Where sign-ins are kept: one file of mode 0600 an account, in gp's folder
 * below $XDG_CONFIG_HOME or ~/.config. A file that others may read, or that
 * belongs to another, is refused. It is replaced whole, under a lock that
 * frees itself when its holder dies.
 */
#ifndef GP_AUTH_STORE_H
#define GP_AUTH_STORE_H

#include <stdbool.h>

#include "gp-auth/grant.h"
#include "lib/program/status.h"

struct store {
	const char *account; /* kept, not copied */
	char *folder; /* owned, as are the next two */
	char *name; /* of the file in it */
	char *path; /* both, for messages */
	int dir;
	int lock; /* -1 until store_lock() */
};

#define STORE_INIT                                                             \
	{                                                                      \
		.dir = -1, .lock = -1                                          \
	}

enum store_result {
	STORE_FOUND,
	STORE_NONE, /* not signed in; nothing was said */
	STORE_DAMAGED, /* said */
	STORE_REFUSED /* said: not ours, readable by others, or no reading */
};

/* Whether ACCOUNT may be part of a file name. */
bool store_account_valid(const char *account);

/* Opens the folder for ACCOUNT, made where missing; 0, or -1 with the reason
 * said. store_close() closes it. */
int store_open(struct store *s, const char *account);
void store_close(struct store *s);

/* Waits for the account's lock; held until store_close(). 0, or -1 said. */
int store_lock(struct store *s);

/* Reads the sign-in; G is released first and filled only by STORE_FOUND. */
enum store_result store_load(struct store *s, struct grant *g);

/* The same, where there must be one: DONE, or what to exit with, said with the
 * command that mends it. */
enum status store_require(struct store *s, struct grant *g);

/* Replaces the sign-in (the lock must be held); 0, or -1 said. */
int store_save(struct store *s, const struct grant *g);

/* Removes it (the lock must be held); 0, or -1 said. */
int store_remove(struct store *s);

#endif
