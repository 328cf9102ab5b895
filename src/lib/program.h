/* Programs that may be there or not. */
#ifndef GP_PROGRAM_H
#define GP_PROGRAM_H

#include <stdbool.h>

/* Whether PATH has an executable NAME. */
bool program_exists(const char *name);

#endif
