/* Inside of package.h: what the formats of packages have in common. */
#ifndef GP_LIB_PACKAGE_PACKAGE_FORMAT_H
#define GP_LIB_PACKAGE_PACKAGE_FORMAT_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/buf.h"
#include "lib/package/package-member.h"

/* Photos and videos pack at 2:1 at best, JSON at 50:1; deflate itself ends at
 * 1032:1 (zlib's documentation), where bombs are. */
#define PACKAGE_RATIO 200
#define PACKAGE_RATIO_FREE ((int64_t)16 * 1024 * 1024) /* bytes not counted */

struct package {
	const struct package_ops *ops;
	void *state; /* the format's own */
	int64_t size; /* declared, of the member at hand; -1 unknown */
	int64_t done; /* bytes of it read */
	bool failed; /* it can't be read on */
	bool bare; /* it has no CRC-32 of its bytes */
	char reason[256];
	struct buf name; /* of the member at hand, where it had to be mended */
};

/* What a format can do; each as the function of package.h that has its name.
 * read knows no bounds: package_read() holds it to them. */
struct package_ops {
	int (*next)(struct package *p, struct package_member *m);
	int (*find)(struct package *p, const char *name,
	    const struct package_member *like, struct package_member *m);
	ssize_t (*read)(struct package *p, void *buf, size_t n);
	void (*close)(struct package *p);
};

/* Opens PATH as a zip, or as a tar: 1, 0 where it is none, -1 with p->reason
 * set. */
int package_open_zip(struct package *p, const char *path);
int package_open_tar(struct package *p, const char *path);

/* Opens the folder PATH as an unpacked tree; as above. */
int package_open_tree(struct package *p, const char *path);

/* Sets p->reason; always -1. */
int package_fail(struct package *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

/* NAME, or where it is no UTF-8 a copy in p->name with U+FFFD for each byte
 * that is wrong: a record can hold it. */
const char *package_mend_name(struct package *p, const char *name);

#endif
