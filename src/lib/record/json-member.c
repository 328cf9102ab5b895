#include "lib/record/json-member.h"

#include <string.h>

void
json_add_name(struct buf *b, const char *name)
{
	char last = b->len > 0 ? b->data[b->len - 1] : '{';

	if (last != '{' && last != '[')
		buf_addc(b, ',');
	if (name == NULL)
		return;
	buf_add_json(b, name, strlen(name));
	buf_addc(b, ':');
}

void
json_add_text(struct buf *b, const char *name, const char *text)
{
	if (text == NULL)
		return;
	json_add_name(b, name);
	buf_add_json(b, text, strlen(text));
}

void
json_add_int(struct buf *b, const char *name, int64_t value)
{
	json_add_name(b, name);
	buf_printf(b, "%lld", (long long)value);
}

void
json_add_bool(struct buf *b, const char *name, bool value)
{
	json_add_name(b, name);
	buf_adds(b, value ? "true" : "false");
}
