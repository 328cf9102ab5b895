/* The record: to the letter, strict, bounded. Lines in record.tests. */
#include "lib/record/record.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "lib/files/nameless.h"
#include "lib/program/msg.h"
#include "lib/record/record-reader.h"
#include "scratch.h"
#include "table.h"

/* parse	LINE	ok or the reason
 * get	LINE	NAME	the member as written, or "none"
 * text	LINE	NAME	the member decoded, or "none"
 * int	LINE	NAME	the number, or "none"
 * set	LINE	NAME	JSON	the line then
 * label	LINE	what it is called in a message */
static bool
look(struct record *rec, char *field[TABLE_FIELDS])
{
	char digits[32] = "none";
	const char *got = "none";
	char *copy;
	int64_t value;
	size_t n;
	bool same;

	if (strcmp(field[0], "int") == 0) {
		if (record_int(rec, field[2], &value) == 0)
			snprintf(digits, sizeof(digits), "%lld",
			    (long long)value);
		return table_same(field[3], digits);
	}
	if (strcmp(field[0], "label") == 0)
		return table_same(field[2], record_display_name(rec));
	if (strcmp(field[0], "set") == 0) {
		record_set_raw(rec, field[2], field[3], strlen(field[3]));
		return table_same(field[4], rec->line.data);
	}
	if (strcmp(field[0], "text") == 0) {
		got = record_text(rec, field[2]);
		return table_same(field[3], got == NULL ? "none" : got);
	}
	got = record_get(rec, field[2], &n);
	if (got == NULL)
		return table_same(field[3], "none");
	copy = strndup(got, n);
	same = table_same(field[3], copy);
	free(copy);
	return same;
}

static bool
record_case(char *field[TABLE_FIELDS], int n)
{
	const char *reason = NULL;
	struct record rec;
	bool right;

	if (n < 3)
		return false;
	record_init(&rec);
	rec.at = 1;
	record_parse(&rec, field[1], strlen(field[1]), &reason);
	if (strcmp(field[0], "parse") == 0)
		right = table_same(field[2], reason == NULL ? "ok" : reason);
	else if (reason != NULL)
		right = table_same("ok", reason);
	else
		right = look(&rec, field);
	record_release(&rec);
	return right;
}

static void
table(void **state)
{
	(void)state;
	table_run("record.tests", record_case);
}

static char *
nested(size_t depth)
{
	char *s = malloc(2 * depth + 32);
	size_t n;

	n = (size_t)snprintf(s, 32, "{\"id\":\"1\",\"d\":");
	memset(s + n, '[', depth - 1);
	memset(s + n + depth - 1, ']', depth - 1);
	s[n + 2 * depth - 2] = '}';
	s[n + 2 * depth - 1] = '\0';
	return s;
}

static void
depth(void **state)
{
	struct record rec;
	const char *reason;
	char *s;

	(void)state;
	record_init(&rec);
	s = nested(RECORD_DEPTH);
	assert_int_equal(record_parse(&rec, s, strlen(s), &reason), 0);
	free(s);
	s = nested(RECORD_DEPTH + 1);
	assert_int_equal(record_parse(&rec, s, strlen(s), &reason), -1);
	assert_string_equal(reason, "nested too deep");
	free(s);
	record_release(&rec);
}

/* {"id":"1","x":"..."} of LEN bytes */
static char *
of_length(size_t len)
{
	static const char head[] = "{\"id\":\"1\",\"x\":\"";
	char *s = malloc(len + 1);

	memset(s, 'x', len);
	memcpy(s, head, sizeof(head) - 1);
	memcpy(s + len - 2, "\"}", 3);
	return s;
}

static void
length(void **state)
{
	struct record rec;
	char *s;

	(void)state;
	record_init(&rec);
	s = of_length(RECORD_MAX);
	assert_int_equal(record_parse(&rec, s, RECORD_MAX, NULL), 0);
	/* full: what does not fit is an error, and an error always fits */
	record_set_text(&rec, "sha256", "0123");
	assert_true(record_failed(&rec));
	assert_true(rec.line.len <= RECORD_MAX);
	assert_non_null(strstr(rec.line.data, "\"code\":\"too-long\""));
	free(s);
	s = of_length(RECORD_MAX + 1);
	assert_int_equal(record_parse(&rec, s, RECORD_MAX + 1, NULL), -1);
	free(s);
	record_release(&rec);
}

