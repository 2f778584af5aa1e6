/* SPDX-License-Identifier: Apache-2.0 */
#include "livekit-launcher/fault.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "livekit-launcher/ports.h"

static const struct {
	const char *words;
	int exit_code;
	const char *fix;
} known[] = {
    {"not found in type config.", 78,
	"This livekit-server doesn't know a key that Bedrud can't do without: install a newer one, such as 1.13.5"},
    {"could not parse config", 78, "It refuses the configuration: see livekit-launcher --print-config"},
    {"could not validate RTC config", 78, "Check livekit.nodeIP and the livekit ports in config.yaml"},
    {"TURN domain", 78, "Check server.domain and livekit.turn.domain in config.yaml"},
    {"TURN tls cert", 78, "Check the certificate files in config.yaml"},
    {"api_key is required to use webhooks", 78, "Set livekit.apiKey"},
    {"key file others permissions", 78, "chmod 600 the key file"},
    {"one of key-file or keys must be provided", 78, "Set livekit.apiKey and livekit.apiSecret"},
    {"bind: permission denied", 78,
	"Ports below 1024 need rights that this user lacks: choose livekit.port and the other livekit ports above "
	"1023"},
    {"bind: cannot assign requested address", 78, "livekit.nodeIP must be an address of this machine"},
    {"WRONGPASS", 78, "Correct livekit.redis.username and livekit.redis.password"},
    {"NOAUTH", 78, "Set livekit.redis.password"},
    {"unable to connect to redis", 75, "Start Redis, or correct livekit.redis.address or leave it out"},
    {"too many open files", 75, "Raise the limit of open files (ulimit -n, LimitNOFILE=)"},
    {"no space left on device", 75, "Make room on the disk"},
};

/* The number behind the last colon before ": bind:" in "listen tcp :7880: bind: address already in use"; 0 = none. */
static int
port_in(const char *reason)
{
	const char *end = strstr(reason, ": bind:"), *p = end;

	while (p != NULL && p > reason && p[-1] >= '0' && p[-1] <= '9')
		p--;
	return p == NULL || p == end ? 0 : (int)strtol(p, NULL, 10);
}

static const char *
key_of(int port, int is_udp, const struct launcher_plan *p)
{
	struct launcher_plan_port ours[LAUNCHER_PLAN_PORTS];
	size_t i;

	launcher_plan_ports(p, ours);
	for (i = 0; i < LAUNCHER_PLAN_PORTS; i++)
		if (ours[i].from != 0 && port >= ours[i].from && port <= ours[i].to && is_udp == ours[i].is_udp)
			return ours[i].key;
	return "the livekit ports";
}

static void
port_taken(const char *reason, const struct launcher_plan *p, struct launcher_fault *out)
{
	int port = port_in(reason), is_udp = strstr(reason, "listen udp") != NULL;
	char holder[128];

	out->exit_code = 75;
	launcher_ports_holder(port, is_udp, holder, sizeof holder);
	(void)snprintf(out->text, sizeof out->text,
	    "LiveKit can't start because %s port %d is in use%s%s: it says \"%s\". Stop the other program or change %s "
	    "in %s",
	    is_udp ? "UDP" : "TCP", port, *holder == '\0' ? "" : " by ", holder, reason,
	    p->static_path == NULL ? key_of(port, is_udp, p) : "that port",
	    p->static_path == NULL ? "config.yaml" : p->static_path);
}

void
launcher_fault_read(const char *reason, const struct launcher_plan *p, struct launcher_fault *out)
{
	size_t i;

	memset(out, 0, sizeof *out);
	if (strstr(reason, "address already in use") != NULL) {
		port_taken(reason, p, out);
		return;
	}
	for (i = 0; i < sizeof known / sizeof known[0]; i++) {
		if (strstr(reason, known[i].words) == NULL)
			continue;
		out->exit_code = known[i].exit_code;
		if (p->static_path != NULL && known[i].exit_code == 78)
			(void)snprintf(out->text, sizeof out->text,
			    "LiveKit can't start: it says \"%s\". Correct %s, the file in livekit.configPath", reason,
			    p->static_path);
		else
			(void)snprintf(out->text, sizeof out->text, "LiveKit can't start: it says \"%s\". %s", reason,
			    known[i].fix);
		return;
	}
}

void
launcher_fault_exec(const char *binary, int error, struct launcher_fault *out)
{
	const char *fix = "install livekit-server, or name it in livekit.binary or $LIVEKIT_SERVER";

	memset(out, 0, sizeof *out);
	out->exit_code = 78;
	if (error == EACCES || error == EPERM)
		fix = "chmod 755 it, and see that its folder isn't mounted noexec";
	else if (error == ENOEXEC)
		fix = "it is no program for this machine: install livekit-server for this architecture";
	else if (error == ENOMEM || error == EAGAIN || error == EMFILE || error == ENFILE)
		out->exit_code = 0;
	if (error == EMFILE || error == ENFILE)
		fix = "raise the limit of open files (ulimit -n, LimitNOFILE=)";
	(void)snprintf(out->text, sizeof out->text, "unable to run %s: %s; %s", binary, strerror(error), fix);
}
