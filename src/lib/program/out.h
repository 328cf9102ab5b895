/*
 * Standard output: collected, written whole, every error noticed. Records
 * leave before anybody waits for input (the reader flushes), or at once with
 * out_flush().
 */
#ifndef GP_LIB_PROGRAM_OUT_H
#define GP_LIB_PROGRAM_OUT_H

#include <stddef.h>

#include "lib/program/status.h"

/* Adds N bytes; a write error ends the program with exit 2. */
void out_write(const char *p, size_t n);

/* Adds a NUL-terminated text. */
void out_text(const char *s);

/* Writes what was collected; a write error ends the program with exit 2. */
void out_flush(void);

/* Calls FN with ARG, once, before a write error ends the program; FN NULL:
 * nothing.
 */
void out_on_failure(void (*fn)(void *), void *arg);

/* Flushes and closes standard output. Returns STATUS, or STATUS_STOPPED with
 * a message when that failed (a full disk may say so only here). */
enum status out_close(enum status status);

#endif
