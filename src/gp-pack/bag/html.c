#include "gp-pack/bag/html.h"

#include <string.h>

void
html_text(FILE *f, const char *text)
{
	for (; *text != '\0'; text++) {
		switch (*text) {
		case '&':
			fputs("&amp;", f);
			break;
		case '<':
			fputs("&lt;", f);
			break;
		case '>':
			fputs("&gt;", f);
			break;
		case '"':
			fputs("&quot;", f);
			break;
		case '\'':
			fputs("&#39;", f);
			break;
		default:
			putc((unsigned char)*text < ' ' || *text == 0x7f
				? ' '
				: *text,
			    f);
		}
	}
}

void
html_address(FILE *f, const char *path)
{
	static const char plain[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
	    "-._~/";

	for (; *path != '\0'; path++) {
		if (strchr(plain, *path) != NULL)
			putc(*path, f);
		else
			fprintf(f, "%%%02X", (unsigned)(unsigned char)*path);
	}
}
