/* What a catalog tells of a member. */
#ifndef GP_LIST_TAKEOUT_CATALOG_CATALOG_MEMBER_H
#define GP_LIST_TAKEOUT_CATALOG_CATALOG_MEMBER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gp-list/media/media.h"
#include "lib/package/package-member.h"

#define CATALOG_JSON_MAX ((size_t)1024 * 1024) /* sidecars have 1 to 20 kB */

/* One file of a part. Folders are none. */
struct catalog_member {
	const char *name; /* as it stands in the part */
	enum package_type type;
	int64_t size;
	bool has_crc;
	uint32_t crc;
	const char *json; /* text of a JSON file; NULL: too big, or no JSON */
	size_t json_len;
	int64_t mtime; /* in a tree, where it tells of changes; else 0 */
	struct media media;
	const char *damage; /* why its bytes are not whole, or NULL */
};

#endif
