/* SPDX-License-Identifier: Apache-2.0 */
/* SIGHUP: config.yaml is read again, and LiveKit is only disturbed if it says something else to it. */
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "livekit-launcher/check.h"
#include "base/notify.h"
#include "livekit-launcher/run_impl.h"

/* What of it can't be had without another launcher. */
static int
can_adopt(const struct run *r, const struct launcher_setup *fresh)
{
	char path[PATH_MAX];

	if (!conf_livekit_embedded(fresh->conf)) {
		base_log(LOG_LEVEL_ERROR,
		    "the configuration now says that somebody else runs LiveKit: stop livekit-launcher for that");
		return 0;
	}
	if (conf_livekit_state(fresh->conf, LIVEKIT_STATUS_NAME, path, sizeof path) != ERR_OK ||
	    strcmp(path, r->status_path) != 0) {
		base_log(LOG_LEVEL_ERROR,
		    "livekit.stateDir (or database.path) names another folder now: restart livekit-launcher for that");
		return 0;
	}
	return 1;
}

/* -1 when it won't do (logged), 0 when it says the same to LiveKit, 1 when not. */
static int
read_again(struct run *r, struct launcher_setup *fresh)
{
	const struct launcher_setup *old = r->setup;
	char why[LAUNCHER_CERT_TEXT];

	if (launcher_setup_load(r->file, LAUNCHER_SETUP_QUIET, fresh) != ERR_OK || !can_adopt(r, fresh))
		return -1;
	/* With the credentials of the old one, which are good for a month at least: or no two would be the same. */
	if (launcher_setup_make(fresh, old, old->plan.turn.expires_s) != ERR_OK)
		return -1;
	/* A certificate that has expired or is just being copied is no reason to interrupt calls. */
	launcher_setup_keep_tls(fresh, old, why);
	if (*why != '\0')
		base_log(LOG_LEVEL_WARN, "LiveKit keeps the certificate that it has, because its files won't do: %s",
		    why);
	if (!r->has_next && launcher_setup_is_same(old, fresh))
		return 0;
	return launcher_check_text(&fresh->plan, fresh->binary, &fresh->yaml) == 0 ? 1 : -1;
}

/* It goes on with other keys than LiveKit's: drainTimeout and the like hold from now on. */
static void
exchange(struct run *r, const struct launcher_setup *fresh)
{
	launcher_setup_free(r->setup);
	*r->setup = *fresh;
	r->relay.key = r->setup->plan.api_key;
	r->relay.secret = r->setup->plan.api_secret;
}

static void
announce_reload(struct run *r)
{
	char text[80];

	base_log(LOG_LEVEL_INFO, "SIGHUP: reading %s again", conf_path(r->file));
	if (r->watchdog_ms > 0)
		launcher_tend_watchdog(r); /* a lookup of 8 s and LiveKit's own check of 10 s may follow */
	if (r->state != STATE_READY)
		return;
	r->is_reloading = 1;
	(void)snprintf(text, sizeof text, "RELOADING=1\nMONOTONIC_USEC=%lld",
	    (long long)base_clock_mono_ms() * 1000);
	base_notify_send(text);
}

void
launcher_reload(struct run *r)
{
	struct launcher_setup fresh;
	int verdict;

	if (r->state == STATE_DRAINING || r->is_done)
		return;
	announce_reload(r);
	verdict = read_again(r, &fresh);
	if (verdict > 0) {
		base_log(LOG_LEVEL_INFO, "LiveKit is started anew, because its configuration is another one now");
		if (r->has_next)
			launcher_setup_free(&r->next);
		r->next = fresh;
		r->has_next = 1;
		launcher_run_feed(r, EVENT_RELOAD);
		return;
	}
	if (verdict == 0) {
		exchange(r, &fresh);
		base_log(LOG_LEVEL_INFO, "nothing in it is new to LiveKit, which goes on as it is");
	} else {
		launcher_setup_free(&fresh);
		base_log(LOG_LEVEL_ERROR,
		    "the configuration can't be used: LiveKit goes on with the one before; mend it, then send SIGHUP "
		    "again");
	}
	if (r->is_reloading)
		launcher_tell_ready(r,
		    verdict == 0 ? "LiveKit is ready" : "LiveKit is ready, with the configuration before the change");
	launcher_tend_look(r);
}
