/* Which addresses may be asked, and which are shown nothing: hosts.tests. */
#include "lib/google/hosts.h"

#include "table.h"

static bool
host_case(char *field[TABLE_FIELDS])
{
	char *host = hosts_of(field[1]);
	bool same;

	same = table_same(field[2], host == NULL ? "none" : host);
	free(host);
	return same;
}

static bool
question(char *field[TABLE_FIELDS])
{
	if (strcmp(field[0], "loopback") == 0)
		return hosts_loopback(field[1]);
	if (strcmp(field[0], "api") == 0)
		return hosts_api_allowed(field[1]);
	if (strcmp(field[0], "same") == 0)
		return hosts_same_origin(field[1], field[3]);
	if (*field[3] != '\0')
		setenv("GP_MEDIA_HOSTS", field[3], 1);
	else
		unsetenv("GP_MEDIA_HOSTS");
	return hosts_media_allowed(field[1]);
}

static bool
one_case(char *field[TABLE_FIELDS], int n)
{
	if (n < 3)
		return false;
	if (strcmp(field[0], "host") == 0)
		return host_case(field);
	return table_same(field[2], question(field) ? "yes" : "no");
}

static void
table(void **state)
{
	(void)state;
	table_run("hosts.tests", one_case);
}

int
main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(table) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
