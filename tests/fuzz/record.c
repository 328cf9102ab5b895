/* The record: a line that is taken stays to the letter, whatever is added. */
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"
#include "lib/files/file.h"
#include "lib/mem.h"
#include "lib/record/record-reader.h"
#include "lib/record/record.h"

static const char *const names[] = { "id", "filename", "file", "path", "sha256",
	"size", "error", "metadata", "check" };

/* Whether REC parses again, to the same texts. */
static void
demand_valid(const struct record *rec)
{
	struct record again;

	record_init(&again);
	DEMAND(rec->line.len <= RECORD_MAX);
	DEMAND(record_parse(&again, rec->line.data, rec->line.len, NULL) == 0);
	DEMAND(record_failed(&again) == record_failed(rec));
	record_release(&again);
}

/* Whether VALUE of N bytes, in quotes or not, is NUMBER; it may begin with
 * zeros. */
static bool
says(const char *value, size_t n, int64_t number)
{
	char want[32];
	size_t len;

	if (n >= 2 && *value == '"') {
		value++;
		n -= 2;
	}
	snprintf(want, sizeof(want), "%lld", (long long)number);
	len = strlen(want);
	if (number < 0 && (n == 0 || *value != '-'))
		return false;
	if (*value == '-') {
		value++;
		n--;
	}
	for (; n > 1 && *value == '0'; n--)
		value++;
	if (number < 0)
		len--;
	return n == len && memcmp(value, want + (number < 0), len) == 0;
}

static void
look(struct record *rec)
{
	const char *value, *text;
	int64_t number;
	size_t i, n;

	for (i = 0; i < COUNT(names); i++) {
		value = record_get(rec, names[i], &n);
		text = record_text(rec, names[i]);
		DEMAND(value != NULL || text == NULL);
		if (text != NULL)
			DEMAND(*value == '"' && strlen(text) < n);
		if (record_int(rec, names[i], &number) == 0)
			DEMAND(value != NULL && says(value, n, number));
	}
	DEMAND(record_display_name(rec) != NULL);
}

static void
one_line(const char *line, size_t n)
{
	const char *text;
	struct record rec;

	record_init(&rec);
	if (record_parse(&rec, line, n, NULL) < 0) {
		record_release(&rec);
		return;
	}
	DEMAND(rec.line.len == n && memcmp(rec.line.data, line, n) == 0);
	look(&rec);
	if (!record_failed(&rec)) {
		record_set_text(&rec, "check", "o\xc3\xa9k\"");
		record_set_int(&rec, "size", -5);
		demand_valid(&rec);
		text = record_text(&rec, "check");
		DEMAND(record_failed(&rec) ||
		    (text != NULL && strcmp(text, "o\xc3\xa9k\"") == 0));
		look(&rec);
		record_fail(&rec, "io", "%s", "why");
		DEMAND(record_failed(&rec));
	}
	demand_valid(&rec);
	record_release(&rec);
}

/* All of it as a stream of lines: as many records as lines. */
static void
stream(const uint8_t *data, size_t size)
{
	struct record_reader in;
	struct record rec;
	size_t lines = 0, records = 0, i;
	int fd = memfd_create("fuzz", MFD_CLOEXEC);

	DEMAND(fd >= 0 && file_write_all(fd, data, size) == 0 &&
	    lseek(fd, 0, SEEK_SET) == 0);
	for (i = 0; i < size; i++)
		lines += data[i] == '\n';
	if (size > 0 && data[size - 1] != '\n')
		lines++;
	record_init(&rec);
	record_reader_init(&in, fd);
	while (record_read(&in, &rec)) {
		records++;
		DEMAND(rec.at == records);
		demand_valid(&rec);
	}
	DEMAND(records == lines);
	record_reader_release(&in);
	record_release(&rec);
	close(fd);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	one_line((const char *)data, size);
	if (size > 0 && memchr(data, '\n', size) != NULL)
		stream(data, size);
	return 0;
}
