/* Which picking sessions are fetched to the last record, without a failure:
 * only those may be deleted at Google. */
#ifndef GP_FETCH_SESSION_H
#define GP_FETCH_SESSION_H

#include <stdbool.h>

#include "gp-fetch/api-task.h"
#include "lib/record.h"

struct session {
	struct session *next;
	char *id;
	struct account *account;
	bool failed; /* some record of it */
};

/* Notes how REC ended if it is of a session; ACCOUNT is the one to ask. */
void session_note(struct session **list, struct record *rec,
    struct account *account);

void session_free(struct session *list);

#endif
