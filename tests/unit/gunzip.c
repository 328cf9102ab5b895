/* gunzip.h: what gzip packed comes out whole or not at all. */
#include "lib/package/gunzip.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/mem.h"
#include "scratch.h"
#include "table.h"

/* Runs shell text in the folder. */
static void
make(const char *script)
{
	char *command = mem_printf("cd '%s' && (%s) 2>/dev/null", folder,
	    script);

	assert_int_equal(system(command), 0);
	free(command);
}

static int
setup(void **state)
{
	if (scratch_begin(state) < 0)
		return -1;
	/* what packs, what does not, and more than all blocks together */
	make("seq 200000 >text; openssl enc -aes-128-ctr -K 01 -iv 01 "
	     "</dev/zero | head -c 3000000 >noise;"
	     " cat text noise text noise >both; printf a >one; : >none");
	return 0;
}

static char *
path_of(const char *name)
{
	return mem_printf("%s/%s", folder, name);
}

/* Whether what NAME unpacks to is the file WANT, or begins like it: bytes that
 * came; *END is what gunzip_next() said last. */
static size_t
unpack(const char *name, const char *want, ssize_t *end)
{
	char *path = path_of(name), *wanted = path_of(want);
	FILE *file = fopen(wanted, "re");
	struct gunzip *g = gunzip_open(path);
	static char text[1 << 20];
	const void *block;
	size_t all = 0, n;

	assert_non_null(file);
	assert_non_null(g);
	while ((*end = gunzip_next(g, &block)) > 0) {
		n = (size_t)*end;
		assert_true(n <= sizeof(text));
		assert_int_equal(fread(text, 1, n, file), n);
		assert_memory_equal(text, block, n);
		all += n;
	}
	assert_int_equal(gunzip_next(g, &block), *end);
	assert_true((*end < 0) == (gunzip_reason(g) != NULL));
	assert_true(gunzip_packed(g) >= 0);
	if (*end == 0)
		assert_int_equal(fgetc(file), EOF);
	gunzip_close(g);
	fclose(file);
	free(path);
	free(wanted);
	return all;
}

static void
whole(const char *name, const char *want)
{
	ssize_t end;

	unpack(name, want, &end);
	assert_int_equal(end, 0);
}

static void
comes_out_whole(void **state)
{
	static const char *const names[] = { "text", "noise", "both", "one",
		"none" };
	char *script, *packed;
	size_t i;

	(void)state;
	for (i = 0; i < COUNT(names); i++) {
		packed = mem_printf("%s.gz", names[i]);
		whole(names[i], names[i]);
		script = mem_printf("gzip -1 -k -f %s", names[i]);
		make(script);
		whole(packed, names[i]);
		free(script);
		script = mem_printf("gzip -9 -n <%s >%s", names[i], packed);
		make(script);
		whole(packed, names[i]);
		free(script);
		free(packed);
	}
}

static void
several_and_more(void **state)
{
	(void)state;
	make("gzip -c text >a.gz; gzip -c noise >>a.gz; gzip -c none >>a.gz;"
	     " gzip -c text >>a.gz; gzip -c noise >>a.gz; cp a.gz rest.gz;"
	     " head -c 700 /dev/zero >>rest.gz");
	whole("a.gz", "both");
	whole("rest.gz", "both");
}

/* extra field, name, comment, sum of the header: all that RFC 1952 has */
static void
every_header(void **state)
{
	ssize_t end;

	(void)state;
	make("{ printf '\\037\\213\\010\\036\\0\\0\\0\\0\\0\\003';"
	     " printf '\\003\\0abcname\\0comment\\0xx';"
	     " gzip -n <text | tail -c +11; } >full.gz");
	whole("full.gz", "text");
	make("{ printf '\\037\\213\\010\\040\\0\\0\\0\\0\\0\\003';"
	     " gzip -n <text | tail -c +11; } >reserved.gz");
	assert_int_equal(unpack("reserved.gz", "text", &end), 0);
	assert_int_equal(end, -1);
}

/* Writes the first N bytes of SOURCE to NAME, byte AT turned over. */
static void
spoil(const char *name, const char *source, size_t n, size_t at)
{
	char *from = path_of(source), *to = path_of(name);
	FILE *in = fopen(from, "re"), *out = fopen(to, "we");
	size_t i;
	int c;

	assert_true(in != NULL && out != NULL);
	for (i = 0; i < n && (c = fgetc(in)) != EOF; i++)
		fputc(i == at ? c ^ 0x55 : c, out);
	fclose(in);
	fclose(out);
	free(from);
	free(to);
}

static void
damage_and_cuts_are_seen(void **state)
{
	size_t n, size = 0;
	ssize_t end;
	FILE *file;
	char *path;

	(void)state;
	make("seq 3000 >few; gzip -n -k -f few");
	path = path_of("few.gz");
	file = fopen(path, "re");
	assert_non_null(file);
	fseek(file, 0, SEEK_END);
	size = (size_t)ftell(file);
	fclose(file);
	free(path);
	for (n = 2; n < size; n += n < 40 || n + 40 > size ? 1 : 97) {
		spoil("cut.gz", "few.gz", n, size);
		unpack("cut.gz", "few", &end);
		assert_int_equal(end, -1);
	}
	for (n = size - 8; n < size; n++) { /* sum and length */
		spoil("bad.gz", "few.gz", size, n);
		unpack("bad.gz", "few", &end);
		assert_int_equal(end, -1);
	}
}

static void
closed_early(void **state)
{
	char *path = path_of("both.gz");
	struct gunzip *g;
	const void *block;

	(void)state;
	make("gzip -1 -k -f both");
	gunzip_close(gunzip_open(path));
	g = gunzip_open(path);
	assert_true(gunzip_next(g, &block) > 0);
	gunzip_close(g);
	gunzip_close(NULL);
	free(path);
	path = path_of("nothing");
	assert_null(gunzip_open(path));
	free(path);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_out_whole),
		cmocka_unit_test(several_and_more),
		cmocka_unit_test(every_header),
		cmocka_unit_test(damage_and_cuts_are_seen),
		cmocka_unit_test(closed_early),
	};

	return cmocka_run_group_tests(tests, setup, scratch_end);
}
