#include "gp-fetch/stored.h"

int
stored_open(struct stored *s, const struct repo *a)
{
	s->unreadable = false;
	if (settled_open(&s->index, a) < 0) {
		settled_close(&s->index);
		return -1;
	}
	pthread_mutex_init(&s->lock, NULL);
	return 0;
}

void
stored_close(struct stored *s)
{
	settled_close(&s->index);
	pthread_mutex_destroy(&s->lock);
}

static const char *
or_empty(const char *text)
{
	return text != NULL ? text : "";
}

bool
stored_check(struct stored *s, struct record *rec)
{
	const char *source = or_empty(record_text(rec, "source"));
	const char *account = or_empty(record_text(rec, "account"));
	const char *id = or_empty(record_text(rec, "id"));
	const char *filename = record_text(rec, "filename");
	enum settling now = SETTLING_OPEN;
	size_t n;

	if (record_get(rec, "key", &n) == NULL)
		return false;
	pthread_mutex_lock(&s->lock);
	if (!s->unreadable)
		now = settled_has(&s->index, source, account, id, filename,
		    NULL, NULL);
	s->unreadable = s->unreadable || now == SETTLING_FAILED;
	pthread_mutex_unlock(&s->lock);
	return now == SETTLING_STORED;
}
