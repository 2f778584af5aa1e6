/* SPDX-License-Identifier: Apache-2.0 */
/* What a LiveKit that is ready needs: to be asked whether it still answers, and a look at what gets old. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/notify.h"
#include "livekit-launcher/run_impl.h"

#define LOOK_MS 60000		/* between two looks at the certificate's files */
#define ASK_MS 10000		/* between two questions whether it answers */
#define AWAIT_MS 3000		/* between two whether anybody is in */
#define UNANSWERED_MOST 3	/* so many in a row: it hangs */
#define STUCK_MS 10000		/* not gone so long after SIGKILL: beyond our help, and the service manager's turn */

void
launcher_tend_begin(struct run *r)
{
	r->unanswered = 0;
	launcher_run_timer(r, TIMER_STABLE, LAUNCHER_STABLE_MS);
	launcher_run_timer(r, TIMER_LOOK, LOOK_MS);
	launcher_run_timer(r, TIMER_ASK, ASK_MS);
}

void
launcher_tend_end(struct run *r)
{
	r->timer[TIMER_STABLE] = r->timer[TIMER_LOOK] = r->timer[TIMER_ASK] = r->timer[TIMER_DUE] = 0;
	r->news = NEWS_NONE;
	launcher_run_end_probe(r);
}

/* What there is anew by now; says once what won't do. */
static enum launcher_news
look(struct run *r)
{
	char text[LAUNCHER_CERT_TEXT];
	enum launcher_news news = launcher_renew_look(&r->renew, &r->setup->plan.turn, base_clock_seconds(), text);

	if (news != NEWS_UNFIT)
		return news;
	base_log(LOG_LEVEL_WARN, "the new certificate isn't used: %s", text);
	return NEWS_NONE;
}

void
launcher_tend_look(struct run *r)
{
	if (r->state != STATE_READY)
		return;
	launcher_run_timer(r, TIMER_LOOK, LOOK_MS);
	if (r->news != NEWS_NONE)
		return;
	r->news = look(r);
	if (r->news != NEWS_NONE)
		launcher_run_feed(r, EVENT_RENEWAL);
}

int
launcher_tend_has_news(struct run *r)
{
	r->news = look(r);
	if (r->news == NEWS_NONE)
		r->timer[TIMER_DUE] = 0;
	return r->news != NEWS_NONE;
}

void
launcher_tend_await(struct run *r)
{
	int64_t patience = launcher_renew_patience(&r->renew, &r->setup->plan.turn, r->news, base_clock_seconds(),
	    conf_int(r->setup->conf, CONF_livekit_renewDeadline));

	base_log(LOG_LEVEL_INFO,
	    "%s: LiveKit is started anew with it when nobody is in a room, or in %lld s at the latest",
	    r->news == NEWS_CERTIFICATE ? "there is a new certificate" : "the credentials of TURN are to be renewed",
	    (long long)patience);
	launcher_run_timer(r, TIMER_DUE, patience * 1000);
	launcher_run_timer(r, TIMER_ASK, 0);
}

void
launcher_tend_ask(struct run *r)
{
	if (r->state != STATE_READY)
		return;
	launcher_run_timer(r, TIMER_ASK, r->news != NEWS_NONE ? AWAIT_MS : ASK_MS);
	if (r->probe > 0)
		return; /* the question before it isn't answered yet: that has a deadline */
	r->asked = r->news != NEWS_NONE ? ASK_IDLE : ASK_ALIVE;
	r->probe = launcher_probe_start(&r->setup->plan, r->livekit, r->asked);
	if (r->probe <= 0)
		base_log(LOG_LEVEL_ERROR, "unable to ask LiveKit how it is: %s", strerror(errno));
}

void
launcher_tend_answer(struct run *r, int status)
{
	int answer = WIFEXITED(status) ? WEXITSTATUS(status) : ANSWER_SILENT;

	if (answer == ANSWER_READY && r->asked == ASK_IDLE && r->news != NEWS_NONE) {
		if (launcher_tend_has_news(r))
			launcher_run_feed(r, EVENT_IDLE);
		return;
	}
	if (answer == ANSWER_READY || answer == ANSWER_BUSY || answer == ANSWER_REFUSED) {
		r->unanswered = 0;
		return;
	}
	if (++r->unanswered < UNANSWERED_MOST)
		return;
	(void)snprintf(r->killed_for, sizeof r->killed_for, "it did not answer GET / %d times in a row",
	    r->unanswered);
	base_log(LOG_LEVEL_WARN, "LiveKit hangs: %s", r->killed_for);
	launcher_run_feed(r, EVENT_SILENT);
}

void
launcher_tend_watchdog(struct run *r)
{
	launcher_run_timer(r, TIMER_WATCHDOG, r->watchdog_ms);
	if (r->killed_ms == 0 || base_clock_mono_ms() - r->killed_ms < STUCK_MS)
		base_notify_send("WATCHDOG=1");
}
