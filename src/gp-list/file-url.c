#include "gp-list/file-url.h"

#include <string.h>

void
file_url_add(struct buf *b, const char *s)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~/";
	size_t n;

	for (;;) {
		n = strspn(s, plain);
		buf_add(b, s, n);
		s += n;
		if (*s == '\0')
			return;
		buf_printf(b, "%%%02X", (unsigned)(unsigned char)*s++);
	}
}
