/* Memory: every function here ends the program when there is none left. */
#ifndef GP_LIB_MEM_H
#define GP_LIB_MEM_H

#include <stddef.h>

/* How many members the array A has. */
#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

/* N bytes, zeroed; the caller frees. */
void *mem_alloc(size_t n);

/* COUNT x SIZE bytes, checked; P's old content kept; the caller frees. */
void *mem_resize(void *p, size_t count, size_t size);

/* A copy of S; the caller frees. */
char *mem_strdup(const char *s);

/* A NUL-terminated copy of N bytes; the caller frees. */
char *mem_strndup(const char *s, size_t n);

/* Where a library that says too little of it may have found no memory: ends
 * the program if errno tells, which the caller has set to 0 before. */
void mem_check(void);

/* printf into new memory; the caller frees. */
char *mem_printf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
