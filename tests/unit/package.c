/* Parts of exports: zip, tgz and tree are read alike, and not believed. */
#include "lib/package/package.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/mem.h"
#include "scratch.h"
#include "table.h"

/* Runs shell text in an empty folder that is gone at the end. */
static int
make(const char *script)
{
	char *command = mem_printf("cd '%s' && (%s) >/dev/null 2>&1", folder,
	    script);
	int status = system(command);

	free(command);
	return status;
}

static int
setup(void **state)
{
	if (scratch_begin(state) < 0)
		return -1;
	return make("mkdir -p t/Takeout/A && printf photo >t/Takeout/A/1.jpg &&"
		    " printf '{}' >t/Takeout/A/1.jpg.json &&"
		    " ln -s /etc/passwd t/Takeout/link && cd t &&"
		    " bsdtar -c --format zip --options compression=store"
		    " -f ../p.zip Takeout && bsdtar -czf ../p.tgz Takeout &&"
		    " head -c 20000000 /dev/zero >zero &&"
		    " bsdtar -c --format zip -f ../bomb.zip zero &&"
		    " bsdtar -czf ../bomb.tgz zero && rm zero &&"
		    " openssl enc -aes-128-ctr -K 01 -iv 01 </dev/zero | head "
		    "-c 5000 >../noise && cd .. &&"
		    " head -c -12 p.tgz >cut.tgz &&"
		    " sed 's/photo/pxoto/' p.zip >rot.zip");
}

static struct package *
open_named(const char *name)
{
	char *path = mem_printf("%s/%s", folder, name);
	char reason[256] = "";
	struct package *p = package_open(path, reason, sizeof(reason));

	assert_true(p != NULL || reason[0] != '\0');
	free(path);
	return p;
}

/* The next member that ends in NAME. */
static int
go_to(struct package *p, const char *name, struct package_member *m)
{
	size_t n;
	int got;

	while ((got = package_next(p, m)) > 0) {
		n = strlen(m->name);
		if (n >= strlen(name) &&
		    strcmp(m->name + n - strlen(name), name) == 0)
			return 1;
	}
	return got;
}

static void
read_alike(void **state)
{
	static const char *const names[] = { "t", "p.zip", "p.tgz" };
	struct package_member m;
	struct package *p;
	char text[16];
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		p = open_named(names[i]);
		assert_int_equal(go_to(p, "A/1.jpg", &m), 1);
		assert_string_equal(m.name, "Takeout/A/1.jpg");
		assert_int_equal(m.type, PACKAGE_FILE);
		assert_int_equal(m.size, 5);
		assert_int_equal(package_read(p, text, sizeof(text)), 5);
		assert_memory_equal(text, "photo", 5);
		assert_int_equal(package_read(p, text, sizeof(text)), 0);
		package_close(p);
	}
}

static void
found_by_name(void **state)
{
	static const char *const names[] = { "t", "p.zip" };
	struct package_member m;
	struct package *p;
	char text[16];
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		p = open_named(names[i]);
		assert_true(package_random(p));
		assert_int_equal(package_find(p, "Takeout/A/2.jpg", NULL, &m),
		    0);
		assert_int_equal(package_find(p, "Takeout/A/1.jpg", NULL, &m),
		    1);
		assert_int_equal(package_read(p, text, sizeof(text)), 5);
		package_close(p);
	}
	p = open_named("p.tgz");
	assert_false(package_random(p));
	package_close(p);
}

static void
links_are_links(void **state)
{
	static const char *const names[] = { "t", "p.zip", "p.tgz" };
	struct package_member m;
	struct package *p;
	size_t i;

	(void)state;
	for (i = 0; i < 3; i++) {
		p = open_named(names[i]);
		assert_int_equal(go_to(p, "/link", &m), 1);
		assert_int_equal(m.type, PACKAGE_LINK);
		package_close(p);
	}
}

/* 20 MB of zeros in 20 KB are more than any photo. */
static void
bombs_are_refused(void **state)
{
	static const char *const names[] = { "bomb.zip", "bomb.tgz" };
	static const char *const why[] = { "packs like that", "unpacks to" };
	static char text[1 << 20];
	struct package_member m;
	struct package *p;
	ssize_t got;
	size_t i;

	(void)state;
	for (i = 0; i < 2; i++) {
		p = open_named(names[i]);
		assert_int_equal(go_to(p, "zero", &m), 1);
		while ((got = package_read(p, text, sizeof(text))) > 0)
			;
		assert_int_equal(got, -1);
		assert_non_null(strstr(package_reason(p), why[i]));
		package_close(p);
	}
}

static void
damage_is_said(void **state)
{
	struct package_member m;
	struct package *p;
	char text[16];

	(void)state;
	assert_null(open_named("noise"));
	assert_null(open_named("nothing"));
	p = open_named("cut.tgz");
	assert_int_equal(go_to(p, "never", &m), -1);
	assert_true(package_reason(p)[0] != '\0');
	package_close(p);
	p = open_named("rot.zip");
	assert_int_equal(go_to(p, "A/1.jpg", &m), 1);
	assert_int_equal(package_read(p, text, sizeof(text)), 5);
	assert_int_equal(package_read(p, text, sizeof(text)), -1);
	package_close(p);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(read_alike),
		cmocka_unit_test(found_by_name),
		cmocka_unit_test(links_are_links),
		cmocka_unit_test(bombs_are_refused),
		cmocka_unit_test(damage_is_said),
	};

	return cmocka_run_group_tests(tests, setup, scratch_end);
}
