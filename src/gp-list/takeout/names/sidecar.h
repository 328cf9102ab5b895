/*
 * What a JSON file of a Takeout export is and says: a photo's sidecar, an
 * album's own file, or neither. Told by its members, never by its name: names
 * are in the account's language.
 */
#ifndef GP_LIST_TAKEOUT_NAMES_SIDECAR_H
#define GP_LIST_TAKEOUT_NAMES_SIDECAR_H

#include <json-c/json_object.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum sidecar_type {
	SIDECAR_NONE, /* JSON about neither: print orders, comments */
	SIDECAR_BROKEN, /* no JSON at all */
	SIDECAR_PHOTO,
	SIDECAR_ALBUM
};

struct sidecar {
	enum sidecar_type type;
	const char *title; /* or NULL; lives as long as `tree` */
	const char *url; /* the photo's page at Google, or NULL; the same */
	bool has_taken;
	int64_t taken; /* seconds since 1970, before it too */
	bool proven; /* it has what no other JSON has */
	bool trashed, archived, partner;
	struct json_object *tree; /* owned */
};

/* Reads N bytes of JSON from a file called NAME into S, which the caller
 * releases whatever it is. sidecar_release() frees what it holds. */
void sidecar_read(struct sidecar *s, const char *name, const char *json,
    size_t n);
void sidecar_release(struct sidecar *s);

/* Whether SECONDS can be when a photo was taken: since the first one (1826),
 * not later than tomorrow, not the zero of a clock (1970 or, of videos,
 * 1904). */
bool sidecar_time_is_sane(int64_t seconds);

#endif