static void
nul_bytes(void **state)
{
	struct record rec;
	const char *reason;

	(void)state;
	record_init(&rec);
	assert_int_equal(record_parse(&rec, "{\"id\":\"1\"}\0", 11, &reason),
	    -1);
	assert_int_equal(record_parse(&rec, "{\"id\":\"\0\"}", 10, &reason),
	    -1);
	assert_int_equal(record_parse(&rec, "", 0, &reason), -1);
	record_release(&rec);
}

/* Texts that were handed out stay while others are asked for. */
static void
texts_stay(void **state)
{
	static const char line[] =
	    "{\"id\":\"\\u0041\",\"filename\":\"\\u0042\",\"file\":\"c\"}";
	const char *id, *filename, *file;
	struct record rec;

	(void)state;
	record_init(&rec);
	assert_int_equal(record_parse(&rec, line, sizeof(line) - 1, NULL), 0);
	id = record_text(&rec, "id");
	filename = record_text(&rec, "filename");
	file = record_text(&rec, "file");
	assert_string_equal(id, "A");
	assert_string_equal(filename, "B");
	assert_string_equal(file, "c");
	assert_ptr_equal(record_text(&rec, "id"), id);
	record_release(&rec);
}

static void
new_and_set(void **state)
{
	struct record rec;

	(void)state;
	record_init(&rec);
	record_new(&rec, "a\"b\n");
	record_set_int(&rec, "size", -7);
	record_set_text(&rec, "path", "\xc3\xa9\\");
	record_set_int(&rec, "size", 12345678);
	record_set_raw(&rec, "album", "{\"id\":1.0}", 10);
	assert_string_equal(rec.line.data,
	    "{\"id\":\"a\\\"b\\n\",\"size\":12345678,"
	    "\"path\":\"\xc3\xa9\\\\\",\"album\":{\"id\":1.0}}");
	assert_string_equal(record_text(&rec, "path"), "\xc3\xa9\\");
	assert_false(record_failed(&rec));
	record_mark(&rec, "io", "why");
	assert_true(record_failed(&rec));
	record_mark(&rec, "other", "not this");
	assert_null(strstr(rec.line.data, "other"));
	assert_non_null(strstr(rec.line.data,
	    ",\"error\":{\"stage\":\"gp-unit\",\"code\":\"io\","
	    "\"message\":\"why\"}}"));
	record_release(&rec);
}

/* Writes TEXT to a pipe in two parts and reads records from it. */
static void
reader(void **state)
{
	static const char text[] = "{\"id\":\"1\"}\n\n{\"id\":\"2\"}\n{\"id\":";
	struct record_reader in;
	struct record rec;
	int end[2];

	(void)state;
	record_init(&rec);
	assert_int_equal(pipe2(end, O_CLOEXEC), 0);
	record_reader_init(&in, end[0]);
	assert_false(record_ready(&in));
	assert_int_equal(write(end[1], text, 5), 5);
	record_fill(&in);
	assert_false(record_ready(&in));
	assert_int_equal(write(end[1], text + 5, sizeof(text) - 6),
	    sizeof(text) - 6);
	close(end[1]);
	record_fill(&in);
	assert_true(record_ready(&in));
	assert_true(record_read(&in, &rec));
	assert_string_equal(rec.line.data, "{\"id\":\"1\"}");
	assert_true(record_read(&in, &rec));
	assert_true(record_failed(&rec));
	assert_true(record_read(&in, &rec));
	assert_string_equal(record_text(&rec, "id"), "2");
	assert_int_equal(rec.at, 3);
	assert_true(record_read(&in, &rec));
	assert_true(record_failed(&rec));
	assert_non_null(strstr(rec.line.data, "cut off"));
	assert_false(record_read(&in, &rec));
	assert_false(record_read(&in, &rec));
	record_reader_release(&in);
	record_release(&rec);
	close(end[0]);
}

