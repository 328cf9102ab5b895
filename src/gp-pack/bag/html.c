#include "gp-pack/bag/html.h"

#include <string.h>

#include "lib/buf.h"
#include "lib/percent.h"

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
html_url(FILE *f, const char *path)
{
	struct buf url;

	buf_init(&url, 3 * strlen(path) + 1);
	percent_add(&url, path, "/");
	fputs(url.data, f);
	buf_release(&url);
}
