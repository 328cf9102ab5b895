/*
 * Exit codes, the same in every tool (EXIT STATUS of each manual page).
 * A status only rises: an error on record 1 of 2 is not forgotten.
 */
#ifndef GP_LIB_PROGRAM_STATUS_H
#define GP_LIB_PROGRAM_STATUS_H

enum status {
	STATUS_DONE = 0, /* everything done */
	STATUS_SOME = 1, /* done, but some records carry an error */
	STATUS_STOPPED = 2, /* could not start or go on */
	STATUS_PERSON = 3 /* a person is needed: sign in, wait for quota */
};

/* Raises *STATUS to TO if that is higher. */
static inline void
status_raise(enum status *status, enum status to)
{
	if (to > *status)
		*status = to;
}

#endif
