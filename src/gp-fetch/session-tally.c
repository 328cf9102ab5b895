#include "gp-fetch/session-tally.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"

void
session_tally_note(struct session_tally **list, struct record *rec,
    struct account *account)
{
	const char *id = record_text(rec, "session");
	struct session_tally *s;

	if (id == NULL || *id == '\0')
		return;
	for (s = *list; s != NULL && strcmp(s->id, id) != 0; s = s->next)
		;
	if (s == NULL) {
		s = mem_alloc(sizeof(*s));
		s->id = mem_strdup(id);
		s->next = *list;
		*list = s;
	}
	if (s->account == NULL)
		s->account = account;
	s->failed = s->failed || record_failed(rec);
}

void
session_tally_free(struct session_tally *list)
{
	struct session_tally *s;

	for (s = list; s != NULL; s = list) {
		list = s->next;
		free(s->id);
		free(s);
	}
}
