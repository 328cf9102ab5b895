#include "lib/mem.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lib/program/msg.h"

void *
mem_alloc(size_t n)
{
	void *p;

	p = calloc(1, n > 0 ? n : 1);
	if (p == NULL)
		msg_die("out of memory");
	return p;
}

void *
mem_resize(void *p, size_t count, size_t size)
{
	p = reallocarray(p, count > 0 ? count : 1, size);
	if (p == NULL)
		msg_die("out of memory");
	return p;
}

char *
mem_strdup(const char *s)
{
	return mem_strndup(s, strlen(s));
}

char *
mem_strndup(const char *s, size_t n)
{
	char *copy;

	copy = mem_alloc(n + 1);
	memcpy(copy, s, n);
	return copy;
}

void
mem_check(void)
{
	if (errno == ENOMEM)
		msg_die("out of memory");
}

char *
mem_printf(const char *fmt, ...)
{
	va_list ap;
	char *s;
	int n;

	va_start(ap, fmt);
	n = vasprintf(&s, fmt, ap);
	va_end(ap);
	if (n < 0)
		msg_die("out of memory");
	return s;
}
