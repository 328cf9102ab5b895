/* Names for files and folders: cases in name.tests. */
#include "lib/name.h"

#include "lib/mem.h"
#include "lib/utf8.h"
#include "table.h"

static char *
apply(char *field[TABLE_FIELDS])
{
	unsigned n = (unsigned)strtoul(field[3], NULL, 10);

	if (strcmp(field[0], "file") == 0)
		return name_file(field[1], n);
	if (strcmp(field[0], "folder") == 0)
		return name_folder(field[1]);
	if (strcmp(field[0], "fold") == 0)
		return name_fold(field[1]);
	return name_nfc(field[1]);
}

static bool
name_case(char *field[TABLE_FIELDS], int n)
{
	char *got;
	bool same;

	if (n < 3)
		return false;
	got = apply(field);
	same = table_same(field[2], got);
	free(got);
	return same;
}

static void
table(void **state)
{
	(void)state;
	table_run("name.tests", name_case);
}

/* A text of COUNT times PART, and END. */
static char *
repeat(const char *part, size_t count, const char *end)
{
	size_t len = strlen(part);
	char *s = malloc(count * len + strlen(end) + 1);

	assert_non_null(s);
	for (size_t i = 0; i < count; i++)
		memcpy(s + i * len, part, len);
	memcpy(s + count * len, end, strlen(end) + 1);
	return s;
}

static void
long_name(const char *part, size_t count, const char *end, unsigned n,
    const char *want_end)
{
	char *s = repeat(part, count, end);
	char *name = name_file(s, n);

	assert_true(strlen(name) <= NAME_MAX_BYTES);
	assert_true(strlen(name) > NAME_MAX_BYTES - 5);
	assert_true(utf8_is(name));
	assert_string_equal(name + strlen(name) - strlen(want_end), want_end);
	free(name);
	free(s);
}

static void
long_names(void **state)
{
	(void)state;
	long_name("x", 143, "", 0, "x");
	long_name("x", 144, "", 0, "x");
	long_name("x", 139, ".jpg", 0, "x.jpg");
	long_name("x", 140, ".jpg", 0, "x.jpg");
	long_name("x", 140, ".jpg", 17, "x-17.jpg");
	long_name("x", 140, ".jpg", 4294967295u, "x-4294967295.jpg");
	long_name("\xe6\x97\xa5", 100, ".jpeg", 3, "\xe6\x97\xa5-3.jpeg");
	long_name("\xf0\x9f\x98\x80", 100, "", 0, "\x80");
	/* an extension that long is none */
	long_name("x", 100,
	    ".yyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyyy", 0, "y");
	/* no blank or point is left where it was cut */
	long_name("x", 141, ". yyyyyyyyyyyyyyyyyyyyyyyyy", 0, "x");
}

static void
long_folder(void **state)
{
	char *s = repeat("\xe6\x97\xa5", 200, "");
	char *name = name_folder(s);

	(void)state;
	assert_int_equal(strlen(name), 99);
	assert_true(utf8_is(name));
	free(name);
	free(s);
	s = repeat("x", 100, " y");
	name = name_folder(s);
	assert_int_equal(strlen(name), 100);
	assert_int_equal(name[99], 'x');
	free(name);
	free(s);
}

/* Names that the eye can't tell apart, or a file system can't, fold to one. */
static void
same_folded(void **state)
{
	static const char *const pairs[][2] = {
		{ "IMG.JPG", "img.jpg" },
		{ "\xc3\xa9", "e\xcc\x81" },
		{ "\xc3\x89", "e\xcc\x81" },
		{ "\xe2\x84\xab", "\xc3\xa5" },
		{ "STRASSE",
		    "stra\xc3\x9f"
		    "e" },
		{ "\xce\xa3", "\xcf\x82" },
		{ "\xce\xb1\xcd\x85\xcc\x81", "\xce\xb1\xcc\x81\xcd\x85" },
		{ "\xea\xb0\x80", "\xe1\x84\x80\xe1\x85\xa1" },
	};
	char *a, *b;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(pairs); i++) {
		a = name_fold(pairs[i][0]);
		b = name_fold(pairs[i][1]);
		assert_string_equal(a, b);
		free(a);
		free(b);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(long_names),
		cmocka_unit_test(long_folder),
		cmocka_unit_test(same_folded),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
