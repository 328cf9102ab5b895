/* lib/program/msg.h for fuzz targets: formats, so that faults there show, and
 * drops. What would end the program is a finding. */
#include "lib/program/msg.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

int msg_level = 2;

static void
drop(const char *subject, const char *fmt, va_list ap)
{
	char line[4096];

	snprintf(line, sizeof(line), "%.1024s", subject != NULL ? subject : "");
	vsnprintf(line, sizeof(line), fmt, ap);
}

void
msg_init(const char *name)
{
	(void)name;
}

const char *
msg_tool(void)
{
	return "gp-fuzz";
}

void
msg(const char *subject, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	drop(subject, fmt, ap);
	va_end(ap);
}

void
msg_at(int level, const char *subject, const char *fmt, ...)
{
	va_list ap;

	(void)level;
	va_start(ap, fmt);
	drop(subject, fmt, ap);
	va_end(ap);
}

void
msg_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	abort();
}
