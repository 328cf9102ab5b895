/* SHA-256 and its text. */
#include "lib/digest.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "table.h"

/* FIPS 180-4, examples */
static const char empty_sum[] =
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
static const char abc_sum[] =
    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

static void
known_sums(void **state)
{
	struct digest *d = digest_new();
	uint8_t sum[DIGEST_SIZE];
	char hex[DIGEST_HEX];

	(void)state;
	digest_begin(d);
	digest_end(d, sum);
	digest_hex(sum, hex);
	assert_string_equal(hex, empty_sum);
	digest_begin(d);
	digest_add(d, "a", 1);
	digest_add(d, "bc", 2);
	digest_end(d, sum);
	digest_hex(sum, hex);
	assert_string_equal(hex, abc_sum);
	digest_free(d);
	digest_free(NULL);
	digest_of("abc", 3, sum);
	digest_hex(sum, hex);
	assert_string_equal(hex, abc_sum);
}

static void
of_fd(void **state)
{
	struct digest *d = digest_new();
	uint8_t sum[DIGEST_SIZE];
	char hex[DIGEST_HEX];
	int64_t bytes = 0;
	int end[2], fd;

	(void)state;
	assert_int_equal(pipe2(end, O_CLOEXEC), 0);
	assert_int_equal(write(end[1], "abc", 3), 3);
	close(end[1]);
	assert_int_equal(digest_fd(d, end[0], sum, &bytes), 0);
	close(end[0]);
	digest_hex(sum, hex);
	assert_string_equal(hex, abc_sum);
	assert_int_equal(bytes, 3);
	fd = open("/", O_RDONLY | O_CLOEXEC);
	assert_int_equal(digest_fd(d, fd, sum, NULL), -1);
	assert_int_equal(errno, EISDIR);
	close(fd);
	digest_free(d);
}

static void
text(void **state)
{
	uint8_t sum[DIGEST_SIZE];
	char hex[DIGEST_HEX + 1], back[DIGEST_HEX];

	(void)state;
	assert_int_equal(digest_parse(abc_sum, sum), 0);
	digest_hex(sum, back);
	assert_string_equal(back, abc_sum);
	memcpy(hex, abc_sum, DIGEST_HEX);
	hex[0] = 'B';
	assert_int_equal(digest_parse(hex, sum), 0);
	hex[0] = 'g';
	assert_int_equal(digest_parse(hex, sum), -1);
	hex[0] = 'b';
	hex[64] = '0';
	hex[65] = '\0';
	assert_int_equal(digest_parse(hex, sum), -1);
	hex[63] = '\0';
	assert_int_equal(digest_parse(hex, sum), -1);
	assert_int_equal(digest_parse("", sum), -1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_sums),
		cmocka_unit_test(of_fd),
		cmocka_unit_test(text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
