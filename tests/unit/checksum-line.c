/* A line of checksums: what is one, and what is none. */
#include "lib/checksum-line.h"

#include <stdio.h>

#include "table.h"

#define HEX "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

/* The name in LINE; NULL where it is no line of checksums. */
static const char *
name_in(const char *line)
{
	static char copy[256];
	uint8_t sum[DIGEST_SIZE];
	char *name;

	snprintf(copy, sizeof(copy), "%s", line);
	if (checksum_line_parse(copy, sum, &name) < 0)
		return NULL;
	assert_int_equal(sum[0], 0xba);
	assert_int_equal(sum[DIGEST_SIZE - 1], 0xad);
	return name;
}

static void
good(void **state)
{
	(void)state;
	assert_string_equal(name_in(HEX "  a"), "a");
	assert_string_equal(name_in(HEX " *a b"), "a b");
	assert_string_equal(name_in(HEX "   a"), " a");
}

static void
bad(void **state)
{
	(void)state;
	assert_null(name_in(""));
	assert_null(name_in(HEX));
	assert_null(name_in(HEX " "));
	assert_null(name_in(HEX "  "));
	assert_null(name_in(HEX " a"));
	assert_null(name_in(HEX " a name"));
	assert_null(name_in(HEX "\t a"));
	assert_null(name_in("0" HEX "  a"));
	assert_null(name_in("\\" HEX "  a"));
	assert_null(name_in("g" HEX "  a"));
	assert_null(name_in("SHA256 (a) = " HEX));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good),
		cmocka_unit_test(bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
