/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The thread's LiveKit handle, in a file of its own: only programs that call door_livekit() link libcurl, whose
 * libraries cost the others milliseconds at start and memory in each process.
 */
#include "base/log.h"
#include "door/door_impl.h"

enum err
door_livekit(struct door *d, struct livekit_api **out)
{
	struct door_thread *t = d->thread;
	const struct livekit_api_conf c = {
	    .base_url = d->process->livekit_api,
	    .api_key = conf_str(d->conf, CONF_livekit_apiKey),
	    .key = d->process->livekit_key,
	    .skip_tls_verify = conf_bool(d->conf, CONF_livekit_skipTLSVerify),
	    .timeout_ms = 5000,
	};
	enum err e = ERR_OK;

	if (t->livekit == NULL && (c.key == NULL || c.base_url[0] == '\0'))
		return base_log_err(ERR_CONFIG, "LiveKit is not configured: set livekit.apiKey, livekit.apiSecret and "
		    "livekit.internalHost");
	if (t->livekit == NULL) {
		e = livekit_api_new(&c, &t->livekit);
		t->livekit_free = livekit_api_free;
	}
	*out = t->livekit;
	return e;
}
