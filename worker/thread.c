/* SPDX-License-Identifier: Apache-2.0 */
/* What a thread has while it works: LiveKit, its leases, the wish to end. */
#include "worker/worker.h"

#include <poll.h>
#include <stdarg.h>
#include <stdio.h>

#include "base/log.h"
#include "store/duty.h"

enum err
worker_livekit(struct worker *w, struct livekit_api **out)
{
	const struct livekit_api_conf c = {
	    .base_url = w->process->livekit_url,
	    .api_key = conf_str(w->conf, CONF_livekit_apiKey),
	    .key = w->process->livekit_key,
	    .skip_tls_verify = conf_bool(w->conf, CONF_livekit_skipTLSVerify),
	    .timeout_ms = 5000,
	};
	enum err e = ERR_OK;

	if (w->livekit == NULL && (c.key == NULL || c.base_url[0] == '\0'))
		return base_log_err(ERR_CONFIG, "LiveKit is not configured: set livekit.apiKey, livekit.apiSecret and "
		    "livekit.internalHost");
	if (w->livekit == NULL)
		e = livekit_api_new(&c, &w->livekit);
	*out = w->livekit;
	return e;
}

enum err
worker_keep(struct worker *w)
{
	int64_t now = base_clock_now();

	if (w->duty != NULL)
		return store_duty_keep(w->store, w->duty, w->process->holder, WORKER_LEASE, now);
	return w->job == NULL ? ERR_OK : store_job_keep(w->store, w->job, w->process->holder, WORKER_LEASE, now);
}

int
worker_stopping(const struct worker *w)
{
	struct pollfd p = {.fd = w->process->stop_fd, .events = POLLIN};

	return poll(&p, 1, 0) > 0;
}

void
worker_wait(const struct worker *w, int ms)
{
	struct pollfd p = {.fd = w->process->stop_fd, .events = POLLIN};

	(void)poll(&p, 1, ms);
}

enum err
worker_because(struct worker *w, enum err kind, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(w->why, sizeof w->why, fmt, ap);
	va_end(ap);
	return kind;
}
