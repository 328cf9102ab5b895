#include "gp-fetch/location.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/mem.h"
#include "lib/package/package.h"
#include "lib/percent.h"
#include "lib/record/json.h"

static char *
copy_or_null(const char *s)
{
	return s != NULL ? mem_strdup(s) : NULL;
}

/* Member N - 1 of `alt`. */
static void
read_alt(struct location *p, struct record *rec, size_t n)
{
	struct json_object *alt, *one;
	const char *raw;
	size_t len;

	raw = record_get(rec, "alt", &len);
	alt = raw != NULL ? json_parse(raw, len) : NULL;
	if (json_object_is_type(alt, json_type_array) &&
	    n <= json_object_array_length(alt)) {
		one = json_object_array_get_idx(alt, n - 1);
		p->member = copy_or_null(json_text(one, "member"));
		if (p->member != NULL ||
		    !json_object_object_get_ex(one, "member", NULL))
			p->url = copy_or_null(json_text(one, "url"));
	}
	json_object_put(alt);
}

bool
location_read(struct location *p, struct record *rec, size_t n)
{
	memset(p, 0, sizeof(*p));
	if (n == 0) {
		p->url = copy_or_null(record_text(rec, "url"));
		p->member = copy_or_null(record_text(rec, "member"));
	} else {
		read_alt(p, rec, n);
	}
	if (p->url != NULL)
		return true;
	free(p->member);
	p->member = NULL;
	return false;
}

char *
location_path(const char *url)
{
	char *path;

	if (strncasecmp(url, "file:", 5) != 0)
		return NULL;
	url += 5;
	if (strncmp(url, "//", 2) == 0) {
		url += 2;
		if (strncasecmp(url, "localhost/", 10) == 0)
			url += 9;
	}
	if (*url != '/')
		return NULL;
	path = mem_strdup(url);
	if (percent_decode(path) == 0)
		return path;
	free(path);
	return NULL;
}

/* Whether the zip at PATH has lost its directory. */
static bool
is_cut(const char *path)
{
	char reason[200];
	struct package *package = package_open(path, reason, sizeof(reason));
	bool cut = package != NULL && !package_random(package);

	package_close(package);
	return cut;
}

bool
location_is_stream(const char *path)
{
	char head[2] = "";
	struct stat st;
	bool file, zip;
	int fd;

	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return false; /* whoever opens it next says why */
	file = fstat(fd, &st) == 0 && S_ISREG(st.st_mode) &&
	    read(fd, head, sizeof(head)) == 2;
	close(fd);
	zip = memcmp(head, "PK", 2) == 0;
	return file && (!zip || is_cut(path));
}
