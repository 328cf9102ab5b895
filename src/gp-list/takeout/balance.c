#include "gp-list/takeout/balance.h"

#include "lib/buf.h"
#include "lib/program/msg.h"

#define LINE_MAX_BYTES ((size_t)16 * 1024)

static const char *const reasons[LEFT_COUNT] = {
	[LEFT_TRASH] = "in the trash",
	[LEFT_OTHER_ALBUM] = "not in the chosen albums",
	[LEFT_LIMIT] = "beyond --limit",
	[LEFT_WAITS] = "without a sidecar while parts are not there",
	[LEFT_DAMAGED] = "damaged",
	[LEFT_EMPTY] = "empty",
	[LEFT_HTML] = "HTML",
	[LEFT_JSON] = "JSON about no photo",
	[LEFT_BROKEN] = "unreadable JSON",
	[LEFT_BIG] = "JSON too big for a sidecar",
	[LEFT_LINK] = "links",
	[LEFT_SPECIAL] = "of other kinds",
	[LEFT_LITTER] = "added by a computer",
	[LEFT_PRODUCT] = "of other products",
};

static int64_t
sum_left(const struct balance *b)
{
	int64_t sum = 0;
	int i;

	for (i = 0; i < LEFT_COUNT; i++)
		sum += b->left[i];
	return sum;
}

static void
add_reasons(struct buf *text, const struct balance *b)
{
	const char *between = " (";
	int i;

	for (i = 0; i < LEFT_COUNT; i++) {
		if (b->left[i] == 0)
			continue;
		buf_printf(text, "%s%lld %s", between, (long long)b->left[i],
		    reasons[i]);
		if (i == LEFT_PRODUCT)
			buf_add(text, b->products.data, b->products.len);
		between = ", ";
	}
	if (*between == ',')
		buf_addc(text, ')');
}

bool
balance_say(const struct balance *b, const char *export)
{
	int64_t left = sum_left(b);
	struct buf text;
	bool even;

	buf_init(&text, LINE_MAX_BYTES);
	buf_printf(&text,
	    "%lld members = %lld listed + %lld repeats + %lld "
	    "sidecars + %lld album files + %lld left out",
	    (long long)b->members, (long long)b->listed, (long long)b->repeats,
	    (long long)b->sidecars, (long long)b->albums, (long long)left);
	add_reasons(&text, b);
	if (b->records > b->listed)
		buf_printf(&text,
		    "; %lld records, since an item in two "
		    "albums is two",
		    (long long)b->records);
	if (b->lone > 0)
		buf_printf(&text, "; %lld listed without a sidecar",
		    (long long)b->lone);
	msg(export, "%s", text.data);
	buf_release(&text);
	even = b->members ==
	    b->listed + b->repeats + b->sidecars + b->albums + left;
	if (!even)
		msg(export,
		    "this does not add up: a mistake of gp-list, "
		    "please report it");
	return even;
}
