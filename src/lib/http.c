#include "lib/http.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "lib/files/file.h"
#include "lib/num.h"
#include "lib/program/msg.h"

#define REPLY_MAX ((size_t)16 * 1024 * 1024)
#define CERTIFICATES_MAX ((size_t)16 * 1024 * 1024)
#define RETRY_AFTER_MAX 3600

/* The system's and $GP_CA_FILE's; empty where libcurl's own will do. */
static struct buf certificates;

/* Adds those of the file that the environment's NAME names; whether it names
 * one. */
static bool
add_named(const char *name)
{
	const char *file = getenv(name);

	if (file == NULL || *file == '\0')
		return false;
	if (file_load(AT_FDCWD, file, &certificates) < 0)
		msg_die("%s %s: %s", name, file, file_reason(errno));
	buf_addc(&certificates, '\n');
	return true;
}

/* libcurl has one place for certificates, so the two lists are joined. The
 * system's may be elsewhere than libcurl thinks: SSL_CERT_FILE says where, as
 * to curl(1) and OpenSSL. */
static void
load_certificates(void)
{
	const char *system = curl_version_info(CURLVERSION_NOW)->cainfo;
	bool more, elsewhere;

	buf_init(&certificates, CERTIFICATES_MAX);
	more = add_named("GP_CA_FILE");
	elsewhere = add_named("SSL_CERT_FILE");
	if (more && !elsewhere && system != NULL)
		(void)file_load(AT_FDCWD, system, &certificates);
}

void
http_init(void)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN };

	sigaction(SIGPIPE, &ignore, NULL);
	/* whoever ends the program may do so while other threads are at TLS,
	 * whose memory must then stay */
	if (OPENSSL_init_crypto(OPENSSL_INIT_NO_ATEXIT, NULL) != 1)
		msg_die("libcrypto does not start");
	/* libcurl's; see digest.c for what became of it without memory */
	if (OSSL_LIB_CTX_get0_global_default() == NULL)
		msg_die("libcrypto does not start: out of memory");
	if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK)
		msg_die("libcurl does not start");
	load_certificates();
}

/* 7.85 has the names as text; the older numbers are deprecated since. */
static void
set_protocols(CURL *easy)
{
#if LIBCURL_VERSION_NUM >= 0x075500
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
#else
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS,
	    (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
#endif
}

CURL *
http_easy(void)
{
	struct curl_blob blob;
	CURL *easy;

	easy = curl_easy_init();
	if (easy == NULL)
		msg_die("out of memory");
	set_protocols(easy);
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION,
	    (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT, 30L);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, 60L);
	curl_easy_setopt(easy, CURLOPT_USERAGENT, "gp/" GP_VERSION);
	if (certificates.len > 0) {
		blob.data = certificates.data;
		blob.len = certificates.len;
		blob.flags = CURL_BLOB_NOCOPY;
		curl_easy_setopt(easy, CURLOPT_CAINFO_BLOB, &blob);
	}
	return easy;
}

void
http_doubt_connection(CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
}

void
http_trust_connection(CURL *easy)
{
	curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 0L);
}

int64_t
http_retry_after(const char *value)
{
	int64_t seconds;
	time_t at;

	if (num_parse(value, 0, INT64_MAX, &seconds) < 0) {
		at = curl_getdate(value, NULL);
		if (at == (time_t)-1)
			return -1;
		seconds = (int64_t)at - (int64_t)time(NULL);
	}
	if (seconds < 0)
		return 0;
	return seconds < RETRY_AFTER_MAX ? seconds : RETRY_AFTER_MAX;
}

void
http_reply_init(struct http_reply *reply)
{
	memset(reply, 0, sizeof(*reply));
	buf_init(&reply->body, REPLY_MAX);
	reply->retry_after = -1;
}

void
http_reply_release(struct http_reply *reply)
{
	buf_release(&reply->body);
}

static size_t
take_body(char *p, size_t size, size_t n, void *arg)
{
	struct http_reply *reply = arg;

	(void)size; /* always 1 */
	return buf_add(&reply->body, p, n) < 0 ? 0 : n;
}

