/* SPDX-License-Identifier: Apache-2.0 */
/* What others are told: the status file, and the service manager's line. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/notify.h"
#include "livekit-launcher/run.h"
#include "livekit-launcher/run_impl.h"

static const char *
waiting_for(const struct run *r)
{
	switch (r->news) {
	case NEWS_CERTIFICATE:
		return "a renewed certificate waits for a moment without participants";
	case NEWS_CREDENTIALS:
		return "new credentials of TURN wait for a moment without participants";
	case NEWS_NONE:
	case NEWS_UNFIT:
		break;
	}
	return "";
}

void
launcher_tell(struct run *r)
{
	struct livekit_status s = {.pid = getpid(), .restarts = r->deaths};
	const char *state = launcher_supervise_state_name(r->state);

	(void)snprintf(s.state, sizeof s.state, "%s", state);
	s.since_s = strcmp(state, r->status.state) == 0 ? r->status.since_s : base_clock_seconds();
	s.drain_until_s = r->state == STATE_DRAINING ? r->drain_until_s : 0;
	s.livekit_pid = r->livekit > 0 ? r->livekit : 0;
	(void)snprintf(s.version, sizeof s.version, "%s",
	    r->relay.version[0] != '\0' ? r->relay.version : r->status.version);
	(void)snprintf(s.binary, sizeof s.binary, "%s", r->setup->binary);
	/* A start doesn't make forgotten why it was needed. */
	(void)snprintf(s.fault, sizeof s.fault, "%s",
	    r->livekit > 0 || r->fault.text[0] == '\0' || r->state == STATE_STOPPED ? r->status.fault : r->fault.text);
	(void)snprintf(s.node_ip, sizeof s.node_ip, "%s", r->setup->plan.node.text);
	(void)snprintf(s.node_rule, sizeof s.node_rule, "%s",
	    r->setup->plan.node.rule == NULL ? "" : r->setup->plan.node.rule);
	(void)snprintf(s.note, sizeof s.note, "%s", waiting_for(r));
	if (memcmp(&s, &r->status, sizeof s) == 0)
		return;
	r->status = s;
	if (livekit_status_write(r->status_path, &s) == ERR_OK) {
		r->is_status_lost = 0;
		return;
	}
	if (!r->is_status_lost)
		base_log(LOG_LEVEL_WARN, "unable to write %s: %s", r->status_path, strerror(errno));
	r->is_status_lost = 1;
}

void
launcher_tell_failed(const struct conf *c, const char *fault)
{
	struct livekit_status s = {.state = LIVEKIT_STATE_FAILED, .pid = getpid(), .since_s = base_clock_seconds()};
	char path[PATH_MAX];

	(void)snprintf(s.fault, sizeof s.fault, "%s", fault);
	if (launcher_statefile_path(c, LIVEKIT_STATUS_NAME, path) == ERR_OK &&
	    livekit_status_write(path, &s) != ERR_OK)
		base_log(LOG_LEVEL_WARN, "unable to write %s: %s", path, strerror(errno));
}

void
launcher_tell_ready(struct run *r, const char *status)
{
	char text[LAUNCHER_FAULT_TEXT + 128];

	r->is_reloading = 0;
	(void)snprintf(text, sizeof text, "READY=1\nSTATUS=%s", status);
	base_notify_send(text);
}

void
launcher_tell_ended(struct run *r)
{
	char text[LAUNCHER_FAULT_TEXT + 96];
	size_t head = strlen("STATUS="), i;

	(void)snprintf(text, sizeof text, "STATUS=LiveKit has ended and is being started again: %s", r->fault.text);
	for (i = 0; text[i] != '\0'; i++)
		if (text[i] == '\n') /* would begin another word of the service manager's */
			text[i] = ' ';
	if (r->is_reloading)
		launcher_tell_ready(r, text + head);
	else
		base_notify_send(text);
}
