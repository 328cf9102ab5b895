/* file: addresses, copied into staging. The source is read, never written. */
#ifndef GP_FETCH_COPY_H
#define GP_FETCH_COPY_H

/* The path that a file: URL means, decoded; the caller frees. NULL when it is
 * none (another host, no absolute path, a NUL). */
char *copy_path(const char *url);

/* The thread that copies; WORKER is a struct worker. */
void *copy_run(void *worker);

#endif
