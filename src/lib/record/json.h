/* JSON trees (API answers, sidecars) by json-c, strict and UTF-8 checked. */
#ifndef GP_LIB_RECORD_JSON_H
#define GP_LIB_RECORD_JSON_H

#include <json-c/json_object.h>
#include <stddef.h>
#include <stdint.h>

/* Parses N bytes as one JSON text, nothing behind it, depth at most 64. The
 * caller puts (json_object_put). NULL when it is none. */
struct json_object *json_parse(const char *s, size_t n);

/* Member NAME of object O, or NULL (also where O is none). Borrowed. */
struct json_object *json_get(struct json_object *o, const char *name);

/* The string member NAME without NULs inside, or NULL. Borrowed. */
const char *json_text(struct json_object *o, const char *name);

/* The whole-number member NAME, also spelled as a string (int64 in proto3
 * JSON); 0 or -1. */
int json_int(struct json_object *o, const char *name, int64_t *value);

#endif
