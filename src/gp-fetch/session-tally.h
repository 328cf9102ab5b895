/* Which picking sessions are fetched to the last record, without a failure:
 * only those may be deleted at Google. */
#ifndef GP_FETCH_SESSION_TALLY_H
#define GP_FETCH_SESSION_TALLY_H

#include <stdbool.h>

#include "gp-fetch/api-task.h"
#include "lib/record.h"

struct session_tally {
	struct session_tally *next;
	char *id;
	struct account *account;
	bool failed; /* some record of it */
};

/* Notes how REC ended if it is of a session; ACCOUNT is the one to ask. */
void session_tally_note(struct session_tally **list, struct record *rec,
    struct account *account);

/* Frees LIST, which may be NULL. */
void session_tally_free(struct session_tally *list);

#endif
