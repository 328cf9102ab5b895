#include "gp-list/file-url.h"

#include "lib/percent.h"

void
file_url_add(struct buf *b, const char *s)
{
	percent_add(b, s, "/");
}
