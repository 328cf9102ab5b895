#include "lib/program/counts.h"

#include <string.h>

#include "lib/program/msg.h"

static int
find(const struct counts *c, const char *name)
{
	int i;

	for (i = 0; i < c->n; i++) {
		if (strcmp(c->name[i], name) == 0)
			return i;
	}
	return -1;
}

void
counts_add(struct counts *c, const char *name, int64_t n)
{
	int i;

	i = find(c, name);
	if (i < 0) {
		if (c->n == COUNTS_MAX)
			msg_die("more than %d kinds of counts", COUNTS_MAX);
		i = c->n++;
		c->name[i] = name;
		c->value[i] = 0;
	}
	c->value[i] += n;
}

int64_t
counts_get(const struct counts *c, const char *name)
{
	int i;

	i = find(c, name);
	return i < 0 ? 0 : c->value[i];
}
