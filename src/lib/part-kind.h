/* Inside of part.h: what the kinds of parts have in common. */
#ifndef GP_PART_KIND_H
#define GP_PART_KIND_H

#include "lib/buf.h"
#include "lib/part.h"

struct part {
	const struct part_ops *ops;
	void *state; /* the kind's own */
	int64_t size; /* declared, of the member at hand; -1 unknown */
	int64_t done; /* bytes of it read */
	bool failed; /* it can't be read on */
	char reason[256];
	struct buf name; /* of the member at hand, where it had to be mended */
};

/* What a kind can do; each as the function of part.h that has its name. read
 * knows no bounds: part_read() holds it to them. */
struct part_ops {
	int (*next)(struct part *p, struct part_member *m);
	int (*find)(struct part *p, const char *name,
	    const struct part_member *like, struct part_member *m);
	ssize_t (*read)(struct part *p, void *buf, size_t n);
	void (*close)(struct part *p);
};

/* Each opens PATH as its kind: 1, 0 where it is none of that kind, -1 with
 * p->reason set. */
int part_open_zip(struct part *p, const char *path);
int part_open_tar(struct part *p, const char *path);
int part_open_tree(struct part *p, const char *path);

/* Sets p->reason; always -1. */
int part_fail(struct part *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* NAME, or where it is no UTF-8 a copy in p->name with U+FFFD for each byte
 * that is wrong: a record can hold it. */
const char *part_mend_name(struct part *p, const char *name);

#endif
