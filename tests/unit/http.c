/* Retry-After, as servers spell it. */
#include "lib/http.h"

#include <time.h>

#include "lib/mem.h"
#include "table.h"

static void
seconds(void **state)
{
	(void)state;
	assert_int_equal(http_retry_after("0"), 0);
	assert_int_equal(http_retry_after("17"), 17);
	assert_int_equal(http_retry_after("3600"), 3600);
	assert_int_equal(http_retry_after("3601"), 3600);
	assert_int_equal(http_retry_after("9223372036854775807"), 3600);
}

static void
neither(void **state)
{
	static const char *const bad[] = { "", "soon", "-1", "1.5", "12s",
		"99999999999999999999999" };
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(bad); i++)
		assert_int_equal(http_retry_after(bad[i]), -1);
}

static void
date(void **state)
{
	char text[64];
	struct tm tm;
	time_t t;

	(void)state;
	t = time(NULL) + 1000;
	gmtime_r(&t, &tm);
	strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm);
	/* however long this takes */
	assert_in_range(http_retry_after(text), 1, 1000);
	assert_int_equal(http_retry_after("Fri, 01 Jan 2021 00:00:00 GMT"), 0);
	assert_int_equal(http_retry_after("Fri, 31 Dec 2100 23:59:59 GMT"),
	    3600);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(seconds),
		cmocka_unit_test(neither),
		cmocka_unit_test(date),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
