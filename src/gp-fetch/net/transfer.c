#include "gp-fetch/net/transfer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gp-fetch/net/classify.h"
#include "gp-fetch/sniff.h"
#include "lib/files/file.h"
#include "lib/google/hosts.h"
#include "lib/http.h"
#include "lib/mem.h"
#include "lib/program/msg.h"

#define REDIRECTS_MAX 5
#define WORDS_MAX ((size_t)4096)
#define APOLOGY_MAX (256 * 1024) /* of it, more is not waited for */
#define BUFFER_LARGE (512L * 1024)
#define BUFFER_SMALL (64L * 1024) /* for many at once, or a rate limit */
#define MANY 16

static size_t take_body(char *p, size_t size, size_t n, void *arg);
static size_t take_header(char *p, size_t size, size_t n, void *arg);

struct transfer *
transfer_new(struct workers *workers)
{
	struct transfer *t = mem_alloc(sizeof(*t));
	bool limited = workers->throttle.rate > 0;

	t->workers = workers;
	t->block = mem_alloc(STAGED_BLOCK);
	buf_init(&t->words, WORDS_MAX);
	t->easy = http_easy();
	curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
	curl_easy_setopt(t->easy, CURLOPT_BUFFERSIZE,
	    limited || workers->jobs > MANY ? BUFFER_SMALL : BUFFER_LARGE);
	/* a pause of one stream holds up the others of its connection */
	if (limited)
		curl_easy_setopt(t->easy, CURLOPT_HTTP_VERSION,
		    (long)CURL_HTTP_VERSION_1_1);
	/* wait for a connection that can carry this one too */
	curl_easy_setopt(t->easy, CURLOPT_PIPEWAIT, 1L);
	curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, take_body);
	curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, take_header);
	curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->error);
	return t;
}

/* Lets go of what belongs to one job alone. */
static void
forget(struct transfer *t)
{
	if (t->job != NULL) {
		if (t->job->staged.fd >= 0 && staged_flush(&t->job->staged) < 0)
			job_end_io(t->job, errno);
		t->job->staged.block = NULL;
	}
	t->paused = false;
	curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(t->headers);
	t->headers = NULL;
	free(t->url);
	t->url = NULL;
}

void
transfer_free(struct transfer *t)
{
	forget(t);
	curl_easy_cleanup(t->easy);
	buf_release(&t->words);
	free(t->block);
	free(t);
}

static size_t
take_header(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;

	http_trust_connection(t->easy);
	response_head_header(&t->response, p, size * n);
	return size * n;
}

/* Whether the validator is still that of what has come; a server may take no
 * notice of If-Range. A weak one proves no more than none, but another one is
 * of another file. Without any the same link is trusted. */
static bool
is_same_version(const struct transfer *t)
{
	const struct staged *staged = &t->job->staged;
	const char *now = response_head_validator(&t->response);

	if (staged->weak[0] != '\0' &&
	    strcmp(t->response.weak, staged->weak) != 0)
		return false;
	if (staged->validator[0] == '\0' && *now == '\0')
		return !staged->other_link;
	return strcmp(now, staged->validator) == 0;
}

/* The body may be put behind what has come only if the server says that it
 * sends just that, of a file of the same length. */
static int
resume(struct transfer *t)
{
	struct staged *staged = &t->job->staged;

	if (t->response.range_start == staged->have &&
	    t->response.range_total == staged->total && is_same_version(t))
		return 0;
	t->ended = true;
	if (staged_restart(staged) < 0)
		job_end_io(t->job, errno);
	else
		job_end(t->job, OUTCOME_OVER, "network",
		    "the server sends another piece than asked for");
	return -1;
}

