/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/report.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"
#include "ctl/doctor/say.h"
#include "store/report.h"

int
report_keep(struct doctor *d, const char *json)
{
	struct store_report r = {base_clock_now(), json};
	struct store *s = doctor_store(d);
	enum err e;

	if (s == NULL) {
		base_log(LOG_LEVEL_ERROR, "the result isn't kept: there is no database for it");
		return 0;
	}
	e = store_report_put(s, &r);
	if (e == ERR_OK)
		return 1;
	base_log(LOG_LEVEL_ERROR, "the result isn't kept: %s", base_err_text(e));
	return 0;
}

static const char *
member(json_object *o, const char *name)
{
	const char *s = NULL;

	return base_json_str(o, name, &s) == ERR_OK ? s : NULL;
}

/* Every finding as on the day. */
static void
show(struct doctor *d, json_object *report)
{
	json_object *checks = base_json_get(report, "checks"), *c;
	const char *check, *level, *seen;
	size_t i;
	int l;

	for (i = 0; json_object_is_type(checks, json_type_array) && i < json_object_array_length(checks); i++) {
		c = json_object_array_get_idx(checks, i);
		if (!json_object_is_type(c, json_type_object))
			continue;
		check = member(c, "check");
		level = member(c, "level");
		seen = member(c, "seen");
		for (l = DOCTOR_OK; check != NULL && level != NULL && seen != NULL && l <= DOCTOR_ERROR; l++)
			if (strcmp(level, doctor_say_name((enum doctor_level)l)) == 0)
				doctor_say(d, (enum doctor_level)l, check, member(c, "fix"), seen);
	}
}

static int
code_of(json_object *report)
{
	const char *verdict = member(report, "verdict");
	int l;

	for (l = DOCTOR_OK; verdict != NULL && l <= DOCTOR_ERROR; l++)
		if (strcmp(verdict, doctor_say_name((enum doctor_level)l)) == 0)
			return l;
	return CTL_TEMPORARY;
}

static int
print(const struct ctl *ctl, const struct store_report *r, struct base_arena *a)
{
	struct doctor d = {.ctl = ctl};
	int64_t age_s = (base_clock_now() - r->at) / BASE_CLOCK_SECOND;
	char when[BASE_CLOCK_TEXT];
	json_object *report;
	struct base_buf out;
	int code;

	if (base_json_object(a, r->json, strlen(r->json), &report) != ERR_OK) {
		base_log(LOG_LEVEL_ERROR, "what was kept is no report: run `bedrudctl doctor --store` again");
		return CTL_TEMPORARY;
	}
	code = code_of(report);
	base_clock_rfc3339(r->at - r->at % BASE_CLOCK_SECOND, when);
	base_buf_init(&out, STORE_REPORT_MOST + 256);
	if (ctl->json) {
		base_json_open(&out, NULL, '{');
		base_json_put_str(&out, "at", when);
		base_json_put_int(&out, "age", age_s);
		base_json_put_raw(&out, "report", r->json);
		base_json_close(&out, '}');
		return ctl_print(&out) == CTL_DONE ? code : CTL_TEMPORARY;
	}
	base_arena_init(&d.arena, (size_t)STORE_REPORT_MOST * 4);
	base_buf_init(&d.json, STORE_REPORT_MOST);
	doctor_say_look(&d);
	show(&d, report);
	base_buf_free(&d.json);
	base_arena_free(&d.arena);
	base_buf_printf(&out, "%u ok, %u warnings, %u errors; examined %s, %lld s ago%s", d.count[DOCTOR_OK],
	    d.count[DOCTOR_WARNING], d.count[DOCTOR_ERROR], when, (long long)age_s,
	    age_s > REPORT_STALE_S ? ": nothing seems to run `bedrudctl doctor --store` (bedrud-doctor.timer, cron)"
				   : "");
	return ctl_print(&out) == CTL_DONE ? code : CTL_TEMPORARY;
}

int
report_last(const struct ctl *ctl)
{
	static const struct store_right rights[] = {{"doctor_reports", STORE_READ}, {0}};
	struct store_report r;
	struct base_arena a;
	struct store *s;
	struct conf *c;
	const char *path;
	int code = ctl_load_database(ctl, &c, &path);
	enum err e;

	if (code != CTL_DONE)
		return code;
	base_arena_init(&a, (size_t)STORE_REPORT_MOST * 4);
	e = store_open(path, rights, &s);
	if (e == ERR_OK) {
		e = store_report_get(s, &a, &r);
		store_close(s);
		if (e == ERR_ABSENT)
			base_log(LOG_LEVEL_ERROR, "no result is kept yet: run `bedrudctl doctor --store`");
	}
	code = e == ERR_OK ? print(ctl, &r, &a) : e == ERR_ABSENT ? CTL_TEMPORARY : ctl_code(e);
	base_arena_free(&a);
	conf_free(c);
	return code;
}
