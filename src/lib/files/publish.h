/*
 * Publishing a file: it is written beside its place, as NAME.gp-new, and gets
 * its name when its bytes are on the disk, so that a reader sees the old one
 * or the new one, whole. Whoever writes holds flock() on NAME.gp-new: a second
 * writer of the same file waits, and what a killed one left is known by being
 * held by nobody. What is brought in or built is not published so: a disc's bag
 * and image, which lie in the folder of the discs as .LABEL.part and
 * .LABEL.iso.part, and go as the next ones are made; a staged file, NAME.part,
 * its record (archive/staged-record.c) and what is copied there, which go with
 * the sweep of .gp/staging. The record has one writer, who holds the file
 * already, and may be lost as the file may, which is not synced either: to hold
 * it and to sync it would cost each small photo much and save none.
 */
#ifndef GP_LIB_FILES_PUBLISH_H
#define GP_LIB_FILES_PUBLISH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#define PUBLISH_SUFFIX ".gp-new"

struct publish {
	int dir; /* the folder */
	FILE *out; /* NAME.gp-new, held; to be written to */
	char *name; /* owned, as are the next two */
	char *temporary; /* NAME.gp-new */
	char *aside; /* path of a file that others write, or NULL */
};

/* Makes the temporary of NAME below DIR, empty and with MODE, for the caller
 * to write P->out; waits for who writes the same file, and removes what a
 * killed one left. DIR stays the caller's and open until the end. To be ended
 * by publish_commit() or publish_abandon(). 0, or -1 with errno. */
int publish_begin(struct publish *p, int dir, const char *name, mode_t mode);

/* The same for a file at PATH that is not written through P->out, such as a
 * database: the caller makes it at P->aside, which is free, and has closed it
 * before publish_commit(). 0, or -1 with errno. */
int publish_begin_aside(struct publish *p, const char *path);

/* Whether the temporary is still P's own: a person may have removed it, and
 * another program have made its own. */
bool publish_is_held(const struct publish *p);

/* Gives it its name: flush, fsync, rename, fsync of the folder; ends P. 0, or
 * -1 with errno and no temporary left behind. */
int publish_commit(struct publish *p);

/* Removes the temporary, if it is still P's, and what SQLite left beside a
 * database; ends P.
 * errno stays. */
void publish_abandon(struct publish *p);

/* Publishes N bytes as NAME below DIR. 0, or -1 with errno and no temporary
 * left behind. */
int publish_bytes(int dir, const char *name, const void *bytes, size_t n,
    mode_t mode);

/* Removes from folder DIR, as well as can be, every temporary that nobody
 * holds. */
void publish_sweep(int dir);

/* The same, but only of files whose names begin with PREFIX: for a folder in
 * which others' files may lie. */
void publish_sweep_of(int dir, const char *prefix);

/* The same, but only of publish_begin_aside(), whose own are empty: for a
 * folder that is not ours. */
void publish_sweep_aside(int dir);

#endif
