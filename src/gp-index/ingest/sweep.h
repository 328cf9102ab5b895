/* What runs that died left in .gp/staging. */
#ifndef GP_INDEX_INGEST_SWEEP_H
#define GP_INDEX_INGEST_SWEEP_H

#include "gp-index/ingest/ingest.h"
#include "gp-index/items/keyset.h"

/* A batch of what is adopted: N records to be stored, all of them whole. */
typedef void sweep_adopt(void *arg, struct arrival *a, size_t n);

/*
 * Goes through staging: whole files with their record become arrivals for
 * ADOPT, unless LEFT has their item; what belongs to items that are stored
 * goes, with parts of them that nobody holds. With ALONE, while nobody else is
 * at work there, records without a file, copies and what was being written go
 * too. Whatever else lies there stays, and is said at the END alone. DONE; SOME
 * where what was staged is damaged or can't be read, or a folder is in its
 * place; STOPPED where not all could be gone through; the reason is said.
 */
enum status sweep(struct ingest *s, const struct keyset *left, bool alone,
    bool end, sweep_adopt *adopt, void *arg);

/* Removes from .gp, two folders below, and beside the index what was to be
 * published when its writer was killed. */
void sweep_unpublished(const struct index *ix);

#endif
