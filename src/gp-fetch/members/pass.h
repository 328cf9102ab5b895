/* One pass over a part, front to end, for all that is wanted of it. */
#ifndef GP_FETCH_MEMBERS_PASS_H
#define GP_FETCH_MEMBERS_PASS_H

/* The thread; WORKER is a struct worker whose jobs each have a spill. The jobs
 * of the spill come back one by one, then the one that has it. */
void *pass_run(void *worker);

#endif
