/*
 * Parts of exports, as bytes: whatever they are, their listing has lines that
 * are read back as they were meant, every member within its bounds.
 */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "gp-list/takeout/catalog/catalog-line.h"
#include "gp-list/takeout/catalog/catalog-make.h"
#include "lib/files/file.h"
#include "lib/mem.h"
#include "lib/utf8.h"

static void
demand_member(const struct catalog_member *m)
{
	DEMAND(m->name != NULL && strlen(m->name) <= PACKAGE_NAME_MAX);
	DEMAND(m->type == PACKAGE_FILE || m->type == PACKAGE_LINK ||
	    m->type == PACKAGE_OTHER);
	DEMAND(m->size >= -1);
	DEMAND(m->json == NULL || m->json_len <= 3 * CATALOG_JSON_MAX);
}

/* Every line is one, and the last is the only last. */
static void
demand_listing(char *text, size_t n)
{
	char *rest = text, *line;
	struct catalog_line read;
	bool last = false;

	DEMAND(n > 0 && text[n - 1] == '\n');
	catalog_line_init(&read);
	while ((line = strsep(&rest, "\n")) != NULL && rest != NULL) {
		DEMAND(!last);
		DEMAND(catalog_line_read(&read, line, strlen(line)) == 0);
		last = read.last;
		if (!last)
			demand_member(&read.m);
	}
	DEMAND(last);
	catalog_line_release(&read);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	int fd = memfd_create("part", MFD_CLOEXEC);
	char *path, *text = NULL, reason[256];
	struct package *p;
	size_t n = 0;
	FILE *out;

	DEMAND(fd >= 0 && file_write_all(fd, data, size) == 0);
	path = mem_printf("/proc/self/fd/%d", fd);
	p = package_open(path, reason, sizeof(reason));
	if (p != NULL) {
		out = open_memstream(&text, &n);
		DEMAND(out != NULL && catalog_make(p, out, NULL) >= 0);
		DEMAND(fclose(out) == 0);
		demand_listing(text, n);
		free(text);
	} else {
		DEMAND(*reason != '\0');
	}
	package_close(p);
	free(path);
	close(fd);
	return 0;
}
