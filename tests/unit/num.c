/* Numbers, sizes and times from text and back: cases in num.tests. */
#include "lib/num.h"

#include <inttypes.h>

#include "table.h"

static bool
is_refused(char *field[TABLE_FIELDS], int result)
{
	return strcmp(field[2], "refused") == 0 && result < 0;
}

static bool
int_case(char *field[TABLE_FIELDS])
{
	char got[32];
	int64_t n;
	int result;

	result = num_parse(field[1], INT64_MIN, INT64_MAX, &n);
	if (result < 0)
		return is_refused(field, result);
	snprintf(got, sizeof(got), "%" PRId64, n);
	return table_same(field[2], got);
}

static bool
size_case(char *field[TABLE_FIELDS])
{
	char got[32];
	int64_t n;
	int result;

	result = num_parse_size(field[1], &n);
	if (result < 0)
		return is_refused(field, result);
	snprintf(got, sizeof(got), "%" PRId64, n);
	return table_same(field[2], got);
}

static bool
time_case(char *field[TABLE_FIELDS])
{
	char got[64];
	int64_t seconds;
	long ns;
	int result;

	result = num_parse_time(field[1], &seconds, &ns);
	if (result < 0)
		return is_refused(field, result);
	snprintf(got, sizeof(got), "%" PRId64 " %09ld", seconds, ns);
	return table_same(field[2], got);
}

static bool
format_case(char *field[TABLE_FIELDS])
{
	char got[NUM_TIME_SIZE];
	int result;

	result = num_format_time(got, strtoll(field[1], NULL, 10));
	if (result < 0)
		return is_refused(field, result);
	return table_same(field[2], got);
}

static bool
human_case(char *field[TABLE_FIELDS])
{
	char got[32];

	return table_same(field[2],
	    num_format_size(got, sizeof(got), strtoll(field[1], NULL, 10)));
}

static bool
num_case(char *field[TABLE_FIELDS], int n)
{
	if (n != 3)
		return false;
	if (strcmp(field[0], "int") == 0)
		return int_case(field);
	if (strcmp(field[0], "size") == 0)
		return size_case(field);
	if (strcmp(field[0], "time") == 0)
		return time_case(field);
	if (strcmp(field[0], "format") == 0)
		return format_case(field);
	return strcmp(field[0], "human") == 0 && human_case(field);
}

static void
table(void **state)
{
	(void)state;
	table_run("num.tests", num_case);
}

static void
bounds(void **state)
{
	int64_t n = 7;

	(void)state;
	assert_int_equal(num_parse("1", 1, 3, &n), 0);
	assert_int_equal(num_parse("3", 1, 3, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(num_parse("0", 1, 3, &n), -1);
	assert_int_equal(num_parse("4", 1, 3, &n), -1);
	assert_int_equal(n, 3);
}

/* Each day from year 0 to 9999 has the number after the day before it, and
 * comes back as it went in. */
static void
every_day(void **state)
{
	char text[NUM_TIME_SIZE];
	int64_t first, seconds, t;

	(void)state;
	assert_int_equal(num_parse_time("0000-01-01T00:00:00Z", &first, NULL),
	    0);
	for (t = first; num_format_time(text, t) == 0; t += 86400) {
		assert_int_equal(num_parse_time(text, &seconds, NULL), 0);
		if (seconds != t)
			fail_msg("%s is not %" PRId64, text, t);
	}
	assert_int_equal((t - first) / 86400, 3652425);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(table),
		cmocka_unit_test(bounds),
		cmocka_unit_test(every_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
