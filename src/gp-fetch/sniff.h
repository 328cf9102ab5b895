/*
 * What the first bytes of a body say. Google's media hosts answer with a
 * picture of an apology, a page, or a still where a video was asked for, and
 * not always with an honest status.
 */
#ifndef GP_FETCH_SNIFF_H
#define GP_FETCH_SNIFF_H

#include <stddef.h>
#include <stdint.h>

#define SNIFF_HEAD 64 /* bytes that are looked at */

/* Whether a body that begins with HEAD (N bytes, at most SNIFF_HEAD; less
 * only when it has no more) can be an item of type MIME (NULL: unknown).
 * NULL, or what it is instead, as a constant text. */
const char *sniff_check(const uint8_t *head, size_t n, const char *mime);

/* The same of a file in an export, which begins with HEAD (N bytes, at least
 * SNIFF_HEAD or all that it has): there lies what was uploaded, and that a PNG
 * is named .jpg, a still .mp4 or a text lies beside the photos is no damage;
 * Google's own pages are. */
const char *sniff_member(const uint8_t *head, size_t n, const char *mime);

/* The type of a file that begins with HEAD, of which no more than SNIFF_HEAD
 * bytes are needed, where they leave no doubt and it is not what MIME (NULL:
 * unknown) says: a constant. Else NULL. */
const char *sniff_type(const uint8_t *head, size_t n, const char *mime);

#endif