static size_t
take_header(char *p, size_t size, size_t n, void *arg)
{
	static const char name[] = "retry-after:";
	const size_t len = sizeof(name) - 1;
	struct http_reply *reply = arg;
	char value[128] = "";
	size_t i, used = 0;

	(void)size;
	http_trust_connection(reply->easy);
	if (n < len || strncasecmp(p, name, len) != 0)
		return n;
	for (i = len; i < n && used < sizeof(value) - 1; i++) {
		if ((used > 0 || p[i] != ' ') && p[i] != '\r' && p[i] != '\n')
			value[used++] = p[i];
	}
	while (used > 0 && value[used - 1] == ' ')
		used--;
	value[used] = '\0';
	reply->retry_after = http_retry_after(value);
	return n;
}

/* NULL without memory; what was there is freed. */
static struct curl_slist *
append(struct curl_slist *list, const char *name, const char *value)
{
	struct curl_slist *longer;
	struct buf line;

	buf_init(&line, 64 * 1024);
	buf_printf(&line, "%s: %s", name, value);
	longer = line.overflowed ? NULL : curl_slist_append(list, line.data);
	buf_release(&line);
	if (longer == NULL)
		msg_die("out of memory");
	return longer;
}

static struct curl_slist *
headers_of(const struct http_request *request)
{
	struct curl_slist *list = NULL;
	struct buf value;

	if (request->token != NULL) {
		buf_init(&value, 64 * 1024);
		buf_printf(&value, "Bearer %s", request->token);
		list = append(list, "Authorization", value.data);
		buf_release(&value);
	}
	if (request->body != NULL && request->content_type != NULL)
		list = append(list, "Content-Type", request->content_type);
	return list;
}

static void
set_request(CURL *easy, const struct http_request *request,
    struct curl_slist *headers, struct http_reply *reply)
{
	curl_easy_setopt(easy, CURLOPT_URL, request->url);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, headers);
	curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
	curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
	if (request->body != NULL) {
		curl_easy_setopt(easy, CURLOPT_POSTFIELDS, request->body);
		curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE,
		    (curl_off_t)strlen(request->body));
	}
	curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "");
	curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(easy, CURLOPT_WRITEDATA, reply);
	curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(easy, CURLOPT_HEADERDATA, reply);
	reply->easy = easy;
	http_doubt_connection(easy);
}

static void
clear(struct http_reply *reply)
{
	buf_clear(&reply->body);
	reply->status = 0;
	reply->content_type[0] = '\0';
	reply->retry_after = -1;
	reply->error[0] = '\0';
	reply->hopeless = false;
}

/* Whether a transfer that ended with CODE would end so again: a certificate
 * that is not trusted, an address that is none. */
static bool
is_hopeless(CURLcode code)
{
	switch (code) {
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_URL_MALFORMAT:
	case CURLE_UNSUPPORTED_PROTOCOL:
		return true;
	default:
		return false;
	}
}

int
http_ask(CURL *easy, const struct http_request *request,
    struct http_reply *reply)
{
	char detail[CURL_ERROR_SIZE] = "";
	struct curl_slist *headers = headers_of(request);
	const char *type = NULL;
	CURLcode code;

	clear(reply);
	set_request(easy, request, headers, reply);
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, detail);
	code = curl_easy_perform(easy);
	/* nothing of this call may be pointed to when it is over */
	curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, NULL);
	curl_easy_setopt(easy, CURLOPT_HTTPHEADER, NULL);
	curl_easy_setopt(easy, CURLOPT_POSTFIELDS, NULL);
	curl_slist_free_all(headers);
	if (code != CURLE_OK) {
		snprintf(reply->error, sizeof(reply->error), "%s",
		    reply->body.overflowed  ? "the answer is beyond 16 MiB"
			: detail[0] != '\0' ? detail
					    : curl_easy_strerror(code));
		reply->hopeless = is_hopeless(code);
		return -1;
	}
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &reply->status);
	curl_easy_getinfo(easy, CURLINFO_CONTENT_TYPE, &type);
	snprintf(reply->content_type, sizeof(reply->content_type), "%s",
	    type != NULL ? type : "");
	msg_at(2, NULL, "%s %s: %ld", request->method, request->url,
	    reply->status);
	return 0;
}
