/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One HTTP POST to LiveKit; of livekit/ only. transport.c is the only file that says curl_: no proxy from the
 * environment, no redirects, http and https only, no signals, one time limit for the whole call, answers up to
 * LIMIT_PEER_BODY. A transport keeps its connection open and belongs to one thread.
 */
#ifndef LIVEKIT_TRANSPORT_IMPL_H
#define LIVEKIT_TRANSPORT_IMPL_H
#include "base/buf.h"

struct livekit_transport;

/* ERR_CONFIG without libcurl (logged), ERR_NOMEM, ERR_BUG. */
enum err livekit_transport_new(int timeout_ms, int skip_tls_verify, struct livekit_transport **out) BASE_MUST_CHECK;
void livekit_transport_free(struct livekit_transport *t);	/* NULL is fine */

/*
 * Posts a JSON body. *status is the HTTP status, *answer the body (borrowed until the next call), and *why a sentence
 * about what failed (borrowed likewise). ERR_PEER: no complete answer; ERR_TOO_BIG: beyond the ceiling; ERR_NOMEM.
 */
enum err livekit_transport_post(struct livekit_transport *t, const char *url, const char *token, const char *body,
    long *status, const struct base_buf **answer, const char **why) BASE_MUST_CHECK;

#endif
