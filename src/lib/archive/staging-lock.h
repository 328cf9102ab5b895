/*
 * The lock of .gp/staging, an flock(2) on the folder: who puts files there,
 * who reads them and who stores them share it while they run, so that who has
 * it alone knows that whatever lies there is of runs that are dead.
 */
#ifndef GP_LIB_ARCHIVE_STAGING_LOCK_H
#define GP_LIB_ARCHIVE_STAGING_LOCK_H

/* Takes a share in the lock of folder STAGING; waits for who has it alone. fd,
 * to be closed to let go, or -1 with errno. */
int staging_lock_share(int staging);

/* Takes the whole lock of folder STAGING at once, without a share before it
 * and without waiting. fd, to be closed to let go, or -1 with errno:
 * EWOULDBLOCK where others are at work. */
int staging_lock_take_alone(int staging);

/* Makes of a share LOCK the whole, without waiting: 1, 0 where others are at
 * work, -1 with errno; but for 1 the share is kept. */
int staging_lock_raise(int lock);

/* Makes it a share again. */
void staging_lock_lower(int lock);

#endif
