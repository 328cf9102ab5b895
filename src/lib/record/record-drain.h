/* A filter that can do nothing: what comes is marked and goes on. */
#ifndef GP_LIB_RECORD_RECORD_DRAIN_H
#define GP_LIB_RECORD_RECORD_DRAIN_H

#include "lib/program/counts.h"

/* Passes on all of stdin, with what has no error yet marked CODE and TEXT, and
 * counts each record in C: as failed, and as ALSO too, if that is not NULL. It
 * has left when this returns. */
void record_drain(struct counts *c, const char *also, const char *code,
    const char *text);

#endif
