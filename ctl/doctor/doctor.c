/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/doctor.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"

#define REPORT ((size_t)1 << 20)

static void (*const groups[])(struct doctor *d) = {
    doctor_config,
};

static const char *const names[] = {"ok", "warning", "error"};

static void
say(struct doctor *d, enum doctor_level level, const char *check, const char *fix, const char *seen)
{
	d->count[level]++;
	if (!d->ctl->json) {
		(void)printf("%-8s %s: %s\n", names[level], check, seen);
		if (fix != NULL)
			(void)printf("         fix: %s\n", fix);
		(void)fflush(stdout);
		return;
	}
	base_json_open(&d->json, NULL, '{');
	base_json_put_str(&d->json, "check", check);
	base_json_put_str(&d->json, "level", names[level]);
	base_json_put_str(&d->json, "seen", seen);
	base_json_put_str(&d->json, "fix", fix);
	base_json_close(&d->json, '}');
}

static const char *
text(struct doctor *d, const char *fmt, va_list ap)
{
	const char *s = base_arena_vprintf(&d->arena, fmt, ap);

	return s != NULL ? s : "there is no memory to say what";
}

void
doctor_ok(struct doctor *d, const char *check, const char *seen, ...)
{
	va_list ap;

	va_start(ap, seen);
	say(d, DOCTOR_OK, check, NULL, text(d, seen, ap));
	va_end(ap);
}

void
doctor_warn(struct doctor *d, const char *check, const char *fix, const char *seen, ...)
{
	va_list ap;

	va_start(ap, seen);
	say(d, DOCTOR_WARNING, check, fix, text(d, seen, ap));
	va_end(ap);
}

void
doctor_error(struct doctor *d, const char *check, const char *fix, const char *seen, ...)
{
	va_list ap;

	va_start(ap, seen);
	say(d, DOCTOR_ERROR, check, fix, text(d, seen, ap));
	va_end(ap);
}

const char *
doctor_text(struct doctor *d, const char *fmt, ...)
{
	const char *s;
	va_list ap;

	va_start(ap, fmt);
	s = text(d, fmt, ap);
	va_end(ap);
	return s;
}

/* 0 all well, 1 a warning, 2 an error. */
static int
verdict(const struct doctor *d)
{
	return d->count[DOCTOR_ERROR] > 0 ? 2 : d->count[DOCTOR_WARNING] > 0;
}

static int
finish(struct doctor *d)
{
	struct base_buf out;
	int code = verdict(d);

	if (!d->ctl->json) {
		(void)printf("%u ok, %u warnings, %u errors\n", d->count[DOCTOR_OK], d->count[DOCTOR_WARNING],
		    d->count[DOCTOR_ERROR]);
		return fflush(stdout) == 0 ? code : CTL_TEMPORARY;
	}
	base_json_close(&d->json, ']');
	base_buf_init(&out, REPORT + 256);
	base_json_open(&out, NULL, '{');
	base_json_put_str(&out, "verdict", names[code]);
	base_json_put_raw(&out, "checks", d->json.err == ERR_OK ? d->json.p : "[]");
	base_json_close(&out, '}');
	if (d->json.err != ERR_OK)
		out.err = d->json.err;
	return ctl_print(&out) == CTL_DONE ? code : CTL_TEMPORARY;
}

int
ctl_doctor(const struct ctl *ctl)
{
	struct doctor d = {.ctl = ctl};
	int code;
	size_t i;

	base_arena_init(&d.arena, REPORT);
	base_buf_init(&d.json, REPORT);
	base_json_open(&d.json, NULL, '[');
	for (i = 0; i < sizeof groups / sizeof *groups; i++)
		groups[i](&d);
	code = finish(&d);
	base_buf_free(&d.json);
	base_arena_free(&d.arena);
	conf_free(d.conf);
	return code;
}
