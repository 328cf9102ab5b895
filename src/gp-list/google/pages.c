#include "gp-list/google/pages.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "lib/fnv.h"
#include "lib/mem.h"
#include "lib/num.h"
#include "lib/percent.h"
#include "lib/program/msg.h"
#include "lib/record/json.h"
#include "lib/record/scan.h"

struct page_walk {
	struct lister *l;
	const struct pages *pages;
	struct json_object *items, *before; /* this page's and the last's */
	struct buf text; /* of one item */
	uint64_t *tokens; /* hashes of the tokens so far */
	size_t tokens_n, tokens_cap;
	char *token;
	char time[NUM_TIME_SIZE];
};

/* Appends the value at P, in valid JSON that goes on to END, to B, without the
 * blanks between its parts; returns where it ends. */
static const char *
cut_value(const char *p, const char *end, struct buf *b)
{
	const char *start;
	int depth = 0;

	for (;;) {
		start = p;
		if (*p == '"') {
			p = scan_string_end(p, end);
		} else if (*p == '{' || *p == '[') {
			depth++;
			p++;
		} else if (*p == '}' || *p == ']') {
			depth--;
			p++;
		} else if (*p == ',' || *p == ':') {
			p++;
		} else if (strchr(" \t\r\n", *p) != NULL) {
			p += strspn(p, " \t\r\n");
			continue;
		} else {
			p += strcspn(p, ",]} \t\r\n");
		}
		buf_add(b, start, (size_t)(p - start));
		if (depth == 0)
			return p;
	}
}

struct search {
	const char *text, *name;
	const char *found;
};

static void
find_member(void *arg, size_t name, size_t name_len, size_t value,
    size_t value_len)
{
	struct search *s = arg;

	(void)value_len;
	if (name_len == strlen(s->name) &&
	    memcmp(s->text + name, s->name, name_len) == 0)
		s->found = s->text + value;
}

/* Where the answer's array begins, behind its bracket. */
static const char *
array_start(const struct page_walk *w)
{
	const struct buf *body = &w->l->api.reply.body;
	struct search s = { body->data, w->pages->array, NULL };

	scan_object(body->data, body->len, RECORD_DEPTH, find_member, &s);
	return s.found != NULL ? s.found + 1 : NULL;
}

static bool
same_id(struct json_object *a, struct json_object *b)
{
	const char *x = json_text(a, "id");
	const char *y = json_text(b, "id");

	return x != NULL && y != NULL && strcmp(x, y) == 0;
}

static bool
was_on_last_page(const struct page_walk *w, struct json_object *item)
{
	size_t i, n;

	n = w->before != NULL ? json_object_array_length(w->before) : 0;
	for (i = n; i > 0; i--) {
		if (same_id(json_object_array_get_idx(w->before, i - 1), item))
			return true;
	}
	return false;
}

/* Hands the items over; false when one was enough. */
static bool
hand_over(struct page_walk *w)
{
	struct page_item item = { .page_token = w->token, .time = w->time };
	const struct buf *body = &w->l->api.reply.body;
	const char *p = array_start(w);
	bool repeats = true;
	size_t i, n;

	n = w->items != NULL ? json_object_array_length(w->items) : 0;
	for (i = 0; p != NULL && i < n; i++) {
		p += strspn(p, ", \t\r\n");
		buf_clear(&w->text);
		p = cut_value(p, body->data + body->len, &w->text);
		item.tree = json_object_array_get_idx(w->items, i);
		item.text = w->text.data;
		item.text_len = w->text.len;
		/* pages overlap at their beginning, if at all */
		repeats = repeats && was_on_last_page(w, item.tree);
		if (repeats)
			msg_at(1, w->l->what, "an item came twice: dropped");
		else if (!w->pages->item(w->l, w->pages->arg, &item))
			return false;
	}
	return true;
}

static int
stop(struct page_walk *w, const char *why)
{
	msg(w->l->what, "%s", why);
	status_raise(&w->l->status, STATUS_STOPPED);
	return -1;
}

/* Goes to the page with TOKEN, unless it was asked for before. */
static int
turn(struct page_walk *w, const char *token)
{
	uint64_t h = fnv_text(token);
	size_t i;

	for (i = 0; i < w->tokens_n; i++) {
		if (w->tokens[i] == h)
			return stop(w,
			    "Google gave the same page token twice: "
			    "it would never end");
	}
	if (w->tokens_n == w->tokens_cap) {
		w->tokens_cap = w->tokens_cap > 0 ? w->tokens_cap * 2 : 64;
		w->tokens = mem_resize(w->tokens, w->tokens_cap,
		    sizeof(*w->tokens));
	}
	w->tokens[w->tokens_n++] = h;
	free(w->token);
	w->token = mem_strdup(token);
	return 0;
}

/* The page in ANSWER: 1 there is another one, 0 that was all, -1. */
static int
read_page(struct page_walk *w, struct json_object *answer)
{
	struct json_object *items = json_get(answer, w->pages->array);
	struct json_object *next = json_get(answer, "nextPageToken");
	const char *token = json_text(answer, "nextPageToken");
	bool more;

	/* names in escapes, NULs in texts: nothing that Google writes */
	if ((items != NULL && array_start(w) == NULL) ||
	    (next != NULL && token == NULL))
		return stop(w, "Google's answer makes no sense");
	if (items != NULL && w->pages->page != NULL &&
	    w->pages->page(w->l, w->pages->arg, items) < 0)
		return -1;
	w->items = json_object_get(items);
	more = hand_over(w);
	/* an empty page repeats nothing, the one before it may be repeated */
	if (w->items != NULL) {
		json_object_put(w->before);
		w->before = w->items;
		w->items = NULL;
	}
	if (!more || token == NULL || *token == '\0')
		return 0;
	return turn(w, token) < 0 ? -1 : 1;
}

static int
next_page(struct page_walk *w)
{
	struct json_object *answer = NULL;
	enum api_result result;
	int more;

	if (num_format_time(w->time, (int64_t)time(NULL)) < 0)
		w->time[0] = '\0';
	result = w->pages->ask(w->l, w->pages->arg, w->token, &answer);
	if (result != API_OK)
		return lister_stop(w->l, result);
	more = read_page(w, answer);
	json_object_put(answer);
	return more;
}

int
pages_walk(struct lister *l, const struct pages *pages)
{
	struct page_walk w;
	int more;

	memset(&w, 0, sizeof(w));
	w.l = l;
	w.pages = pages;
	buf_init(&w.text, (size_t)16 * 1024 * 1024);
	w.token = mem_strdup("");
	do {
		more = next_page(&w);
	} while (more > 0);
	json_object_put(w.before);
	buf_release(&w.text);
	free(w.tokens);
	free(w.token);
	return more;
}

char *
pages_escape(const char *s)
{
	struct buf b;
	char *copy;

	buf_init(&b, (size_t)1024 * 1024);
	percent_add(&b, s, "");
	if (b.overflowed)
		msg_die("a text too long for an address");
	copy = mem_strdup(b.data);
	buf_release(&b);
	return copy;
}
