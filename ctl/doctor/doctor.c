/* SPDX-License-Identifier: Apache-2.0 */
#include "ctl/doctor/doctor.h"

#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/limits.h"
#include "base/log.h"
#include "ctl/doctor/say.h"

#define REPORT ((size_t)1 << 20)

/* In the order in which they are asked; none needs another's success. */
static void (*const groups[])(struct doctor *d) = {
    doctor_config,
    doctor_database,
    doctor_reach,
    doctor_client,
    doctor_media,
};

struct doctor_line {
	struct doctor_line *earlier;
	enum base_log_level level;
	const char *text;
};

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
	doctor_say(d, DOCTOR_OK, check, NULL, text(d, seen, ap));
	va_end(ap);
}

void
doctor_warn(struct doctor *d, const char *check, const char *fix, const char *seen, ...)
{
	va_list ap;

	va_start(ap, seen);
	doctor_say(d, DOCTOR_WARNING, check, fix, text(d, seen, ap));
	va_end(ap);
}

void
doctor_error(struct doctor *d, const char *check, const char *fix, const char *seen, ...)
{
	va_list ap;

	va_start(ap, seen);
	doctor_say(d, DOCTOR_ERROR, check, fix, text(d, seen, ap));
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

/* A line of our own log, while it is diverted. Without memory for it, it is lost. */
static void
hear(void *arg, enum base_log_level level, const char *said)
{
	struct doctor *d = arg;
	struct doctor_line *line = base_arena_alloc(&d->arena, sizeof *line);

	if (line == NULL || (line->text = base_arena_strdup(&d->arena, said)) == NULL)
		return;
	line->level = level;
	line->earlier = d->heard;
	d->heard = line;
}

const char *
doctor_heard(struct doctor *d, const char *otherwise)
{
	const struct doctor_line *i, *gravest = NULL;

	for (i = d->heard; i != NULL; i = i->earlier)
		if (gravest == NULL || i->level > gravest->level)
			gravest = i;
	d->heard = NULL;
	return gravest != NULL ? gravest->text : otherwise;
}

/* The lines since they were asked for, in the order in which they were said. */
static const struct doctor_line *
take(struct doctor *d)
{
	struct doctor_line *later = NULL, *i, *next;

	for (i = d->heard; i != NULL; i = next) {
		next = i->earlier;
		i->earlier = later;
		later = i;
	}
	d->heard = NULL;
	return later;
}

void
doctor_say_heard(struct doctor *d, const char *check, const char *fix)
{
	const struct doctor_line *i;

	for (i = take(d); i != NULL; i = i->earlier)
		if (i->level >= LOG_LEVEL_WARN)
			doctor_say(d, i->level == LOG_LEVEL_ERROR ? DOCTOR_ERROR : DOCTOR_WARNING, check, fix, i->text);
}

static void
ask(struct doctor *d, void (*group)(struct doctor *d))
{
	const struct doctor_line *i;

	base_log_divert(hear, d);
	group(d);
	base_log_divert(NULL, NULL);
	for (i = take(d); i != NULL; i = i->earlier)
		if (i->level >= LOG_LEVEL_WARN)
			base_log(i->level, "%s", i->text);
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
	base_json_put_str(&out, "verdict", doctor_say_name((enum doctor_level)code));
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
	doctor_say_look(&d);
	for (i = 0; i < sizeof groups / sizeof *groups; i++)
		ask(&d, groups[i]);
	code = finish(&d);
	store_close(d.store);
	base_buf_free(&d.json);
	base_arena_free(&d.arena);
	conf_free(d.conf);
	return code;
}
