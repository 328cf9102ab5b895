/* The growing buffer: its maximum, its NUL, its JSON strings. */
#include "lib/buf.h"

#include <errno.h>

#include "table.h"

static void
grows(void **state)
{
	struct buf b;
	int i;

	(void)state;
	buf_init(&b, SIZE_MAX / 2);
	assert_string_equal(b.data, "");
	for (i = 0; i < 10000; i++)
		assert_int_equal(buf_addc(&b, (char)('a' + i % 26)), 0);
	assert_int_equal(b.len, 10000);
	assert_int_equal(strlen(b.data), 10000);
	assert_int_equal(b.data[9999], 'a' + 9999 % 26);
	buf_truncate(&b, 3);
	assert_string_equal(b.data, "abc");
	buf_clear(&b);
	assert_string_equal(b.data, "");
	assert_int_equal(buf_printf(&b, "%d-%s", 7, "x"), 0);
	assert_string_equal(b.data, "7-x");
	assert_int_equal(buf_printf(&b, "%s", ""), 0);
	assert_int_equal(b.len, 3);
	buf_release(&b);
	assert_string_equal(b.data, "");
	assert_int_equal(buf_reserve(&b, 500), 0);
	assert_string_equal(b.data, "");
	assert_int_equal(buf_adds(&b, "again"), 0);
	assert_string_equal(b.data, "again");
	buf_release(&b);
}

/* What does not fit is refused whole, and remembered. */
static void
maximum(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 4);
	assert_int_equal(buf_adds(&b, "abc"), 0);
	errno = 0;
	assert_int_equal(buf_adds(&b, "de"), -1);
	assert_int_equal(errno, EMSGSIZE);
	assert_string_equal(b.data, "abc");
	assert_true(b.overflowed);
	assert_int_equal(buf_printf(&b, "%d", 12), -1);
	assert_string_equal(b.data, "abc");
	assert_int_equal(buf_addc(&b, 'd'), 0);
	assert_int_equal(buf_addc(&b, 'e'), -1);
	assert_int_equal(buf_reserve(&b, SIZE_MAX), -1);
	assert_string_equal(b.data, "abcd");
	buf_clear(&b);
	assert_false(b.overflowed);
	assert_int_equal(buf_adds(&b, "wxyz"), 0);
	buf_release(&b);
}

static void
bytes(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 100);
	assert_int_equal(buf_add(&b, "a\0b", 3), 0);
	assert_int_equal(buf_add(&b, NULL, 0), 0);
	assert_int_equal(b.len, 3);
	assert_memory_equal(b.data, "a\0b", 4);
	buf_release(&b);
}

static void
json_string(const char *s, size_t n, const char *want)
{
	struct buf b;

	buf_init(&b, 1000);
	assert_int_equal(buf_add_json(&b, s, n), 0);
	assert_string_equal(b.data, want);
	buf_release(&b);
}

static void
json(void **state)
{
	struct buf b;

	(void)state;
	json_string("", 0, "\"\"");
	json_string("a/b", 3, "\"a/b\"");
	json_string("\"\\\n\r\t", 5, "\"\\\"\\\\\\n\\r\\t\"");
	json_string("\0\x01\x1f\x7f", 4, "\"\\u0000\\u0001\\u001f\x7f\"");
	json_string("\xc3\xa9\xf0\x9f\x98\x80", 6,
	    "\"\xc3\xa9\xf0\x9f\x98\x80\"");
	/* no UTF-8: overlong, surrogate, cut off, beyond U+10FFFF */
	json_string("\xc0\x80", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\"");
	json_string("\xed\xa0\x80", 3,
	    "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
	json_string("a\xe2\x82", 3, "\"a\xef\xbf\xbd\xef\xbf\xbd\"");
	json_string("\xf4\x90\x80\x80", 4,
	    "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");
	buf_init(&b, 5);
	assert_int_equal(buf_add_json(&b, "abcd", 4), -1);
	assert_true(b.overflowed);
	buf_release(&b);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(grows),
		cmocka_unit_test(maximum),
		cmocka_unit_test(bytes),
		cmocka_unit_test(json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
