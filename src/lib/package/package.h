/*
 * A part of an export: a zip, a tar (as a rule gzipped), or an unpacked tree,
 * read member by member and never unpacked to disk. What it is follows from
 * its bytes, not from its name.
 *
 * Nothing in a part is trusted: no member may be larger than declared, packed
 * denser than PACKAGE_RATIO, or have a name longer than PACKAGE_NAME_MAX, and
 * nothing is allocated by a size that the part declares.
 */
#ifndef GP_LIB_PACKAGE_PACKAGE_H
#define GP_LIB_PACKAGE_PACKAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "lib/package/package-member.h"

struct package;

/* Opens it. NULL: why is in REASON (N bytes). The caller closes it
 * with package_close(). */
struct package *package_open(const char *path, char *reason, size_t n);
void package_close(struct package *p);

/* Whether members can be found in any order (zip, tree), not only read as
 * they come. */
bool package_random(const struct package *p);

/* Whether it is a tar as it is, not gzipped: no CRC-32 of its bytes is in it,
 * so that a wrong one is never met. */
bool package_is_bare(const struct package *p);

/* The next member in the order in which they are stored. 1; 0 at the end; -1
 * where nothing more can be read: package_reason(). */
int package_next(struct package *p, struct package_member *m);

/* Goes to member NAME of a random part. Where several have that name, it is
 * one with the size and CRC-32 of LIKE, as far as LIKE knows them, else any of
 * them; LIKE may be NULL. 1; 0 where it is not there; -1 with package_reason().
 * package_next() goes on from there. */
int package_find(struct package *p, const char *name,
    const struct package_member *like, struct package_member *m);

/* Up to N bytes of the member at hand, a file. Their number; 0 at its end,
 * when size and (of a zip) CRC-32 are as declared; -1 where it is damaged:
 * package_reason(), and package_next() goes on with what may still be whole. */
ssize_t package_read(struct package *p, void *buf, size_t n);

/* Why the last call failed; lives in P. */
const char *package_reason(const struct package *p);

#endif
