/* JSON trees: strict, and int64 spelled either way. What json-c takes beyond
 * JSON (NaN, names in single quotes, control bytes) the scanner refuses
 * before it. */
#include "lib/record/json.h"

#include "lib/mem.h"
#include "table.h"

static bool
accepts(const char *s, size_t n)
{
	struct json_object *o = json_parse(s, n);
	bool accepted = o != NULL;

	json_object_put(o);
	return accepted;
}

static void
strict(void **state)
{
	static const char *const good[] = { "{}", " {\"a\":[1,2.5,-0]} ",
		"{\"a\":\"\\u00e9\xc3\xa9\"}", "[]", "12" };
	static const char *const bad[] = { "", " ", "{", "{}x", "{}{}",
		"{\"a\":'x'}", "{\"a\":1,}", "[1,]", "{\"a\":01}", "nil",
		"{\"a\":\"\xff\"}", "{\"a\":\"\xc0\x80\"}", "{a:1}", "/* */{}",
		"<html>" };
	char deep[200];
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(good); i++)
		if (!accepts(good[i], strlen(good[i])))
			fail_msg("refused: %s", good[i]);
	for (i = 0; i < COUNT(bad); i++)
		if (accepts(bad[i], strlen(bad[i])))
			fail_msg("accepted: %s", bad[i]);
	assert_false(accepts("{}\0", 3));
	memset(deep, '[', 100);
	memset(deep + 100, ']', 100);
	assert_false(accepts(deep, 200));
}

static void
members(void **state)
{
	static const char text[] =
	    "{\"a\":{\"b\":{\"c\":\"x\"}},\"n\":7,\"s\":\"-9007199254740993\","
	    "\"big\":99999999999999999999,\"nul\":\"a\\u0000b\",\"f\":1.5,"
	    "\"t\":\"7 \",\"z\":null,\"u\":\"https://x/y\"}";
	struct json_object *o = json_parse(text, sizeof(text) - 1);
	int64_t n = 1;

	(void)state;
	assert_non_null(o);
	assert_string_equal(json_text(json_get(json_get(o, "a"), "b"), "c"),
	    "x");
	assert_null(json_get(json_get(o, "n"), "x"));
	assert_null(json_get(NULL, "x"));
	assert_null(json_text(o, "n"));
	assert_null(json_text(o, "nul"));
	assert_null(json_text(o, "gone"));
	assert_int_equal(json_int(o, "n", &n), 0);
	assert_int_equal(n, 7);
	assert_int_equal(json_int(o, "s", &n), 0);
	assert_true(n == INT64_C(-9007199254740993));
	assert_int_equal(json_int(o, "big", &n), -1);
	assert_int_equal(json_int(o, "f", &n), -1);
	assert_int_equal(json_int(o, "t", &n), -1);
	assert_int_equal(json_int(o, "z", &n), -1);
	assert_int_equal(json_int(o, "gone", &n), -1);
	json_object_put(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(strict),
		cmocka_unit_test(members),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
