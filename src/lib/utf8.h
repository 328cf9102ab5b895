/* UTF-8 as RFC 3629 has it: no overlong forms, no surrogates. */
#ifndef GP_LIB_UTF8_H
#define GP_LIB_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Bytes of the character that S (N bytes) begins with; 0 if it is none. */
size_t utf8_length(const char *s, size_t n);

/* Whether all of S is UTF-8. */
bool utf8_is(const char *s);

/* Encodes CODE (below 0x110000, no surrogate) into S; returns its bytes. */
size_t utf8_encode(char s[static 4], uint32_t code);

#endif
