#include "gp-list/google/told.h"

#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/name.h"
#include "lib/program/msg.h"
#include "lib/record/json-member.h"
#include "lib/record/json.h"

void
told_add(struct told *t, const char *id, const char *filename, bool left)
{
	struct told_item *item;

	if (t->n == t->cap) {
		t->cap = t->cap > 0 ? t->cap * 2 : 128;
		t->item = mem_resize(t->item, t->cap, sizeof(*t->item));
	}
	item = &t->item[t->n++];
	item->id = mem_strdup(id != NULL ? id : "");
	item->filename = filename != NULL ? mem_strdup(filename) : NULL;
	item->left = left;
}

static bool
has(const struct told *t, size_t n, const char *id)
{
	size_t i;

	for (i = 0; i < n; i++) {
		if (strcmp(t->item[i].id, id) == 0)
			return true;
	}
	return false;
}

void
told_merge(struct told *t, const struct told *from)
{
	const struct told_item *item;
	size_t i, n = t->n;

	for (i = 0; i < from->n; i++) {
		item = &from->item[i];
		if (!has(t, n, item->id))
			told_add(t, item->id, item->filename, item->left);
	}
}

static void
write_array(const struct told *t, struct buf *b, const char *name, bool left)
{
	size_t i;

	json_add_name(b, name);
	buf_addc(b, '[');
	for (i = 0; i < t->n; i++) {
		if (t->item[i].left != left)
			continue;
		json_add_name(b, NULL);
		buf_addc(b, '{');
		json_add_text(b, "id", t->item[i].id);
		json_add_text(b, "filename", t->item[i].filename);
		buf_addc(b, '}');
	}
	buf_addc(b, ']');
}

void
told_write(const struct told *t, struct buf *b)
{
	write_array(t, b, "told", false);
	write_array(t, b, "left", true);
}

static int
read_array(struct told *t, struct json_object *list, bool left)
{
	struct json_object *o;
	size_t i, n;

	if (!json_object_is_type(list, json_type_array))
		return -1;
	n = json_object_array_length(list);
	for (i = 0; i < n; i++) {
		o = json_object_array_get_idx(list, i);
		if (json_text(o, "id") == NULL)
			return -1;
		told_add(t, json_text(o, "id"), json_text(o, "filename"), left);
	}
	return 0;
}

int
told_read(struct told *t, struct json_object *o)
{
	if (read_array(t, json_get(o, "told"), false) < 0)
		return -1;
	return read_array(t, json_get(o, "left"), true);
}

/* An album without an id of its own has its title's NFC for one, as
 * lister_set_album() gives it. */
static enum settling
look_up(const struct told_item *item, struct settled *index,
    const char *account, const char *album)
{
	char *id = album != NULL ? name_nfc(album) : NULL;
	enum settling result = settled_has(index, "picker", account, item->id,
	    item->filename, album, id);

	free(id);
	return result;
}

static const char *
name_of(const struct told_item *item)
{
	return item->filename != NULL ? item->filename : item->id;
}

int
told_settled(const struct told *t, struct settled *index, const char *account,
    const char *album)
{
	enum settling now = SETTLING_STORED;
	const struct told_item *item;
	size_t i;

	for (i = 0; now > SETTLING_LAPSED && i < t->n; i++) {
		item = &t->item[i];
		now = item->left ? SETTLING_OPEN
				 : look_up(item, index, account, album);
		if (now == SETTLING_LAPSED)
			msg(name_of(item),
			    "its failure was accepted before it was picked "
			    "again: where it fails for good, `gp-index "
			    "--accept '%s' REASON` once more settles it",
			    item->id);
	}
	if (now == SETTLING_FAILED)
		return -1;
	return now > SETTLING_LAPSED;
}

/* Says what is lost of ITEM, and counts that. 0, or -1 with the reason said. */
static int
say_lost(const struct told_item *item, struct settled *index,
    const char *account, const char *album, int *lost, int *misplaced)
{
	enum settling settled, stored = SETTLING_OPEN;

	settled = look_up(item, index, account, album);
	if (settled > SETTLING_LAPSED)
		return 0;
	if (settled != SETTLING_FAILED && album != NULL)
		stored = look_up(item, index, account, NULL);
	if (settled == SETTLING_FAILED || stored == SETTLING_FAILED)
		return -1;
	if (stored == SETTLING_STORED)
		msg(name_of(item),
		    "it was picked into the album %s, but is not in it, and "
		    "its picking session is over: pick it again",
		    album);
	else
		msg(name_of(item),
		    "it was picked, but is not stored, and its picking session "
		    "is over: pick it again");
	++*(stored == SETTLING_STORED ? misplaced : lost);
	return 0;
}

int
told_say_lost(const struct told *t, struct settled *index, const char *account,
    const char *album, int *lost, int *misplaced)
{
	int result = 0;
	size_t i;

	*lost = *misplaced = 0;
	for (i = 0; result == 0 && i < t->n; i++)
		result = say_lost(&t->item[i], index, account, album, lost,
		    misplaced);
	return result;
}

void
told_release(struct told *t)
{
	size_t i;

	for (i = 0; i < t->n; i++) {
		free(t->item[i].id);
		free(t->item[i].filename);
	}
	free(t->item);
	memset(t, 0, sizeof(*t));
}
