/* SPDX-License-Identifier: Apache-2.0 */
/* bedrudctl jobs: the queue, and when bedrud-worker last did each of its duties; jobs retry: a failed one once more. */
#include "ctl/ctl.h"

#include "base/clock.h"
#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "store/duty.h"
#include "store/job.h"

static const struct store_right rights[] = {{"jobs", STORE_READ | STORE_WRITE}, {"duties", STORE_READ}, {NULL, 0}};

/* As worker/duty.c has them. */
static const char *const duties[] = {"jobs", "reconcile", "rooms", "recordings", "prune", "recording-files"};

struct view {
	struct store_job_count count;
	struct store_job_row *rows;
	size_t n;
	struct store_duty duty[sizeof duties / sizeof *duties];	/* report NULL: never done */
};

static enum err
look(struct store *s, struct base_arena *a, struct view *v)
{
	enum err e = store_job_count(s, base_clock_now(), &v->count);

	if (e == ERR_OK)
		e = store_job_list(s, a, &v->rows, &v->n);
	for (size_t i = 0; i < sizeof duties / sizeof *duties && e == ERR_OK; i++) {
		e = store_duty_get(s, a, duties[i], &v->duty[i]);
		if (e == ERR_ABSENT)
			e = ERR_OK;
	}
	return e;
}

static void
put_json(struct base_buf *b, const struct view *v)
{
	base_json_open(b, NULL, '{');
	base_json_put_int(b, "pending", v->count.pending);
	base_json_put_int(b, "active", v->count.active);
	base_json_put_int(b, "failed", v->count.failed);
	base_json_put_int(b, "done", v->count.done);
	base_json_put_time(b, "dueSince", v->count.due_since);
	base_json_open(b, "duties", '{');
	for (size_t i = 0; i < sizeof duties / sizeof *duties; i++) {
		base_json_open(b, duties[i], '{');
		base_json_put_time(b, "lastRunAt", v->duty[i].last_run_at);
		base_json_put_raw(b, "report", v->duty[i].report != NULL && *v->duty[i].report != '\0' ?
		    v->duty[i].report : "null");
		base_json_close(b, '}');
	}
	base_json_close(b, '}');
	base_json_open(b, "jobs", '[');
	for (size_t i = 0; i < v->n; i++) {
		base_json_open(b, NULL, '{');
		base_json_put_str(b, "id", v->rows[i].id);
		base_json_put_str(b, "type", v->rows[i].type);
		base_json_put_str(b, "status", v->rows[i].status);
		base_json_put_int(b, "attempts", v->rows[i].attempts);
		base_json_put_str(b, "error", v->rows[i].error);
		base_json_put_time(b, "runAt", v->rows[i].run_at);
		base_json_close(b, '}');
	}
	base_json_close(b, ']');
	base_json_close(b, '}');
}

static void
put_text(struct base_buf *b, const struct view *v)
{
	char when[BASE_CLOCK_TEXT];

	base_buf_printf(b, "%d waiting, %d in hand, %d failed, %d done", v->count.pending, v->count.active,
	    v->count.failed, v->count.done);
	for (size_t i = 0; i < sizeof duties / sizeof *duties; i++) {
		if (v->duty[i].last_run_at == 0) {
			base_buf_printf(b, "\nduty %s: never done; is bedrud-worker running?", duties[i]);
			continue;
		}
		base_clock_rfc3339(v->duty[i].last_run_at, when);
		base_buf_printf(b, "\nduty %s: last at %s %s", duties[i], when, v->duty[i].report);
	}
	for (size_t i = 0; i < v->n; i++)
		base_buf_printf(b, "\n%s %s %s, attempts %d%s%s", v->rows[i].id, v->rows[i].type, v->rows[i].status,
		    v->rows[i].attempts, *v->rows[i].error != '\0' ? ": " : "", v->rows[i].error);
}

static enum err
show(const struct ctl *ctl, struct store *s, struct base_arena *a, struct base_buf *out)
{
	struct view v = {0};
	enum err e = look(s, a, &v);

	if (e == ERR_OK && ctl->json)
		put_json(out, &v);
	else if (e == ERR_OK)
		put_text(out, &v);
	return e;
}

static enum err
retry(const struct ctl *ctl, struct store *s, struct base_arena *a, struct base_buf *out)
{
	enum err e = store_job_retry(s, ctl->id, base_clock_now());

	(void)a;
	if (e == ERR_ABSENT)
		return ctl_refuse("there is no failed job %s", ctl->id);
	if (e == ERR_OK && ctl->json) {
		base_json_open(out, NULL, '{');
		base_json_put_str(out, "id", ctl->id);
		base_json_close(out, '}');
	} else if (e == ERR_OK) {
		base_buf_printf(out, "%s: tried again at once", ctl->id);
	}
	return e;
}

static int
on_store(const struct ctl *ctl, enum err (*act)(const struct ctl *, struct store *, struct base_arena *,
    struct base_buf *))
{
	struct base_arena a;
	struct base_buf out;
	struct store *s = NULL;
	struct conf *c;
	const char *path;
	int code = ctl_load_database(ctl, &c, &path);
	enum err e;

	if (code != CTL_DONE)
		return code;
	base_arena_init(&a, LIMIT_ARENA);
	base_buf_init(&out, LIMIT_REPLY);
	e = store_open(path, rights, &s);
	if (e == ERR_OK)
		e = act(ctl, s, &a, &out);
	code = e == ERR_OK ? ctl_print(&out) : ctl_code(e);
	if (e != ERR_OK)
		base_buf_free(&out);
	store_close(s);
	base_arena_free(&a);
	conf_free(c);
	return code;
}

int
ctl_jobs(const struct ctl *ctl)
{
	return on_store(ctl, show);
}

int
ctl_jobs_retry(const struct ctl *ctl)
{
	if (ctl->id != NULL)
		return on_store(ctl, retry);
	base_log(LOG_LEVEL_ERROR, "jobs retry needs --id, as `bedrudctl jobs` shows it");
	return CTL_USAGE;
}
