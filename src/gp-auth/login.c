/* gp-auth login: the sign-in with a browser (RFC 8252, with PKCE). */
#include <pwd.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "gp-auth/auth.h"
#include "gp-auth/browser.h"
#include "gp-auth/client.h"
#include "gp-auth/form.h"
#include "gp-auth/listen.h"
#include "gp-auth/oauth.h"
#include "gp-auth/pkce.h"
#include "gp-auth/scope.h"
#include "gp-auth/signin.h"
#include "gp-auth/store.h"
#include "lib/files/file.h"
#include "lib/mem.h"
#include "lib/program/msg.h"

#define PATIENCE 1800 /* seconds for a person to go through Google's pages */

#define LOOK_THERE "Look at the terminal where gp-auth runs."

struct login {
	struct store store;
	struct oauth oauth;
	struct listener listener;
	struct grant grant;
	char verifier[PKCE_SIZE];
	char state[PKCE_SIZE];
	char *back; /* the redirect address */
};

/* The client: --client, else that of the sign-in before, else
 * client_secret.json in gp's folder. */
static enum status
client_find(struct login *l, const char *file)
{
	struct grant before = { 0 };
	enum store_result found;
	char *standard;
	int result = -1;

	if (file != NULL)
		return client_load(file, &l->grant.client_id,
			   &l->grant.client_secret) < 0
		    ? STATUS_STOPPED
		    : STATUS_DONE;
	found = store_load(&l->store, &before);
	if (found == STORE_REFUSED)
		return STATUS_STOPPED;
	standard = mem_printf("%s/client_secret.json", l->store.folder);
	if (found == STORE_FOUND) {
		l->grant.client_id = mem_strdup(before.client_id);
		l->grant.client_secret = mem_strdup(before.client_secret);
		result = 0;
	} else if (access(standard, F_OK) == 0) {
		result = client_load(standard, &l->grant.client_id,
		    &l->grant.client_secret);
	} else {
		client_explain(standard);
	}
	free(standard);
	grant_release(&before);
	return result < 0 ? STATUS_STOPPED : STATUS_DONE;
}

/* The link that the person opens; no secret is in it. */
static void
link_build(const struct login *l, struct buf *b)
{
	char challenge[PKCE_SIZE];
	char *scope;

	pkce_challenge(l->verifier, challenge);
	scope = scope_all();
	buf_adds(b, l->oauth.auth_url);
	buf_addc(b, strchr(l->oauth.auth_url, '?') == NULL ? '?' : '&');
	form_add(b, "client_id", l->grant.client_id);
	form_add(b, "redirect_uri", l->back);
	form_add(b, "response_type", "code");
	form_add(b, "scope", scope);
	form_add(b, "code_challenge", challenge);
	form_add(b, "code_challenge_method", "S256");
	form_add(b, "state", l->state);
	form_add(b, "access_type", "offline");
	form_add(b, "prompt", "consent");
	free(scope);
}

/* How the browser of another machine reaches us. */
static void
explain_ssh(struct buf *b, unsigned port)
{
	const struct passwd *user;
	const char *ssh;
	char host[256] = "nas";

	/* "client-address client-port our-address our-port" */
	ssh = getenv("SSH_CONNECTION");
	if (ssh != NULL)
		ssh = strchr(ssh, ' ');
	if (ssh != NULL)
		ssh = strchr(ssh + 1, ' ');
	if (ssh == NULL && gethostname(host, sizeof(host) - 1) < 0)
		host[0] = '\0';
	user = getpwuid(geteuid());
	buf_printf(b,
	    "\nIs the browser on another machine? Then run this there first, "
	    "and leave it open:\n\n  ssh -N -L %u:127.0.0.1:%u %s@",
	    port, port, user == NULL ? "user" : user->pw_name);
	if (ssh != NULL)
		buf_add(b, ssh + 1, strcspn(ssh + 1, " "));
	else
		buf_adds(b, host);
	buf_adds(b,
	    "\n\nOr sign in without it: the last page will not open; "
	    "paste its address\n(http://127.0.0.1...) here and press "
	    "Enter.\n\n");
}

