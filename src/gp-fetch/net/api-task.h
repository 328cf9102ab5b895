/*
 * What is asked of Google's APIs beside the downloads: fresh links and tokens.
 * One thread of its own runs them one after the
 * other, so that their patience holds no download up. An api task holds copies
 * alone; the jobs it is for stay with the main loop.
 */
#ifndef GP_FETCH_NET_API_TASK_H
#define GP_FETCH_NET_API_TASK_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

#include "lib/google/api.h"

#define API_TASK_LINKS 50 /* what batchGet takes at once */

enum api_task_kind {
	API_TASK_TOKEN, /* a token; not BAD_TOKEN again */
	API_TASK_LIBRARY, /* links by mediaItems:batchGet */
	API_TASK_PICKER /* links by listing the session's page again */
};

/* A sign-in. The api is the api thread's, the rest is the main loop's. */
struct account {
	struct account *next;
	char *name; /* NULL: as the environment has it */
	char *token; /* a copy of the last one seen */
	struct api api;
	bool ready; /* the api is */
};

struct link {
	char *id;
	char *url; /* the fresh base address, or NULL with a reason */
	const char *code;
	char *reason;
};

struct api_task {
	enum api_task_kind kind;
	struct account *account;
	char *session, *page_token;
	char *bad_token;
	struct link link[API_TASK_LINKS];
	size_t links;
	enum api_result result;
	char *token; /* the one that is good now, or NULL */
	char message[512]; /* why the result is not API_OK */
};

/* A task of KIND for ACCOUNT, which must outlive it; the caller frees it
 * with api_task_free(). */
struct api_task *api_task_new(enum api_task_kind kind, struct account *account);
void api_task_free(struct api_task *task);

/* The thread. */
struct api_thread {
	pthread_t thread;
	bool started;
	int wake; /* eventfd that is written when an api task is done */
	pthread_mutex_t lock;
	pthread_cond_t more;
	struct api_task *todo, *done; /* one at a time; under the lock */
	bool ended;
};

/* Ready to take tasks; WAKE is an eventfd that is written when one is done.
 * The thread begins with the first task. */
void api_thread_init(struct api_thread *t, int wake);

/* Ends the thread. When it is not IDLE (an api task is under way, which may
 * wait for minutes) it is left to itself, and T must stay where it is until
 * the program ends. */
void api_thread_release(struct api_thread *t, bool idle);

/* Gives TASK away; the one before must be back. */
void api_thread_send(struct api_thread *t, struct api_task *task);

/* The task when it is done, else NULL. */
struct api_task *api_thread_take(struct api_thread *t);

#endif
