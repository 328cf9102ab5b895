#include "gp-list/takeout/product.h"

#include <stdlib.h>
#include <string.h>

#include "gp-list/media/mime.h"
#include "gp-list/takeout/names/takeout-name.h"
#include "gp-list/takeout/names/takeout-path.h"
#include "lib/archive/litter.h"
#include "lib/files/path.h"
#include "lib/mem.h"
#include "lib/name.h"
#include "lib/program/msg.h"

/* Google has some 70 products (takeout.google.com); what has more folders than
 * that in "Takeout" is no account's export. */
#define PRODUCTS_MAX 100

struct product {
	char *name; /* of its folder; owned */
	bool photos; /* a photo's sidecar lies in a folder of it */
	bool album; /* one lies in itself: somebody sorted photos by hand */
	bool others; /* a file of it is no photo, by its name */
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
	"\xec\x82\xac\xec\xa7\x84", "\xed\x8f\xac\xed\x86\xa0" /* Korean */,
	"fotk" /* Czech, Slovak */,
	"\xd1\x81\xd0\xbd\xd0\xb8\xd0\xbc\xd0\xba" /* Bulgarian */,
	"f\xc3\xa9nyk" /* Hungarian */, "nuotr" /* Lithuanian */,
	"mynd" /* Icelandic */, "\xe1\xba\xa3nh" /* Vietnamese */,
	"\xd8\xb5\xd9\x88\xd8\xb1" /* Arabic */,
	"\xd7\xaa\xd7\x9e\xd7\x95\xd7\xa0" /* Hebrew */,
	"\xd8\xb9\xda\xa9\xd8\xb3" /* Persian */,
	"\xe0\xb8\xa3\xe0\xb8\xb9\xe0\xb8\x9b" /* Thai */ };

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
	return strstr(name, "Google") != NULL && product_word(name);
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

	if (!rooted || n == 0)
		return;
	if (name[n] == '\0') {
		t->has_page = t->has_page || takeout_name_is_html(name);
		return;
	}
	p = product_named(t, name, n);
	if (p == NULL)
		return;
	add(&p->counts, &t->balance, before);
	if (t->balance.proven > before->proven) {
		if (strchr(name + n + 1, '/') != NULL)
			p->photos = true;
		else
			p->album = true;
	}
	name = path_base(path);
	if (!takeout_name_is_json(name) && !takeout_name_is_html(name) &&
	    !litter_is(name) && !mime_is_media(mime_of(NULL, 0, name)))
		p->others = true;
}

/* Takes product P out of what is listed. */
static void
leave(struct takeout *t, const struct product *p)
{
	static const enum takeout_statement steps[] = { SQL_PRODUCT_MEMBERS,
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

/* Whether this is an account's export without Photos: it has other files, in
 * several products or beside the page that tells of them. Photos alone, in
 * folders of any name, may be a person's own, or of a language that we don't
 * know: better too much than none of them. */
static bool
is_without_photos(const struct takeout *t)
{
	bool others = false;
	size_t i;

	for (i = 0; i < t->products; i++) {
		if (t->product[i].photos || t->product[i].album)
			return false;
		others = others || t->product[i].others;
	}
	return others && (t->has_page || t->products > 1);
}

void
product_choose(struct takeout *t)
{
	const bool without = is_without_photos(t);
	bool has_photos = false;
	size_t i;

	for (i = 0; i < t->products; i++)
		has_photos = has_photos || t->product[i].photos;
	if ((!has_photos && !without) || t->products == PRODUCTS_MAX)
		return;
	qsort(t->product, t->products, sizeof(*t->product), by_name);
	for (i = 0; i < t->products; i++) {
		if (!t->product[i].photos && t->product[i].counts.members > 0)
			leave(t, &t->product[i]);
	}
	if (without && !t->waits)
		msg(t->export->name,
		    "there are no Google Photos in it: nothing of it is "
		    "listed; if its folders are albums, list them as dir:");
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