/* A line beyond the bound is one bad record, and the next is good again. */
static void
long_lines(void **state)
{
	static char block[65536];
	struct record_reader in;
	struct record rec;
	char *s = of_length(RECORD_MAX);
	int fd = nameless_make(dir);
	int i;

	(void)state;
	memset(block, 'y', sizeof(block));
	for (i = 0; i < 80; i++) /* 5 MiB */
		assert_int_equal(write(fd, block, sizeof(block)),
		    sizeof(block));
	assert_int_equal(write(fd, "\n", 1), 1);
	assert_int_equal(write(fd, s, RECORD_MAX), RECORD_MAX);
	assert_int_equal(write(fd, "\n", 1), 1);
	assert_int_equal(write(fd, s, RECORD_MAX), RECORD_MAX);
	assert_int_equal(write(fd, " \n", 2), 2);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	free(s);
	record_init(&rec);
	record_reader_init(&in, fd);
	assert_true(record_read(&in, &rec));
	assert_true(record_failed(&rec));
	assert_true(record_read(&in, &rec));
	assert_false(record_failed(&rec));
	assert_int_equal(rec.line.len, RECORD_MAX);
	assert_true(record_read(&in, &rec));
	assert_true(record_failed(&rec));
	assert_false(record_read(&in, &rec));
	assert_true(in.cap <= 4 * RECORD_MAX);
	record_reader_release(&in);
	record_release(&rec);
	close(fd);
}

/* A line is bad as soon as it is too long: nobody waits for its end. */
static void
long_line_open(void **state)
{
	struct record_reader in;
	struct record rec;
	char *s = of_length(4 * RECORD_MAX);
	int fd = nameless_make(dir);

	(void)state;
	assert_int_equal(fcntl(fd, F_SETFL, O_APPEND), 0);
	assert_int_equal(write(fd, s, 4 * RECORD_MAX), 4 * RECORD_MAX);
	free(s);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	record_init(&rec);
	record_reader_init(&in, fd);
	assert_true(record_read(&in, &rec));
	assert_true(record_failed(&rec));
	assert_false(in.eof);
	assert_true(lseek(fd, 0, SEEK_CUR) < (off_t)(4 * RECORD_MAX));
	assert_false(record_ready(&in));
	assert_int_equal(pwrite(fd, "z\n{\"id\":\"1\"}\n", 13, 0), 13);
	assert_true(record_read(&in, &rec));
	assert_string_equal(record_text(&rec, "id"), "1");
	assert_int_equal(rec.at, 2);
	assert_false(record_read(&in, &rec));
	record_reader_release(&in);
	record_release(&rec);
	close(fd);
}

/* What a long line took is given back; what a usual one needs is kept. */
static void
trim(void **state)
{
	struct record rec;
	char *s = of_length(RECORD_MAX);

	(void)state;
	record_init(&rec);
	assert_int_equal(record_parse(&rec, s, RECORD_MAX, NULL), 0);
	free(s);
	record_trim(&rec);
	assert_int_equal(rec.line.cap, 0);
	assert_int_equal(record_parse(&rec, "{\"id\":\"1\"}", 10, NULL), 0);
	record_trim(&rec);
	assert_string_equal(record_text(&rec, "id"), "1");
	record_release(&rec);
}

/* What the code under test says is not the test's own output. */
static int
quiet(void **state)
{
	int fd = open("/dev/null", O_WRONLY | O_CLOEXEC);

	(void)state;
	msg_init("gp-unit");
	return fd < 0 || dup2(fd, STDERR_FILENO) < 0 ? -1 : 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(depth),
		cmocka_unit_test(length),
		cmocka_unit_test(nul_bytes),
		cmocka_unit_test(texts_stay),
		cmocka_unit_test(new_and_set),
		cmocka_unit_test_setup(reader, quiet),
		cmocka_unit_test_setup(long_lines, quiet),
		cmocka_unit_test_setup(long_line_open, quiet),
		cmocka_unit_test(trim),
	};

	msg_init("gp-unit");
	return cmocka_run_group_tests(tests, scratch_begin, scratch_end);
}
