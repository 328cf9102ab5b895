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

/* Each day of 800 years has the number after the day before it, and comes back
 * as it went in; of the others, which follow the same cycle of 400 years, one a
 * month. */
static void
every_day(void **state)
{
	const int64_t day = 86400, cycle = 146097;
	char text[NUM_TIME_SIZE];
	int64_t first, seconds, n = 0;

	(void)state;
	assert_int_equal(num_parse_time("0000-01-01T00:00:00Z", &first, NULL),
	    0);
	while (num_format_time(text, first + n * day) == 0) {
		assert_int_equal(num_parse_time(text, &seconds, NULL), 0);
		if (seconds != first + n * day)
			fail_msg("%s is not %" PRId64, text, first + n * day);
		n += n / cycle / 2 == 2 ? 1 : 29;
	}
	/* to the end of 9999 */
	assert_in_range(n, 25 * cycle, 25 * cycle + 28);
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
