/* The archive: where it is, its .gp folder, the run's counts. */
#ifndef GP_REPO_H
#define GP_REPO_H

#include "lib/counts.h"

struct repo {
	char *path; /* absolute, without links; owned */
	int fd; /* the archive folder */
	int gp; /* its .gp folder */
};

/* Opens DIR, else $GP_ARCHIVE, else ~/gp-archive, and makes it and .gp where
 * missing. 0, or -1 with the reason said. */
int repo_open(struct repo *a, const char *dir);
void repo_close(struct repo *a);

/* Opens .gp/NAME as a folder, made where missing. fd, or -1 with the reason
 * said. */
int repo_folder(const struct repo *a, const char *name);

/* With $GP_RUN set, appends one line {"stage":STAGE,...counts} to
 * .gp/runs/$GP_RUN/counts.ndjson, in one write. 0 (also without GP_RUN), or -1
 * with the reason said. */
int repo_count(const struct repo *a, const char *stage, const struct counts *c);

#endif
