#include "gp-list/takeout/product.h"

#include <stdlib.h>
#include <string.h>

#include "gp-list/takeout/load.h"
#include "lib/mem.h"
#include "lib/name.h"

/* Google has some 70 products (takeout.google.com); what has more folders than
 * that in "Takeout" is no account's export. */
#define PRODUCTS_MAX 100

struct product {
	char *name; /* of its folder; owned */
	bool photos; /* a photo's sidecar lies in a folder of it */
	struct balance counts; /* its members, album files and what was left */
};

/* "photo", as names of Google Photos and of its year folders have it; folded.
 */
static const char *const words[] = { "photo", "foto", "bild", "billed", "kuva",
	"zdj\xc4\x99", "\xd1\x84\xd0\xbe\xd1\x82\xd0\xbe" /* Cyrillic */,
	"\xcf\x86\xcf\x89\xcf\x84\xce\xbf" /* Greek */,
	"\xe5\x86\x99\xe7\x9c\x9f", "\xe3\x83\x95\xe3\x82\xa9\xe3\x83\x88",
	"\xe7\x85\xa7\xe7\x89\x87", "\xe7\x9b\xb8\xe5\x86\x8c",
	"\xe7\x9b\xb8\xe7\x89\x87" /* Japanese, Chinese */,
	"\xec\x82\xac\xec\xa7\x84", "\xed\x8f\xac\xed\x86\xa0" /* Korean */ };

bool
product_word(const char *name)
{
	char *folded = name_fold(name);
	bool found = false;
	size_t i;

	for (i = 0; i < COUNT(words) && !found; i++)
		found = strstr(folded, words[i]) != NULL;
	free(folded);
	return found;
}

bool
product_is_photos(const char *name)
{
	return strncmp(name, "Google ", 7) == 0 && product_word(name);
}

/* The product called by the first N bytes of NAME, new if it is not there;
 * NULL where there are too many. */
static struct product *
product_named(struct takeout *t, const char *name, size_t n)
{
	struct product *p;
	size_t i;

	for (i = 0; i < t->products; i++) {
		p = &t->product[i];
		if (strncmp(p->name, name, n) == 0 && p->name[n] == '\0')
			return p;
	}
	if (t->products == PRODUCTS_MAX)
		return NULL;
	t->product = mem_resize(t->product, t->products + 1, sizeof(*p));
	p = &t->product[t->products++];
	memset(p, 0, sizeof(*p));
	p->name = mem_strndup(name, n);
	p->photos = product_is_photos(p->name);
	return p;
}

/* Adds what B has more than BEFORE, of what a member may be counted as. */
static void
add(struct balance *to, const struct balance *b, const struct balance *before)
{
	int i;

	to->members += b->members - before->members;
	to->sidecars += b->sidecars - before->sidecars;
	to->albums += b->albums - before->albums;
	for (i = LEFT_HTML; i <= LEFT_BIG; i++)
		to->left[i] += b->left[i] - before->left[i];
	/* these are told one by one, and stay what they are */
	to->members -= b->left[LEFT_DAMAGED] - before->left[LEFT_DAMAGED];
	for (i = LEFT_LINK; i < LEFT_PRODUCT; i++)
		to->members -= b->left[i] - before->left[i];
}

void
product_note(struct takeout *t, const char *path, const struct balance *before)
{
	bool rooted;
	const char *name = takeout_below(path, &rooted);
	size_t n = strcspn(name, "/");
	struct product *p;

	if (!rooted || n == 0 || name[n] == '\0')
		return;
	p = product_named(t, name, n);
	if (p == NULL)
		return;
	add(&p->counts, &t->balance, before);
	if (t->balance.proven > before->proven &&
	    strchr(name + n + 1, '/') != NULL)
		p->photos = true;
}

/* Takes product P out of what is listed. */
static void
leave(struct takeout *t, const struct product *p)
{
	static const enum takeout_sql steps[] = { SQL_PRODUCT_MEMBERS,
		SQL_PRODUCT_KEYS, SQL_PRODUCT_SIDECARS, SQL_PRODUCT_FOLDERS };
	sqlite3_stmt *s;
	size_t i;
	int k;

	for (i = 0; i < COUNT(steps); i++) {
		s = takeout_sql(&t->db, steps[i]);
		takeout_bind_text(s, 1, p->name);
		takeout_run(&t->db, s);
	}
	t->balance.sidecars -= p->counts.sidecars;
	t->balance.albums -= p->counts.albums;
	for (k = LEFT_HTML; k <= LEFT_BIG; k++)
		t->balance.left[k] -= p->counts.left[k];
	t->balance.left[LEFT_PRODUCT] += p->counts.members;
	buf_printf(&t->balance.products, "%s%s %lld",
	    t->balance.products.len > 0 ? ", " : ": ", p->name,
	    (long long)p->counts.members);
}

static int
by_name(const void *a, const void *b)
{
	const struct product *x = a, *y = b;

	return strcmp(x->name, y->name);
}

void
product_choose(struct takeout *t)
{
	bool has_photos = false;
	size_t i;

	for (i = 0; i < t->products; i++)
		has_photos = has_photos || t->product[i].photos;
	if (!has_photos || t->products == PRODUCTS_MAX)
		return;
	qsort(t->product, t->products, sizeof(*t->product), by_name);
	for (i = 0; i < t->products; i++) {
		if (!t->product[i].photos && t->product[i].counts.members > 0)
			leave(t, &t->product[i]);
	}
}

void
product_forget(struct takeout *t)
{
	size_t i;

	for (i = 0; i < t->products; i++)
		free(t->product[i].name);
	free(t->product);
	t->product = NULL;
	t->products = 0;
}
