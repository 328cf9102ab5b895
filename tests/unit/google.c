/* What is known about Google by heart: its hosts, its midnight, its waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "lib/google/api.h"
#include "lib/google/hosts.h"
#include "lib/google/quota.h"
#include "lib/http.h"
#include "lib/mem.h"
#include "lib/record/json.h"

static time_t
utc(int year, int month, int day, int hour, int minute)
{
	struct tm t = { .tm_year = year - 1900,
		.tm_mon = month - 1,
		.tm_mday = day,
		.tm_hour = hour,
		.tm_min = minute };

	return timegm(&t);
}

static void
quota_starts_again_at_pacific_midnight(void **state)
{
	static const struct {
		int now[5], reset[5];
	} cases[] = {
		/* winter, summer */
		{ { 2026, 1, 15, 12, 0 }, { 2026, 1, 16, 8, 0 } },
		{ { 2026, 7, 15, 12, 0 }, { 2026, 7, 16, 7, 0 } },
		/* at the very minute it is the next day's */
		{ { 2026, 7, 15, 6, 59 }, { 2026, 7, 15, 7, 0 } },
		{ { 2026, 7, 15, 7, 0 }, { 2026, 7, 16, 7, 0 } },
		/* clocks go forward on 8 March 2026, back on 1 November */
		{ { 2026, 3, 8, 7, 0 }, { 2026, 3, 8, 8, 0 } },
		{ { 2026, 3, 8, 9, 0 }, { 2026, 3, 9, 7, 0 } },
		{ { 2026, 11, 1, 6, 0 }, { 2026, 11, 1, 7, 0 } },
		{ { 2026, 11, 1, 8, 0 }, { 2026, 11, 2, 8, 0 } },
	};
	const int *a, *b;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(cases); i++) {
		a = cases[i].now;
		b = cases[i].reset;
		assert_int_equal(quota_next(utc(a[0], a[1], a[2], a[3], a[4])),
		    utc(b[0], b[1], b[2], b[3], b[4]));
	}
}

static void
retry_after_is_seconds_or_a_date(void **state)
{
	char date[64];
	struct tm t;
	time_t then = time(NULL) + 1000;
	int64_t wait;

	(void)state;
	assert_int_equal(http_retry_after("0"), 0);
	assert_int_equal(http_retry_after("17"), 17);
	assert_int_equal(http_retry_after("86400"), 3600);
	assert_int_equal(http_retry_after("soon"), -1);
	assert_int_equal(http_retry_after(""), -1);
	assert_int_equal(http_retry_after("-5"), -1);
	assert_int_equal(http_retry_after("Sun, 06 Nov 1994 08:49:37 GMT"), 0);
	gmtime_r(&then, &t);
	strftime(date, sizeof(date), "%a, %d %b %Y %H:%M:%S GMT", &t);
	wait = http_retry_after(date);
	/* however long this took */
	assert_in_range(wait, 1, 1000);
}

static void
waits_grow_and_keep_their_bounds(void **state)
{
	unsigned n;
	long ms;

	(void)state;
	unsetenv("GP_BACKOFF_MS");
	for (n = 1; n <= 40; n++) {
		ms = api_backoff_ms(n, 0);
		assert_in_range(ms, n < 7 ? 500L << (n - 1) : 30000,
		    n < 7 ? 1000L << (n - 1) : 60000);
		assert_true(api_backoff_ms(n, 90000) == 90000);
	}
	setenv("GP_BACKOFF_MS", "2", 1);
	assert_in_range(api_backoff_ms(1, 0), 1, 2);
}

static void
hosts_are_read_strictly(void **state)
{
	static const char *const none[] = { "", "x", "ftp://a.b/", "https:/a.b",
		"https:///a.b", "https://", "https://u@a.b/",
		"https://u:p@a.b/", "//a.b/", "file:///etc/passwd",
		"https://a b/" };
	size_t i;
	char *host;

	(void)state;
	for (i = 0; i < COUNT(none); i++)
		assert_null(hosts_of(none[i]));
	host = hosts_of("HTTPS://LH3.GoogleUserContent.COM:8443/x?y#z");
	assert_string_equal(host, "lh3.googleusercontent.com");
	free(host);
	host = hosts_of("http://[::1]:80/");
	assert_string_equal(host, "::1");
	free(host);
}

