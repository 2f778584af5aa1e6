/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/policy.h"

#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/timex.h>
#include <unistd.h>

#include "base/clock.h"

#define SHORT_TTL_S 60
#define LONG_TTL_S 21600
#define SKEW_S 60 /* LiveKit's own tolerance */
#define LONG_TIMEOUT_S 3600
#define SHORT_DEPARTURE_S 5

void
doctor_policy_lifetime(struct doctor *d, long long ttl_s)
{
	if (ttl_s < SHORT_TTL_S)
		doctor_warn(d, "token.lifetime", "set livekit.tokenTTL to 600 or more, or leave it out",
		    "a join token is good for %lld s (livekit.tokenTTL): a client that takes longer from the join page "
		    "to "
		    "LiveKit is refused (\"token expired\")",
		    ttl_s);
	else if (ttl_s > LONG_TTL_S)
		doctor_warn(d, "token.lifetime", "set livekit.tokenTTL to 1800, or leave it out",
		    "a join token is good for %lld s (livekit.tokenTTL), and LiveKit can't take one back: who is sent "
		    "away "
		    "is kept out by us alone for so long",
		    ttl_s);
	else
		doctor_ok(d, "token.lifetime", "a join token is good for %lld s: long enough to connect with", ttl_s);
}

void
doctor_policy_clock(struct doctor *d, int is_synchronised, int64_t newest_s, const char *newest, int64_t now_s)
{
	if (newest_s > now_s + SKEW_S)
		doctor_error(d, "clock.time", "set the clock: timedatectl set-ntp true",
		    "this machine's clock is %lld s behind the time of %s: tokens may count as expired, or as not yet "
		    "good",
		    (long long)(newest_s - now_s), newest);
	else if (is_synchronised == 0)
		doctor_warn(d, "clock.time",
		    "let something keep the clock right: timedatectl set-ntp true, or install systemd-timesyncd or "
		    "chrony",
		    "nothing keeps this machine's clock right (the kernel calls it unsynchronised): once it is a "
		    "minute "
		    "off, LiveKit elsewhere refuses our tokens");
	else
		doctor_ok(d, "clock.time",
		    is_synchronised > 0 ? "something keeps this machine's clock right"
					: "the clock isn't behind our files; the machine below this container keeps it "
					  "right");
}

int
doctor_policy_is_container(const char *root)
{
	static const char *const marks[] = {"run/systemd/container", ".dockerenv", "run/.containerenv"};
	unsigned long long bounds = ~0ULL;
	struct base_buf b;
	const char *line;
	char path[512];
	size_t i;

	for (i = 0; i < sizeof marks / sizeof marks[0]; i++) {
		(void)snprintf(path, sizeof path, "%s/%s", root, marks[i]);
		if (access(path, F_OK) == 0)
			return 1;
	}
	(void)snprintf(path, sizeof path, "%s/proc/1/status", root);
	base_buf_init(&b, 64 << 10);
	if (base_buf_read_file(&b, path) == ERR_OK && b.n > 0 && (line = strstr(b.p, "CapBnd:")) != NULL)
		bounds = strtoull(line + 7, NULL, 16);
	base_buf_free(&b);
	return (bounds & (1ULL << CAP_SYS_TIME)) == 0;
}

void
doctor_policy_rooms(struct doctor *d, long long empty_s, long long departure_s)
{
	unsigned before = d->count[DOCTOR_WARNING];

	if (empty_s > LONG_TIMEOUT_S)
		doctor_warn(d, "rooms.timeouts", "set livekit.emptyTimeout to 300, or leave it out",
		    "a room that nobody entered stays for %lld s (livekit.emptyTimeout)", empty_s);
	if (departure_s > LONG_TIMEOUT_S)
		doctor_warn(d, "rooms.timeouts", "set livekit.departureTimeout to 60, or leave it out",
		    "a room that everybody left stays for %lld s (livekit.departureTimeout)", departure_s);
	if (departure_s < SHORT_DEPARTURE_S)
		doctor_warn(d, "rooms.timeouts", "set livekit.departureTimeout to 60, or leave it out",
		    "a room ends %lld s after the last participant left (livekit.departureTimeout): who loses the "
		    "connection alone in a room finds it gone",
		    departure_s);
	if (d->count[DOCTOR_WARNING] == before)
		doctor_ok(d, "rooms.timeouts", "a room ends %lld s after nobody came, and %lld s after everybody left",
		    empty_s, departure_s);
}

/* The newest of the files that we know of. */
static void
newest(struct doctor *d, int64_t *at_s, const char **path)
{
	const char *const files[] = {conf_file(d->conf), conf_str(d->conf, CONF_database_path),
	    doctor_text(d, "%s-wal", conf_str(d->conf, CONF_database_path))};
	struct stat st;
	size_t i;

	*at_s = 0;
	*path = "";
	for (i = 0; i < sizeof files / sizeof files[0]; i++)
		if (stat(files[i], &st) == 0 && st.st_mtime > *at_s) {
			*at_s = st.st_mtime;
			*path = files[i];
		}
}

void
doctor_policy(struct doctor *d)
{
	struct timex t;
	const char *path;
	int64_t at_s;
	int state, is_synchronised;

	if (d->conf == NULL)
		return;
	memset(&t, 0, sizeof t);
	state = adjtimex(&t);
	is_synchronised = state >= 0 && state != TIME_ERROR && (t.status & STA_UNSYNC) == 0;
	if (!is_synchronised && (state < 0 || doctor_policy_is_container("")))
		is_synchronised = -1;
	newest(d, &at_s, &path);
	doctor_policy_lifetime(d, conf_int(d->conf, CONF_livekit_tokenTTL));
	doctor_policy_clock(d, is_synchronised, at_s, path, base_clock_seconds());
	doctor_policy_rooms(
	    d, conf_int(d->conf, CONF_livekit_emptyTimeout), conf_int(d->conf, CONF_livekit_departureTimeout));
}
