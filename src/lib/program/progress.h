/*
 * The progress meter on stderr: redrawn twice a second on a terminal, a line
 * a minute in a log. Shows done/total, rate, share and time left where the
 * total is known.
 */
#ifndef GP_LIB_PROGRAM_PROGRESS_H
#define GP_LIB_PROGRAM_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct progress {
	const char *what; /* "files", kept, not copied */
	bool on;
	bool terminal;
	bool drawn;
	int64_t started, last; /* monotonic ms */
	int64_t items, bytes, total_items, total_bytes; /* totals 0: unknown */
};

/* Starts a meter; when ON is false it stays silent. */
void progress_start(struct progress *p, const char *what, bool on);

/* Counts and, when it is time, draws. */
void progress_add(struct progress *p, int64_t items, int64_t bytes);

/* Draws the last state and ends the line. */
void progress_end(struct progress *p);

#endif
