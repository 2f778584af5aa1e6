/* SPDX-License-Identifier: Apache-2.0 */
/*
 * `bedrudctl doctor`: what the groups of checks share. A group is a file of its own with one function; doctor.c has
 * the table. A check looks at one thing and says ok, warning or error: what was seen, and (unless ok) the exact fix.
 * What doesn't apply to this installation says so as ok, or nothing. Nothing is changed, no secret is printed, and
 * every wait has an end.
 */
#ifndef CTL_DOCTOR_DOCTOR_H
#define CTL_DOCTOR_DOCTOR_H
#include "base/arena.h"
#include "base/buf.h"
#include "conf/conf.h"
#include "ctl/ctl.h"
#include "livekit-launcher/plan.h"
#include "store/store.h"

#define DOCTOR_TIMEOUT_MS 5000		/* of one exchange with a peer that should answer at once */
#define DOCTOR_BUDGET_MS 60000		/* of a run: what is begun later than that isn't begun */

enum doctor_level { DOCTOR_OK, DOCTOR_WARNING, DOCTOR_ERROR };

struct doctor {
	const struct ctl *ctl;
	struct conf *conf;		/* NULL: it could not be read, which is an error already said */
	struct launcher_plan plan;	/* what livekit-launcher would run with; valid when has_plan */
	int has_plan;			/* embedded, and the launcher would make a plan of this configuration */
	int is_embedded;
	char api[512];			/* http(s) base address of LiveKit's API; "" when there is none */
	struct base_arena arena;	/* of the whole run */
	struct base_buf json;		/* the members of "checks" so far */
	struct doctor_line *heard;	/* what was logged and not yet asked for; the latest first */
	struct store *store;		/* opened by doctor_store() */
	int is_store_tried;
	int is_colour, columns;		/* how a person reads it; 0 columns: lines are not broken */
	int64_t end_ms;			/* monotonic: the end of the budget; 0 = there is none */
	int is_answered;		/* LiveKit took a signed call: doctor_reach() */
	int64_t joined_at;		/* when our test participant reached LiveKit, ns; 0 = it didn't */
	unsigned count[3];		/* by enum doctor_level */
};

/* What was seen. `check` is a stable dotted name ("turn.certificate"), the same in the JSON and in the manual page. */
void doctor_ok(struct doctor *d, const char *check, const char *seen, ...) BASE_PRINTF(3, 4);

/* The fix is one sentence or more that a person can follow to the letter; doctor_text() makes one with values in it. */
void doctor_warn(struct doctor *d, const char *check, const char *fix, const char *seen, ...) BASE_PRINTF(4, 5);
void doctor_error(struct doctor *d, const char *check, const char *fix, const char *seen, ...) BASE_PRINTF(4, 5);

/*
 * Our own log isn't written during a run. doctor_heard() is the gravest of the lines since it was asked last (the
 * latest of these), as the sentence of a finding: for a function of the house that logs its complaint; `otherwise` when
 * there was none. doctor_say_heard() makes a finding of each: warnings and errors. What nobody asks for by the end of a
 * group goes to standard error, if it is a warning or worse.
 */
const char *doctor_heard(struct doctor *d, const char *otherwise);
void doctor_say_heard(struct doctor *d, const char *check, const char *fix);

/*
 * The database for reading, opened at the first call, as its owner when we are root, so that no file of root's is
 * left beside it; NULL when it can't be (the check database.file has said so, once), or when there is no configuration.
 * Closed at the end of the run.
 */
struct store *doctor_store(struct doctor *d);

/*
 * 1 until the budget of the run is used up. Who asks one peer after the other ends when it is: a run whose peers all
 * hang must still come to its end, or its result is never kept.
 */
int doctor_has_time(const struct doctor *d);

/* printf into the arena of the run; a fixed sentence without memory. Never NULL. */
const char *doctor_text(struct doctor *d, const char *fmt, ...) BASE_PRINTF(2, 3);

/* The groups, in the order in which they are asked. */
void doctor_config(struct doctor *d);		/* the file, its keys; makes conf, plan, api. First */
void doctor_policy(struct doctor *d);		/* lifetimes, clock, timeouts */
void doctor_environment(struct doctor *d);	/* LIVEKIT_CONFIG, --config-body */
void doctor_file(struct doctor *d);		/* LiveKit's own YAML, when somebody wrote it by hand */
void doctor_binary(struct doctor *d);		/* livekit-server, the program */
void doctor_launcher(struct doctor *d);		/* livekit-launcher, by its status file */
void doctor_ports(struct doctor *d);		/* who holds LiveKit's ports */
void doctor_shield(struct doctor *d);		/* the packet filter of this machine */
void doctor_database(struct doctor *d);		/* the database and its folder */
void doctor_worker(struct doctor *d);		/* bedrud-worker, by what it keeps there */
void doctor_reach(struct doctor *d);		/* LiveKit's HTTP API, as our programs reach it */
void doctor_client(struct doctor *d);		/* the address that browsers are given; sets joined_at */
void doctor_webhook(struct doctor *d);		/* the way of LiveKit's reports to us; after doctor_client() */
void doctor_media(struct doctor *d);		/* where audio and video go, the ICE servers that clients are given */
void doctor_recording(struct doctor *d);		/* Redis, worker, S3, folders, downloads */

#endif