static void
bytes_come_from_named_hosts_alone(void **state)
{
	(void)state;
	unsetenv("GP_MEDIA_HOSTS");
	assert_true(hosts_media_allowed("https://lh3.googleusercontent.com/a"));
	assert_true(hosts_media_allowed("https://a.b.googlevideo.com:444/a"));
	assert_false(hosts_media_allowed("http://lh3.googleusercontent.com/a"));
	assert_false(hosts_media_allowed("https://googleusercontent.com/a"));
	assert_false(hosts_media_allowed("https://evilgoogleusercontent.com/"));
	assert_false(
	    hosts_media_allowed("https://lh3.googleusercontent.com.evil.org/"));
	assert_false(
	    hosts_media_allowed("https://evil.org/#lh3.googleusercontent.com"));
	assert_false(
	    hosts_media_allowed("https://lh3.googleusercontent.com@evil.org/"));
	assert_false(hosts_media_allowed("https://127.0.0.1/"));
	setenv("GP_MEDIA_HOSTS", "127.0.0.1  photos.example", 1);
	assert_true(hosts_media_allowed("http://127.0.0.1:8080/a"));
	assert_true(hosts_media_allowed("https://127.0.0.1:8443/a"));
	assert_true(hosts_media_allowed("https://PHOTOS.example/a"));
	assert_false(hosts_media_allowed("http://photos.example/a"));
	assert_false(hosts_media_allowed("http://127.0.0.2/a"));
	assert_false(hosts_media_allowed("https://lh3.googleusercontent.com/"));
}

static void
apis_are_asked_over_https_or_loopback(void **state)
{
	(void)state;
	assert_true(hosts_api_allowed("https://photoslibrary.googleapis.com"));
	assert_true(hosts_api_allowed("http://localhost:1"));
	assert_true(hosts_api_allowed("http://127.9.9.9:1/x"));
	assert_true(hosts_api_allowed("http://[::1]:1/x"));
	assert_false(hosts_api_allowed("http://photoslibrary.googleapis.com"));
	assert_false(hosts_api_allowed("http://localhost.evil.org"));
	assert_false(hosts_api_allowed("http://127.0.0.1.evil.org"));
	assert_true(hosts_same_origin("https://A.b/x", "https://a.b:443/y"));
	assert_false(hosts_same_origin("https://a.b/", "http://a.b/"));
	assert_false(hosts_same_origin("https://a.b/", "https://a.b:8443/"));
	assert_false(hosts_same_origin("https://a.b/", "https://c.b/"));
	assert_false(hosts_same_origin("nothing", "nothing"));
}

#define PARSE(s) json_parse(s, sizeof(s) - 1)

static void
answers_are_parsed_strictly(void **state)
{
	struct json_object *o;
	int64_t n;

	(void)state;
	assert_null(PARSE(""));
	assert_null(PARSE("{} x"));
	assert_null(PARSE("{\"a\":1,}"));
	assert_null(PARSE("{\"a\":'b'}"));
	assert_null(PARSE("{\"a\":\"\xff\"}"));
	assert_null(PARSE("{\"a\""));
	o = PARSE(
	    "{\"s\":\"12\",\"i\":34,\"big\":99999999999999999999,"
	    "\"t\":\"x\",\"z\":\"a\\u0000b\",\"o\":{\"p\":{\"q\":\"r\"}}}");
	assert_non_null(o);
	assert_int_equal(json_int(o, "s", &n), 0);
	assert_int_equal(n, 12);
	assert_int_equal(json_int(o, "i", &n), 0);
	assert_int_equal(n, 34);
	assert_int_equal(json_int(o, "big", &n), -1);
	assert_int_equal(json_int(o, "t", &n), -1);
	assert_int_equal(json_int(o, "none", &n), -1);
	assert_null(json_text(o, "i"));
	assert_null(json_text(o, "z"));
	assert_string_equal(json_text(json_get(json_get(o, "o"), "p"), "q"),
	    "r");
	assert_null(json_get(json_get(o, "s"), "q"));
	json_object_put(o);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quota_starts_again_at_pacific_midnight),
		cmocka_unit_test(retry_after_is_seconds_or_a_date),
		cmocka_unit_test(waits_grow_and_keep_their_bounds),
		cmocka_unit_test(hosts_are_read_strictly),
		cmocka_unit_test(bytes_come_from_named_hosts_alone),
		cmocka_unit_test(apis_are_asked_over_https_or_loopback),
		cmocka_unit_test(answers_are_parsed_strictly),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
