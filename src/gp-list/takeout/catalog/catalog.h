/*
 * Catalogs of parts, cached in .gp/listings: a part is read once, in one pass,
 * and never opened again while its name, size and time stay. Of a zip nothing
 * but sidecars is unpacked; of what is read anyway (a tgz, a tree) CRC-32 and
 * the time in a photo's header are noted in passing. A tree is walked each
 * time, but files that have not changed are not read again.
 */
#ifndef GP_LIST_TAKEOUT_CATALOG_CATALOG_H
#define GP_LIST_TAKEOUT_CATALOG_CATALOG_H

#include <stdbool.h>
#include <stddef.h>

#include "gp-list/takeout/catalog/catalog-member.h"

struct repo;

enum catalog_result {
	CATALOG_WHOLE,
	CATALOG_BARE, /* it is a bare tar; as far as that tells, whole */
	CATALOG_DAMAGED, /* members were told up to where it is */
	CATALOG_GROWING, /* the part changed while it was read */
	CATALOG_FAILED /* of ours: .gp/listings can't be used; said */
};

typedef void catalog_take(void *arg, const struct catalog_member *m);

#define CATALOG_REASON_MAX 512 /* bytes, enough for any reason */

/* Tells TAKE of every member of the part at PATH, in stored order. Why it is
 * damaged is in REASON (N bytes). */
enum catalog_result catalog_read(const struct repo *a, const char *path,
    catalog_take *take, void *arg, char *reason, size_t n);

/* The same, for who reads it again soon: the catalog of a damaged part stays
 * until then, or until catalog_forget(). */
enum catalog_result catalog_glance(const struct repo *a, const char *path,
    catalog_take *take, void *arg, char *reason, size_t n);
void catalog_forget(const struct repo *a, const char *path);

/* Whether the part at PATH has a cached catalog, or is a tree, which is walked
 * each time. */
bool catalog_is_cached(const struct repo *a, const char *path);

/* Makes and caches the catalog of the part at PATH, if it can be. */
void catalog_cache(const struct repo *a, const char *path);

#endif
