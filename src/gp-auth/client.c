#include "gp-auth/client.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "gp-auth/grant.h"
#include "lib/buf.h"
#include "lib/files/file.h"
#include "lib/mem.h"
#include "lib/program/msg.h"
#include "lib/record/json.h"

#define CLIENT_MAX ((size_t)64 * 1024) /* Google's has half a kilobyte */

#define CLIENT_HOW                                                             \
	"create one at https://console.cloud.google.com/auth/clients "         \
	"(Create client, application type: Desktop app) and download its JSON"

/* Why JSON is no client of a Desktop app, or NULL if it is one. */
static const char *
client_wrong(struct json_object *json)
{
	struct json_object *installed;
	const char *type;

	installed = json_get(json, "installed");
	if (json_text(installed, "client_id") != NULL &&
	    json_text(installed, "client_secret") != NULL)
		return NULL;
	if (installed != NULL)
		return "this client has no client_id or no client_secret";
	if (json_get(json, "web") != NULL)
		return "this is a client for a web application, and Google "
		       "lets only a Desktop app sign in from a terminal";
	type = json_text(json, "type");
	if (type != NULL && strcmp(type, "service_account") == 0)
		return "this is a service account, and Google Photos knows "
		       "none of those";
	return "this is not the client_secret.json of a Desktop app";
}

static int
client_parse(const char *file, const struct buf *text, char **id, char **secret)
{
	struct json_object *json, *installed;
	const char *wrong;

	json = json_parse(text->data, text->len);
	wrong = json == NULL ? "this is not JSON" : client_wrong(json);
	if (wrong != NULL) {
		msg(file, "%s; %s", wrong, CLIENT_HOW);
	} else {
		installed = json_get(json, "installed");
		*id = mem_strdup(json_text(installed, "client_id"));
		*secret = mem_strdup(json_text(installed, "client_secret"));
	}
	json_object_put(json);
	return wrong == NULL ? 0 : -1;
}

int
client_load(const char *file, char **id, char **secret)
{
	struct buf text;
	int result = -1;

	buf_init(&text, CLIENT_MAX);
	if (file_load(AT_FDCWD, file, &text) < 0)
		msg(file, "%s",
		    errno == EFBIG ? "too big for a client_secret.json"
				   : file_reason(errno));
	else
		result = client_parse(file, &text, id, secret);
	secret_release(&text);
	return result;
}

void
client_explain(const char *file)
{
	msg(NULL, "no client to sign in with; %s", CLIENT_HOW);
	msg(NULL,
	    "then run: gp-auth login --client FILE (or keep the file as %s)",
	    file);
}