/* A whole body follows, whatever has come before. */
static int
begin(struct transfer *t)
{
	struct staged *staged = &t->job->staged;
	curl_off_t length = -1;

	if (staged->have > 0 && staged_restart(staged) < 0) {
		t->ended = true;
		job_end_io(t->job, errno);
		return -1;
	}
	curl_easy_getinfo(t->easy, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
	staged->total = length;
	snprintf(staged->validator, sizeof(staged->validator), "%s",
	    response_head_validator(&t->response));
	memcpy(staged->weak, t->response.weak, sizeof(staged->weak));
	return 0;
}

/* Decides by the status what the body is for. */
static int
begin_body(struct transfer *t)
{
	long status = 0;

	t->begun = true;
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	t->wanted = status == 200 || status == 206;
	if (status == 206)
		return resume(t);
	return status == 200 ? begin(t) : 0;
}

static size_t
take_body(char *p, size_t size, size_t n, void *arg)
{
	struct transfer *t = arg;
	size_t room;

	n *= size;
	if (throttle_ask(&t->workers->throttle) > 0) {
		t->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	throttle_spend(&t->workers->throttle, (int64_t)n);
	if (!t->begun && begin_body(t) < 0)
		return 0;
	if (!t->wanted) {
		room = WORDS_MAX - t->words.len;
		buf_add(&t->words, p, n < room ? n : room);
		return n;
	}
	if (staged_add(&t->job->staged, p, n) < 0) {
		t->ended = true;
		job_end_io(t->job, errno);
		return 0;
	}
	atomic_fetch_add_explicit(&t->workers->received, (long long)n,
	    memory_order_relaxed);
	return n;
}

static void
add_header(struct transfer *t, const char *name, const char *value)
{
	struct curl_slist *longer;
	char *line = mem_printf("%s: %s", name, value);

	longer = curl_slist_append(t->headers, line);
	explicit_bzero(line, strlen(line));
	free(line);
	if (longer == NULL)
		msg_die("out of memory");
	t->headers = longer;
}

/* The request for t->url. The token is for the first host alone. */
static void
prepare(struct transfer *t)
{
	const struct staged *staged = &t->job->staged;
	char range[40];

	response_head_init(&t->response);
	buf_clear(&t->words);
	t->begun = t->wanted = t->ended = t->paused = false;
	t->error[0] = '\0';
	curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, NULL);
	curl_slist_free_all(t->headers);
	t->headers = NULL;
	if (t->hops == 0 && t->job->token != NULL) {
		char *bearer = mem_printf("Bearer %s", t->job->token);

		add_header(t, "Authorization", bearer);
		explicit_bzero(bearer, strlen(bearer));
		free(bearer);
	}
	if (staged->have > 0 && staged->total > staged->have) {
		snprintf(range, sizeof(range), "bytes=%lld-",
		    (long long)staged->have);
		add_header(t, "Range", range);
		if (staged->validator[0] != '\0')
			add_header(t, "If-Range", staged->validator);
	}
	curl_easy_setopt(t->easy, CURLOPT_URL, t->url);
	curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
	http_doubt_connection(t->easy);
}

/* -vv names the host alone: whoever has the whole link has the photo. */
static void
say_request(const struct transfer *t)
{
	char *host;

	if (msg_level < 2)
		return;
	host = hosts_of(t->url);
	msg_at(2, record_display_name(&t->job->rec), "asking %s from byte %lld",
	    host != NULL ? host : "?", (long long)t->job->staged.have);
	free(host);
}

/* Makes sure that the staged file is open; false when the job ended by it. */
static bool
open_staged(struct transfer *t)
{
	struct job *job = t->job;

	if (job->opened)
		return true;
	if (!job_stage(job, t->workers->staging, -1))
		return false;
	job->most = job->staged.have;
	return true;
}

/* Begins again where what has come may be of another file. */
static bool
check_joint(struct transfer *t)
{
	struct job *job = t->job;

	if (staged_set_link(&job->staged, job->url) == 0)
		return true;
	job_end_io(job, errno);
	return false;
}

/* False, and the job ends, where no bytes may be asked of that host. */
static bool
check_host(struct transfer *t)
{
	char *host;

	if (hosts_media_allowed(t->url))
		return true;
	host = hosts_of(t->url);
	job_end(t->job, OUTCOME_FAILED, "bad-host",
	    "%s%s is not to be asked for bytes (see GP_MEDIA_HOSTS)",
	    t->hops > 0 ? "redirected, and " : "",
	    host != NULL ? host : "such an address");
	free(host);
	return false;
}

bool
transfer_start(struct transfer *t, struct job *job)
{
	t->job = job;
	t->hops = 0;
	free(t->url);
	t->url = mem_strdup(job->url);
	job->wait_ms = 0;
	job->gained = false;
	if (atomic_load(&t->workers->abort)) {
		job_end(job, OUTCOME_ABORTED, NULL, "not begun");
		return false;
	}
	if (!check_host(t) || !open_staged(t) || !check_joint(t))
		return false;
	job->staged.block = t->block;
	prepare(t);
	say_request(t);
	return true;
}

/* Goes on to where the server points; false when it must not. */
static bool
follow(struct transfer *t)
{
	const char *to = NULL;

	curl_easy_getinfo(t->easy, CURLINFO_REDIRECT_URL, &to);
	if (to == NULL) {
		job_end(t->job, OUTCOME_FAILED, "bad-content",
		    "the server redirects to nowhere");
		return false;
	}
	if (t->hops == REDIRECTS_MAX) {
		job_end(t->job, OUTCOME_FAILED, "gave-up",
		    "more than %d redirects", REDIRECTS_MAX);
		return false;
	}
	t->hops++;
	to = mem_strdup(to);
	free(t->url);
	t->url = (char *)(uintptr_t)to;
	if (!check_host(t))
		return false;
	prepare(t);
	say_request(t);
	return true;
}

/* The end of the body is the end of the file; else the job ends, false. */
static bool
check_end(struct transfer *t)
{
	const struct staged *staged = &t->job->staged;
	long version = 0;

	if (staged->total >= 0) {
		if (staged->have == staged->total)
			return true;
		job_end(t->job, OUTCOME_AGAIN, "bad-length",
		    "%lld of %lld bytes came", (long long)staged->have,
		    (long long)staged->total);
		return false;
	}
	curl_easy_getinfo(t->easy, CURLINFO_HTTP_VERSION, &version);
	if (t->response.chunked || version >= CURL_HTTP_VERSION_2_0)
		return true;
	job_end(t->job, OUTCOME_AGAIN, "bad-length",
	    "the server does not say where the file ends");
	return false;
}

/* The body came as announced: is it what was asked for? */
static void
accept_part(struct transfer *t)
{
	struct job *job = t->job;
	uint8_t head[SNIFF_HEAD];
	const char *instead;
	ssize_t n;

	if (!check_end(t))
		return;
	if (staged_flush(&job->staged) < 0) {
		job_end_io(job, errno);
		return;
	}
	n = file_read_at(job->staged.fd, head, sizeof(head), 0);
	if (n < 0) {
		job_end_io(job, errno);
		return;
	}
	instead = n == 0 ? "nothing at all"
			 : sniff_check(head, (size_t)n, job->mime);
	if (instead != NULL)
		job_end(job, OUTCOME_FAILED, "bad-content",
		    "the server sent %s", instead);
	else if (job_finish(job, t->workers->staging))
		job_end(job, OUTCOME_DONE, NULL, "fetched");
}

/* Sets the outcome, or goes on to another hop (true). */
static bool
handle_response(struct transfer *t, CURLcode code)
{
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	if (t->ended)
		return false;
	if (code != CURLE_OK && (status < 300 || !t->begun)) {
		classify_network(t->job, code, t->error);
	} else if (status == 200 || status == 206) {
		if (!t->begun && begin_body(t) < 0)
			return false;
		accept_part(t);
	} else if (status == 301 || status == 302 || status == 303 ||
	    status == 307 || status == 308) {
		return follow(t);
	} else if (status == 416) {
		if (staged_restart(&t->job->staged) < 0)
			job_end_io(t->job, errno);
		else
			job_end(t->job, OUTCOME_OVER, "network",
			    "the server has no such piece (416)");
	} else {
		classify_status(t->job, status, &t->response, &t->words);
	}
	return false;
}

bool
transfer_done(struct transfer *t, CURLcode code)
{
	struct job *job = t->job;

	if (handle_response(t, code))
		return true;
	forget(t);
	if (job->staged.have > job->most) {
		job->most = job->staged.have;
		job->gained = true;
	}
	return false;
}

void
transfer_resume(struct transfer *t)
{
	t->paused = false;
	curl_easy_pause(t->easy, CURLPAUSE_CONT);
}

void
transfer_abort(struct transfer *t)
{
	job_end(t->job, OUTCOME_ABORTED, NULL, "stopped");
	forget(t);
}
