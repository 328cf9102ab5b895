/* The archive: where it is, its .gp folder, the run's counts. */
#ifndef GP_ARCHIVE_H
#define GP_ARCHIVE_H

#include "lib/counts.h"

struct archive {
	char *path; /* absolute, without links; owned */
	int fd; /* the archive folder */
	int gp; /* its .gp folder */
};

/* Opens DIR, else $GP_ARCHIVE, else ~/gp-archive, and makes it and .gp where
 * missing. 0, or -1 with the reason said. */
int archive_open(struct archive *a, const char *dir);
void archive_close(struct archive *a);

/* Opens .gp/NAME as a folder, made where missing. fd, or -1 with the reason
 * said. */
int archive_folder(const struct archive *a, const char *name);

/* With $GP_RUN set, appends one line {"stage":STAGE,...counts} to
 * .gp/runs/$GP_RUN/counts.ndjson, in one write. 0 (also without GP_RUN), or -1
 * with the reason said. */
int archive_count(const struct archive *a, const char *stage,
    const struct counts *c);

#endif
