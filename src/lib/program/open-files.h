/* How many files the program may have open at once. */
#ifndef GP_LIB_PROGRAM_OPEN_FILES_H
#define GP_LIB_PROGRAM_OPEN_FILES_H

/* Raises the limit to what the system lets us have (getrlimit(2)); where it
 * can't be, it stays as it is. */
void open_files_raise(void);

#endif
