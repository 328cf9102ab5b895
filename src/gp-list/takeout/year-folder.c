#include "gp-list/takeout/year-folder.h"

#include <stdlib.h>
#include <string.h>

#include "gp-list/takeout/product.h"
#include "lib/mem.h"
#include "lib/name.h"
#include "lib/num.h"

/* What Google calls them, as far as we know; '*' is the year. */
static const char *const known[] = { "Photos from *", "Photos de *",
	"Fotos von *", "Fotos de *", "Fotos del *", "Foto da *", "Foto del *",
	"Foto's uit *", "Foto\xe2\x80\x99s uit *",
	"Foton fr\xc3\xa5n *" /* Swedish */, "Bilder fra *", "Billeder fra *",
	"Zdj\304\231cia z *" /* Polish */, "Fotky z *",
	"\xd0\xa4\xd0\xbe\xd1\x82\xd0\xbe \xd0\xb7\xd0\xb0 *" /* Russian */,
	"* y\xc4\xb1l\xc4\xb1na ait foto\xc4\x9fraflar" /* Turkish */,
	"*\xe5\xb9\xb4\xe7\x9a\x84\xe7\x85\xa7\xe7\x89\x87" /* Chinese */,
	"*\xe5\xb9\xb4\xe3\x81\xae\xe5\x86\x99\xe7\x9c\x9f" /* Japanese */,
	"* \xe5\xb9\xb4\xe3\x81\xae\xe5\x86\x99\xe7\x9c\x9f" /* Japanese */,
	"\xe5\x86\x99\xe7\x9c\x9f * \xe5\xb9\xb4" /* Japanese */ };

int
year_folder_likelihood(const char *shape)
{
	char *folded = name_fold(shape), *ours;
	bool same = false;
	size_t i;

	for (i = 0; i < COUNT(known) && !same; i++) {
		ours = name_fold(known[i]);
		same = strcmp(folded, ours) == 0;
		free(ours);
	}
	free(folded);
	return same ? 2 : product_word(shape);
}

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
year_folder_note(struct takeout *t, const char *shape, int year, int likelihood)
{
	sqlite3_stmt *s = takeout_sql(&t->db, SQL_YEAR_ADD);

	takeout_bind_text(s, 1, shape);
	takeout_bind(s, 2, year);
	takeout_bind(s, 3, likelihood);
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
