#include "lib/package/package.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/package/package-format.h"

struct package *
package_open(const char *path, char *reason, size_t n)
{
	static int (*const formats[])(struct package *,
	    const char *) = { package_open_tree, package_open_zip,
		package_open_tar };
	struct package *p = mem_alloc(sizeof(*p));
	size_t i;
	int is = 0;

	buf_init(&p->name, 4 * PACKAGE_NAME_MAX);
	errno = 0;
	for (i = 0; i < COUNT(formats) && is == 0; i++)
		is = formats[i](p, path);
	if (is > 0)
		return p;
	snprintf(reason, n, "%s",
	    is < 0 ? p->reason : "neither zip nor tar: damaged, or no export");
	free(p);
	return NULL;
}

void
package_close(struct package *p)
{
	if (p == NULL)
		return;
	p->ops->close(p);
	buf_release(&p->name);
	free(p);
}

bool
package_random(const struct package *p)
{
	return p->ops->find != NULL;
}

bool
package_is_bare(const struct package *p)
{
	return p->bare;
}

/* What next and find found, checked. */
static int
found(struct package *p, int result, const struct package_member *m)
{
	p->size = -1;
	p->done = 0;
	p->failed = result <= 0;
	if (result <= 0)
		return result;
	p->size = m->size;
	if (strlen(m->name) <= PACKAGE_NAME_MAX)
		return 1;
	p->failed = true;
	return package_fail(p, "a member's name is longer than %d bytes",
	    PACKAGE_NAME_MAX);
}

int
package_next(struct package *p, struct package_member *m)
{
	memset(m, 0, sizeof(*m));
	errno = 0;
	return found(p, p->ops->next(p, m), m);
}

int
package_find(struct package *p, const char *name,
    const struct package_member *like, struct package_member *m)
{
	memset(m, 0, sizeof(*m));
	if (p->ops->find == NULL)
		return package_fail(p, "members can only be read in order");
	errno = 0;
	return found(p, p->ops->find(p, name, like, m), m);
}

ssize_t
package_read(struct package *p, void *buf, size_t n)
{
	ssize_t got;

	if (p->failed)
		return package_fail(p, "there is no member to read");
	errno = 0;
	got = p->ops->read(p, buf, n);
	if (got > 0) {
		p->done += got;
		if (p->size >= 0 && p->done > p->size)
			got = package_fail(p,
			    "it is larger than the %lld bytes "
			    "that are declared",
			    (long long)p->size);
	} else if (got == 0 && p->size >= 0 && p->done < p->size) {
		got = package_fail(p, "it ends after %lld of %lld bytes",
		    (long long)p->done, (long long)p->size);
	}
	p->failed = got < 0;
	return got;
}

const char *
package_reason(const struct package *p)
{
	return p->reason;
}
