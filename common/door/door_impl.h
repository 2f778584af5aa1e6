/* SPDX-License-Identifier: Apache-2.0 */
/* Inside door/: what a thread owns, and the steps between a request and its handler. */
#ifndef DOOR_DOOR_IMPL_H
#define DOOR_DOOR_IMPL_H
#include "door/door.h"
#include "door/proxy.h"

struct door_thread {
	const struct door_process *process;
	struct store *store;		/* NULL until it could be opened */
	int64_t checked_at;		/* ns; when the store's version was looked at last */
	struct livekit_api *livekit;	/* NULL until asked for */
	void (*livekit_free)(struct livekit_api *);	/* set with it: see livekit.c */
	int has_settings;		/* this request's, below */
	struct store_setting settings;
};

/* Whether the request may pass: fills d->caller. ERR_AUTH, ERR_DENIED with the sentence set. */
enum err door_access_check(struct door *d, enum door_access access) BASE_MUST_CHECK;

/* Answers a preflight (1 = done), and marks replies to other origins. */
int door_cors(struct door *d);

/* The whole way of one request. */
void door_serve(void *thread, struct web_request *r, struct web_reply *reply);

#endif