/* Shows the link, on lines of its own so that it can be copied whole. */
static int
invite(const struct login *l)
{
	struct buf link, text;
	int result;

	buf_init(&link, FORM_MAX);
	buf_init(&text, FORM_MAX);
	link_build(l, &link);
	buf_printf(&text, "%s: to sign in account %s, open this link:\n\n%s\n",
	    msg_tool(), l->store.account, link.data);
	if (browser_here())
		buf_adds(&text, "\nA browser with it should open now.\n\n");
	else
		explain_ssh(&text, l->listener.port);
	result = link.overflowed || text.overflowed ||
		file_write_all(STDERR_FILENO, text.data, text.len) < 0
	    ? -1
	    : 0;
	if (result == 0 && browser_here())
		browser_open(link.data);
	buf_release(&link);
	buf_release(&text);
	return result;
}

/* Whether the redirect belongs to this sign-in. */
static bool
state_matches(const struct login *l, const char *query)
{
	char *state;
	bool same;

	state = form_get(query, "state");
	same = state != NULL && strlen(state) == PKCE_SIZE - 1 &&
	    CRYPTO_memcmp(state, l->state, PKCE_SIZE - 1) == 0;
	free(state);
	return same;
}

/* Waits for the redirect of this sign-in; others are turned away. */
static enum status
await(struct login *l, struct redirect *r)
{
	struct timespec now;
	int64_t until;
	int got;

	clock_gettime(CLOCK_MONOTONIC, &now);
	until = (int64_t)now.tv_sec + PATIENCE;
	for (;;) {
		got = listener_wait(&l->listener, r, until);
		if (got <= 0)
			break;
		if (state_matches(l, r->query))
			return STATUS_DONE;
		msg(NULL,
		    "refused an answer that does not belong to this "
		    "sign-in (state differs); still waiting");
		listener_answer(r, 400,
		    "This answer does not belong to the sign-in that waits. "
		    "Open the link that gp-auth shows now.");
	}
	if (got < 0)
		return STATUS_STOPPED;
	msg(NULL, "nobody signed in within %d minutes", PATIENCE / 60);
	return STATUS_PERSON;
}

/* Says why Google sent the person back without a code. */
static void
say_denied(const char *error)
{
	if (strcmp(error, "access_denied") == 0)
		msg(NULL,
		    "the permission was refused on Google's page, or "
		    "this Google account is not among the test users of "
		    "your project; to try again, run gp-auth login");
	else if (strcmp(error, "admin_policy_enforced") == 0 ||
	    strcmp(error, "org_internal") == 0)
		msg(NULL,
		    "the administrator of this Google account does not "
		    "allow it (%s); sign in with another",
		    error);
	else
		msg(NULL, "Google refused the sign-in: %s", error);
}

/* Changes CODE for tokens. */
static enum status
exchange(struct login *l, const char *code)
{
	struct json_object *answer = NULL;
	enum oauth_result result;
	enum status status = STATUS_DONE;
	struct buf form;

	buf_init(&form, FORM_MAX);
	form_add(&form, "client_id", l->grant.client_id);
	form_add(&form, "client_secret", l->grant.client_secret);
	form_add(&form, "code", code);
	form_add(&form, "code_verifier", l->verifier);
	form_add(&form, "grant_type", "authorization_code");
	form_add(&form, "redirect_uri", l->back);
	result = oauth_post(&l->oauth, l->oauth.token_url, &form, &answer);
	secret_release(&form);
	if (result != OAUTH_OK) {
		msg(NULL, "Google gave no tokens: %s", l->oauth.message);
		status = result == OAUTH_REFUSED ? STATUS_PERSON
						 : STATUS_STOPPED;
	} else if (oauth_take(&l->grant, answer) < 0 ||
	    l->grant.refresh_token == NULL) {
		msg(NULL,
		    "Google gave no lasting sign-in (no refresh token); "
		    "remove gp at https://myaccount.google.com/"
		    "connections and run gp-auth login again");
		status = STATUS_PERSON;
	}
	json_object_put(answer);
	return status;
}

