/*
 * What a photo or video says about itself. The functions of exif.c and
 * isobmff.c are pure: bytes in, values out. The bytes may be hostile: every
 * read is bounded, and what can't be understood is unknown.
 */
#ifndef GP_LIST_MEDIA_MEDIA_H
#define GP_LIST_MEDIA_MEDIA_H

#include <stdbool.h>
#include <stdint.h>

enum media_time {
	MEDIA_TIME_NONE,
	MEDIA_TIME_EXIF,
	MEDIA_TIME_CONTAINER, /* of a video's header */
	MEDIA_TIME_NAME /* of the file's name */
};

struct media {
	enum media_time from;
	bool zone_assumed; /* no offset was given: this machine's was taken */
	int64_t taken; /* seconds since 1970, where `from` is not NONE */
	int64_t width, height; /* pixels; 0: unknown */
};

#endif
