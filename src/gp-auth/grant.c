#include "gp-auth/grant.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "lib/mem.h"
#include "lib/record/json-member.h"
#include "lib/record/json.h"

void
secret_free(char *s)
{
	if (s != NULL)
		explicit_bzero(s, strlen(s));
	free(s);
}

void
secret_set(char **secret, char *value)
{
	secret_free(*secret);
	*secret = value;
}

void
secret_release(struct buf *b)
{
	if (b->cap > 0)
		explicit_bzero(b->data, b->cap);
	buf_release(b);
}

void
grant_release(struct grant *g)
{
	free(g->client_id);
	secret_free(g->client_secret);
	secret_free(g->access_token);
	secret_free(g->refresh_token);
	free(g->scope);
	memset(g, 0, sizeof(*g));
}

static char *
text_of(struct json_object *json, const char *name)
{
	const char *text;

	text = json_text(json, name);
	return text == NULL || text[0] == '\0' ? NULL : mem_strdup(text);
}

int
grant_parse(struct grant *g, const char *text, size_t n)
{
	struct json_object *json;
	bool whole;

	json = json_parse(text, n);
	g->client_id = text_of(json, "client_id");
	g->client_secret = text_of(json, "client_secret");
	g->access_token = text_of(json, "access_token");
	g->refresh_token = text_of(json, "refresh_token");
	g->scope = text_of(json, "scope");
	whole = g->client_id != NULL && g->client_secret != NULL &&
	    g->refresh_token != NULL &&
	    json_int(json, "access_expires", &g->access_expires) == 0 &&
	    json_int(json, "signed_in", &g->signed_in) == 0 &&
	    json_int(json, "signin_expires", &g->signin_expires) == 0;
	json_object_put(json);
	return whole ? 0 : -1;
}

int
grant_print(struct buf *b, const struct grant *g)
{
	buf_addc(b, '{');
	json_add_text(b, "client_id", g->client_id);
	json_add_text(b, "client_secret", g->client_secret);
	json_add_text(b, "access_token", g->access_token);
	json_add_text(b, "refresh_token", g->refresh_token);
	json_add_text(b, "scope", g->scope);
	json_add_int(b, "access_expires", g->access_expires);
	json_add_int(b, "signed_in", g->signed_in);
	json_add_int(b, "signin_expires", g->signin_expires);
	buf_adds(b, "}\n");
	return b->overflowed ? -1 : 0;
}
