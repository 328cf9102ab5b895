/*
 * Tables of cases: a file beside the test, a case a line, fields divided by
 * tabs. \xHH, \t, \n, \r and \\ stand for bytes; an empty line or one that
 * begins with '#' is none. Adding a case needs no C.
 */
#ifndef GP_TEST_TABLE_H
#define GP_TEST_TABLE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TABLE_FIELDS 8

/* Says whether the case is as it should be; FIELD[N] and on are "". */
typedef bool table_case(char *field[TABLE_FIELDS], int n);

static inline void
table_unescape(char *s)
{
	char hex[3] = "";
	char *to = s;

	for (; *s != '\0'; s++) {
		if (*s != '\\') {
			*to++ = *s;
			continue;
		}
		s++;
		switch (*s) {
		case 'x':
			memcpy(hex, s + 1, 2);
			*to++ = (char)strtoul(hex, NULL, 16);
			s += 2;
			break;
		case 't':
			*to++ = '\t';
			break;
		case 'n':
			*to++ = '\n';
			break;
		case 'r':
			*to++ = '\r';
			break;
		default:
			*to++ = *s;
		}
	}
	*to = '\0';
}

static inline int
table_split(char *line, char *field[TABLE_FIELDS])
{
	int i, n = 0;

	while (line != NULL && n < TABLE_FIELDS)
		field[n++] = strsep(&line, "\t");
	for (i = 0; i < n; i++)
		table_unescape(field[i]);
	for (i = n; i < TABLE_FIELDS; i++)
		field[i] = (char *)(uintptr_t) "";
	return n;
}

/* Runs every case of table NAME; fails when one does, or when there is none. */
static inline void
table_run(const char *name, table_case *one)
{
	char line[65536], copy[65536], path[4096];
	char *field[TABLE_FIELDS];
	int number = 0, cases = 0, bad = 0;
	FILE *f;
	int n;

	snprintf(path, sizeof(path), "%.*s%s",
	    (int)(strrchr(__FILE__, '/') + 1 - __FILE__), __FILE__, name);
	f = fopen(path, "re");
	if (f == NULL)
		fail_msg("%s: no such table; run me in the top folder", path);
	while (fgets(line, sizeof(line), f) != NULL) {
		number++;
		line[strcspn(line, "\n")] = '\0';
		if (*line == '\0' || *line == '#')
			continue;
		memcpy(copy, line, sizeof(copy));
		n = table_split(line, field);
		cases++;
		if (!one(field, n)) {
			print_error("%s:%d: %s\n", path, number, copy);
			bad++;
		}
	}
	fclose(f);
	assert_int_not_equal(cases, 0);
	assert_int_equal(bad, 0);
}

/* Whether GOT is WANT; says so if not. */
static inline bool
table_same(const char *want, const char *got)
{
	if (got != NULL && strcmp(want, got) == 0)
		return true;
	print_error("wanted \"%s\", got \"%s\"\n", want,
	    got != NULL ? got : "(nothing)");
	return false;
}

#endif
