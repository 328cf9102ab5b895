/* What a package tells of a member. */
#ifndef GP_LIB_PACKAGE_PACKAGE_MEMBER_H
#define GP_LIB_PACKAGE_PACKAGE_MEMBER_H

#include <stdbool.h>
#include <stdint.h>

#define PACKAGE_NAME_MAX 4096 /* bytes of a name; PATH_MAX of Linux */

enum package_type { PACKAGE_FILE, PACKAGE_FOLDER, PACKAGE_LINK, PACKAGE_OTHER };

struct package_member {
	const char *name; /* as it stands there, of a zip or tar as UTF-8; lives
			   * until the next call */
	enum package_type type;
	int64_t size; /* as declared, bytes; -1 unknown */
	bool has_crc; /* crc is what the directory of a zip says */
	uint32_t crc; /* CRC-32 of zip and gzip */
	int64_t mtime; /* seconds since 1970 */
};

#endif
