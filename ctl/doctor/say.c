/* SPDX-License-Identifier: Apache-2.0 */
/* How a finding is made and shown: a member of the JSON, or lines for a person. */
#include "ctl/doctor/say.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/json.h"
#include "base/log.h"

#define INDENT 9
#define NARROWEST 40

static const char *const names[] = {"ok", "warning", "error"};
static const char no_memory[] = "there is no memory to say what";
static const char *const colours[] = {"\033[32m", "\033[33m", "\033[31m"};

const char *
doctor_say_name(enum doctor_level level)
{
	return names[level];
}

void
doctor_say_look(struct doctor *d)
{
	const char *term = getenv("TERM"), *plain = getenv("NO_COLOR");
	struct winsize w;

	d->is_colour = d->columns = 0;
	if (d->ctl->json || !isatty(STDOUT_FILENO))
		return;
	d->is_colour = (plain == NULL || *plain == '\0') && term != NULL && strcmp(term, "dumb") != 0;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &w) == 0 && w.ws_col >= NARROWEST)
		d->columns = w.ws_col;
}

/* Breaks at blanks; `used` columns of the first line are taken. A word that is longer than a line stays whole. */
void
doctor_say_wrap(const char *text, size_t used, size_t columns, struct base_buf *out)
{
	size_t at = used, n;
	int is_first = 1;

	for (;;) {
		text += strspn(text, " ");
		n = strcspn(text, " ");
		if (n == 0)
			break;
		if (!is_first && columns > 0 && at + 1 + n > columns) {
			base_buf_printf(out, "\n%*s", INDENT, "");
			at = INDENT;
		} else if (!is_first) {
			base_buf_str(out, " ");
			at++;
		}
		base_buf_add(out, text, n);
		at += n;
		text += n;
		is_first = 0;
	}
	base_buf_str(out, "\n");
}

static void
say_text(struct doctor *d, enum doctor_level level, const char *check, const char *fix, const char *seen)
{
	struct base_buf out;

	base_buf_init(&out, 64 << 10);
	base_buf_printf(&out, "%s%-*s%s%s: ", d->is_colour ? colours[level] : "", INDENT, names[level],
	    d->is_colour ? "\033[0m" : "", check);
	doctor_say_wrap(seen, INDENT + strlen(check) + 2, (size_t)d->columns, &out);
	if (fix != NULL) {
		base_buf_printf(&out, "%*sfix: ", INDENT, "");
		doctor_say_wrap(fix, INDENT + 5, (size_t)d->columns, &out);
	}
	(void)fputs(out.err == ERR_OK ? out.p : "no memory for a finding\n", stdout);
	(void)fflush(stdout);
	base_buf_free(&out);
}

static int
is_control(const unsigned char *p)
{
	return *p < 0x20 || *p == 0x7f || (p[0] == 0xc2 && p[1] >= 0x80 && p[1] < 0xa0);
}

/*
 * What peers sent stands in findings: control bytes (also U+0080 to U+009F, which terminals obey as well) are written
 * as \xNN, so that none of them forges a line or moves a cursor.
 */
static const char *
encode(struct doctor *d, const char *text)
{
	const unsigned char *p;
	struct base_buf out;

	for (p = (const unsigned char *)text; *p != '\0' && !is_control(p); p++)
		;
	if (*p == '\0')
		return text;
	base_buf_init(&out, 4 * strlen(text) + 1);
	for (p = (const unsigned char *)text; *p != '\0'; p++)
		if (is_control(p) && *p == 0xc2)
			base_buf_printf(&out, "\\x%02x\\x%02x", p[0], p[1]), p++;
		else if (is_control(p))
			base_buf_printf(&out, "\\x%02x", *p);
		else
			base_buf_add(&out, p, 1);
	text = doctor_text(d, "%s", out.err == ERR_OK ? out.p : no_memory);
	base_buf_free(&out);
	return text;
}

void
doctor_say(struct doctor *d, enum doctor_level level, const char *check, const char *fix, const char *seen)
{
	seen = encode(d, seen);
	fix = fix == NULL ? NULL : encode(d, fix);
	d->count[level]++;
	if (!d->ctl->json)
		say_text(d, level, check, fix, seen);
	base_json_open(&d->json, NULL, '{');
	base_json_put_str(&d->json, "check", check);
	base_json_put_str(&d->json, "level", names[level]);
	base_json_put_str(&d->json, "seen", seen);
	base_json_put_str(&d->json, "fix", fix);
	base_json_close(&d->json, '}');
}

struct doctor_line {
	struct doctor_line *earlier;
	enum base_log_level level;
	const char *text;
};

static const char *
in_arena(struct doctor *d, const char *fmt, va_list ap)
{
	const char *s = base_arena_vprintf(&d->arena, fmt, ap);

	return s != NULL ? s : no_memory;
}

void
doctor_ok(struct doctor *d, const char *check, const char *seen, ...)
{
	va_list ap;

	va_start(ap, seen);
	doctor_say(d, DOCTOR_OK, check, NULL, in_arena(d, seen, ap));
	va_end(ap);
}

void
doctor_warn(struct doctor *d, const char *check, const char *fix, const char *seen, ...)
{
	va_list ap;

	va_start(ap, seen);
	doctor_say(d, DOCTOR_WARNING, check, fix, in_arena(d, seen, ap));
	va_end(ap);
}

void
doctor_error(struct doctor *d, const char *check, const char *fix, const char *seen, ...)
{
	va_list ap;

	va_start(ap, seen);
	doctor_say(d, DOCTOR_ERROR, check, fix, in_arena(d, seen, ap));
	va_end(ap);
}

const char *
doctor_text(struct doctor *d, const char *fmt, ...)
{
	const char *s;
	va_list ap;

	va_start(ap, fmt);
	s = in_arena(d, fmt, ap);
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

int
doctor_has_time(const struct doctor *d)
{
	return d->end_ms == 0 || base_clock_mono_ms() < d->end_ms;
}

void
doctor_say_group(struct doctor *d, const char *name, void (*group)(struct doctor *d))
{
	const struct doctor_line *i;

	if (!doctor_has_time(d)) {
		doctor_warn(d, "doctor.time", "mend what took so long, by the other findings, and run this again",
		    "%s was not looked at: the run had taken %d s already", name, DOCTOR_BUDGET_MS / 1000);
		return;
	}
	base_log_divert(hear, d);
	group(d);
	base_log_divert(NULL, NULL);
	for (i = take(d); i != NULL; i = i->earlier)
		if (i->level >= LOG_LEVEL_WARN)
			base_log(i->level, "%s", i->text);
}
