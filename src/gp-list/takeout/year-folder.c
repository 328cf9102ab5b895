#include "gp-list/takeout/year-folder.h"

#include <stdlib.h>
#include <string.h>

#include "gp-list/takeout/product.h"
#include "lib/mem.h"
#include "lib/num.h"

/* The year that the N digits at P are, or 0. */
static int
year_at(const char *p, size_t n)
{
	char text[] = "0000";
	int64_t year;

	if (n != 4)
		return 0;
	memcpy(text, p, 4);
	return num_parse(text, 1800, 2999, &year) == 0 ? (int)year : 0;
}

int
year_folder_read(const char *name, char **shape)
{
	const char *p = name, *at = NULL;
	int year = 0, found;
	size_t n;

	*shape = NULL;
	while (*p != '\0') {
		for (n = 0; num_is_digit(p[n]);)
			n++;
		found = year_at(p, n);
		if (found != 0) {
			year = found;
			at = p;
		}
		p += n > 0 ? n : 1;
	}
	/* what '*' stands for is in no file name: takeout-name.c */
	if (year != 0)
		*shape = mem_printf("%.*s*%s", (int)(at - name), name, at + 4);
	return year;
}

void
year_folder_note(struct takeout *t, const char *shape, int year)
{
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_YEAR_ADD);

	takeout_bind_text(s, 1, shape);
	takeout_bind(s, 2, year);
	takeout_bind(s, 3, product_word(shape));
	takeout_run(&t->db, s);
}

char *
year_folder_shape(struct takeout *t)
{
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_YEAR_SHAPE);
	char *shape;

	if (!takeout_row(&t->db, s))
		return NULL;
	shape = mem_strdup(takeout_text(s, 0));
	sqlite3_reset(s);
	return shape;
}
