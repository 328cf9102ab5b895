/* The records that want something of one part, on disk: a file without a name
 * in the staging folder, a line "PLACE RECORD" each. */
#ifndef GP_FETCH_SHEAF_H
#define GP_FETCH_SHEAF_H

#include <stdio.h>

#include "gp-fetch/job.h"

struct sheaf {
	struct sheaf *next;
	char *url, *path; /* of the part; owned */
	int fd;
	off_t size; /* of what was added whole */
	FILE *in; /* once it is read */
	char *line; /* the last one read */
	size_t cap;
};

/* An empty one for the part at URL, whose path is PATH; NULL with errno. */
struct sheaf *sheaf_new(int staging, const char *url, const char *path);
void sheaf_free(struct sheaf *s);

/* Adds JOB's record and place; 0, or -1 with errno and nothing added. */
int sheaf_add(struct sheaf *s, const struct job *job);

/* Reads from the first again. */
void sheaf_rewind(struct sheaf *s);

/* Where the next one lies, and the next one (the caller frees); NULL at the
 * end. A read error ends the program. */
off_t sheaf_tell(struct sheaf *s);
struct job *sheaf_next(struct sheaf *s);

/* The one that lies AT. */
struct job *sheaf_get(struct sheaf *s, off_t at);

#endif
