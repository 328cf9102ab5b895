#include "gp-index/checksums/checksums-read.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "gp-index/checksums/checksums-name.h"
#include "gp-index/checksums/walk.h"
#include "lib/checksum-line.h"
#include "lib/files/file.h"
#include "lib/mem.h"

/* of a line: the sum, two spaces, a path below a folder or a bag, CR */
#define SUM_LINE_MAX ((size_t)DIGEST_HEX + 2 + PATH_MAX)

int
checksum_list_open(struct checksum_list *l, const struct repo *a,
    const char *path)
{
	int fd, saved;

	memset(l, 0, sizeof(*l));
	fd = file_open_below(a->fd, path, O_RDONLY | O_NONBLOCK, 0);
	if (fd < 0)
		return -1;
	l->in = fdopen(fd, "r");
	if (l->in == NULL) {
		saved = errno;
		close(fd);
		errno = saved;
		return -1;
	}
	l->line = mem_alloc(SUM_LINE_MAX + 1);
	return 0;
}

int
checksum_list_open_folder(struct checksum_list *l, const struct repo *a,
    const char *folder)
{
	char *path = mem_printf("%s/%s", folder, CHECKSUMS_NAME);
	int result, saved;

	result = checksum_list_open(l, a, path);
	saved = errno;
	free(path);
	errno = saved;
	return result;
}

void
checksum_list_close(struct checksum_list *l)
{
	if (l->in != NULL)
		fclose(l->in);
	free(l->line);
	l->in = NULL;
	l->line = NULL;
}

/* The next line to l->line, without its end; its length, of which no more than
 * SUM_LINE_MAX are kept. -1 at the end of the list. */
static ssize_t
read_line(struct checksum_list *l)
{
	ssize_t n = 0;
	size_t kept = 0;
	int c;

	for (c = getc_unlocked(l->in); c != EOF && c != '\n';
	     c = getc_unlocked(l->in)) {
		if (kept < SUM_LINE_MAX)
			l->line[kept++] = (char)c;
		n++;
	}
	l->line[kept] = '\0';
	return c == EOF && n == 0 ? -1 : n;
}

int
checksum_list_next(struct checksum_list *l)
{
	char *line = l->line, *name;
	ssize_t n;

	errno = 0;
	n = read_line(l);
	/* a line that the failure cut comes as if it were whole */
	if (ferror(l->in) != 0) {
		errno = errno != 0 ? errno : EIO;
		return -2;
	}
	if (n < 0)
		return 0;
	l->line_no++;
	if (n > (ssize_t)SUM_LINE_MAX)
		return -1;
	/* as an editor of Windows leaves it; no name of ours ends so */
	if (n > 0 && line[n - 1] == '\r')
		line[--n] = '\0';
	if (strlen(line) != (size_t)n ||
	    checksum_line_parse(line, l->sha256, &name) < 0)
		return -1;
	l->name = name;
	return 1;
}

const char *
checksum_list_reason(int error)
{
	return error == ELOOP ? "it is a link, not the list: move it away"
			      : strerror(error);
}

int
checksums_found(const struct repo *a)
{
	enum walked what = WALK_STRANGE;
	struct checksum_list l;
	struct archive_walk w;
	int found = 0;

	if (walk_init(&w, a) < 0)
		return -1;
	while (found == 0 && what != WALK_END) {
		what = walk_next(&w);
		if (what != WALK_FOLDER)
			continue;
		found = checksum_list_open_folder(&l, a, w.path.data) == 0;
		checksum_list_close(&l);
	}
	walk_release(&w);
	return found;
}
