/*
 * The archive: a folder with `.gp/archive` in it, one line that is its id, the
 * same as in its index. An archive that an earlier gp made has a .gp folder
 * and no id until who writes the index gives it one.
 */
#ifndef GP_LIB_ARCHIVE_REPO_H
#define GP_LIB_ARCHIVE_REPO_H

#include <stdbool.h>

/* folders of discs: what is to be burned, and the lists of what was */
#define REPO_BURN "burn"
#define REPO_ARCHIVED "archived"
#define REPO_ID_SIZE 37 /* a UUID as text (RFC 9562, 4), and NUL */

struct repo {
	char *path; /* absolute, without links; owned */
	int fd; /* the folder */
	int gp; /* its .gp folder; -1 where there is none */
	char id[REPO_ID_SIZE]; /* "" where there is none */
};

/* Opens the folder DIR, else $GP_ARCHIVE, else ~/gp-archive, as it is; makes
 * nothing. 0, or -1 with the reason said. */
int repo_open(struct repo *a, const char *dir);

/* The same, but where the folder is no archive, which is no matter: -1, and
 * nothing is said. */
int repo_find(struct repo *a, const char *dir);

/* Closes both folders. */
void repo_close(struct repo *a);

/* Says that A is no archive, and what to do; -1. */
int repo_refuse(const struct repo *a);

/* Makes the folder DIR (as above), if it is not there; its parent must be. 1
 * made, 0 it was there, -1 with the reason said. */
int repo_make_folder(const char *dir);

/* Makes .gp where missing. 0, or -1 with the reason said. */
int repo_make_gp(struct repo *a);

/* Writes a new id, or ID, to .gp/archive, durably. 0, or -1 with the reason
 * said. */
int repo_name(struct repo *a, const char *id);

/* Opens .gp/NAME as a folder, made where missing. fd, or -1 with the reason
 * said; without .gp too. */
int repo_folder(const struct repo *a, const char *name);

#endif
