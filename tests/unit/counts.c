/* Counts by name. */
#include "lib/program/counts.h"

#include "table.h"

static void
add_and_get(void **state)
{
	struct counts c = { .n = 0 };

	(void)state;
	assert_int_equal(counts_get(&c, "stored"), 0);
	counts_add(&c, "stored", 2);
	counts_add(&c, "failed", 0);
	counts_add(&c, "stored", 3);
	assert_int_equal(counts_get(&c, "stored"), 5);
	assert_int_equal(counts_get(&c, "failed"), 0);
	assert_int_equal(c.n, 2);
	assert_string_equal(c.name[0], "stored");
	counts_add(&c, "big", INT64_MAX - 1);
	counts_add(&c, "big", 1);
	assert_true(counts_get(&c, "big") == INT64_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(add_and_get) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
