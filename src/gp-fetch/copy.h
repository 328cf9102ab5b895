/* file: addresses, copied into staging. The source is read, never written. */
#ifndef GP_FETCH_COPY_H
#define GP_FETCH_COPY_H

/* The thread that copies; WORKER is a struct worker. */
void *copy_run(void *worker);

#endif
