/* Programs: this one, and others that may be there or not. */
#ifndef GP_LIB_PROGRAM_PROGRAM_H
#define GP_LIB_PROGRAM_PROGRAM_H

#include <stdbool.h>

/* Whether PATH has an executable NAME. */
bool program_exists(const char *name);

/* The folder that this program lies in, as proc(5) has it; NULL where that
 * can't be told. The caller frees. */
char *program_folder(void);

#endif