/* Whether at least one permission was granted; says which were not. */
static bool
scopes_granted(const struct grant *grant)
{
	int i, granted = 0;

	for (i = 0; i < SCOPE_COUNT; i++) {
		if (scope_in(grant->scope, scopes[i].name))
			granted++;
		else
			msg(NULL, "not granted: %s: %s", scopes[i].name,
			    scopes[i].words);
	}
	if (granted == 0)
		msg(NULL,
		    "no permission was granted: run gp-auth login again "
		    "and tick the boxes on Google's page");
	else if (granted < SCOPE_COUNT)
		msg(NULL,
		    "going on with what was granted; to change it, run "
		    "gp-auth login again and tick all boxes");
	return granted > 0;
}

/* Takes the redirect's answer as far as a grant in memory. */
static enum status
take_answer(struct login *l, const char *query)
{
	enum status status = STATUS_PERSON;
	char *error, *code, *scope;

	error = form_get(query, "error");
	code = form_get(query, "code");
	scope = form_get(query, "scope");
	if (error != NULL)
		say_denied(error);
	else if (code == NULL || code[0] == '\0')
		msg(NULL, "Google's answer has no code");
	else
		status = exchange(l, code);
	/* the token answer's scopes count; then the redirect's */
	if (status == STATUS_DONE && l->grant.scope == NULL)
		l->grant.scope = scope == NULL ? scope_all()
					       : mem_strdup(scope);
	if (status == STATUS_DONE && !scopes_granted(&l->grant))
		status = STATUS_PERSON;
	free(error);
	secret_free(code);
	free(scope);
	return status;
}

/* Keeps the new sign-in and says how long it lasts. */
static enum status
keep(struct login *l)
{
	char when[SIGNIN_TIME_SIZE];

	l->grant.signed_in = (int64_t)time(NULL);
	if (store_lock(&l->store) < 0 || store_save(&l->store, &l->grant) < 0)
		return STATUS_STOPPED;
	msg(NULL, "account %s is signed in", l->store.account);
	if (l->grant.signin_expires != 0)
		msg(NULL, "this sign-in ends on %s: %s",
		    signin_time(when, l->grant.signin_expires), signin_testing);
	return STATUS_DONE;
}

/* From the listening server to the sign-in kept. */
static enum status
sign_in(struct login *l)
{
	struct redirect redirect = { NULL, -1 };
	enum status status;

	l->back = mem_printf("http://127.0.0.1:%u", l->listener.port);
	if (pkce_random(l->verifier) < 0 || pkce_random(l->state) < 0)
		return STATUS_STOPPED;
	if (invite(l) < 0) {
		msg(NULL, "the link can't be shown");
		return STATUS_STOPPED;
	}
	status = await(l, &redirect);
	if (status == STATUS_DONE)
		status = take_answer(l, redirect.query);
	if (status == STATUS_DONE)
		status = keep(l);
	if (status == STATUS_DONE)
		listener_answer(&redirect, 200,
		    "gp is signed in. You can close this window.");
	else
		listener_answer(&redirect, 400,
		    "gp is not signed in. " LOOK_THERE);
	return status;
}

enum status
auth_login(const struct auth_options *opt)
{
	struct login l = { .store = STORE_INIT, .listener.fd = -1 };
	enum status status = STATUS_STOPPED;

	if (oauth_init(&l.oauth) == 0 &&
	    store_open(&l.store, opt->account) == 0)
		status = client_find(&l, opt->client);
	if (status == STATUS_DONE) {
		status = listener_open(&l.listener) < 0 ? STATUS_STOPPED
							: sign_in(&l);
		listener_close(&l.listener);
	}
	explicit_bzero(l.verifier, sizeof(l.verifier));
	free(l.back);
	grant_release(&l.grant);
	oauth_release(&l.oauth);
	store_close(&l.store);
	return status;
}
