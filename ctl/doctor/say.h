/* SPDX-License-Identifier: Apache-2.0 */
/* How a finding is shown. Groups call doctor_ok() and its sisters (doctor.h), which come here. */
#ifndef CTL_DOCTOR_SAY_H
#define CTL_DOCTOR_SAY_H
#include "ctl/doctor/doctor.h"

/* "ok", "warning", "error". */
const char *doctor_say_name(enum doctor_level level);

/* Finds out how standard output is read: is_colour and columns. Colours only on a terminal, and not with $NO_COLOR. */
void doctor_say_look(struct doctor *d);

/* One finding into the JSON, and to standard output as text unless JSON was asked for. fix may be NULL. */
void doctor_say(struct doctor *d, enum doctor_level level, const char *check, const char *fix, const char *seen);

/*
 * Appends the words of text and a newline, broken so that no line is wider than `columns` (0: not at all); `used`
 * columns of the first line are taken, others are indented by nine.
 */
void doctor_say_wrap(const char *text, size_t used, size_t columns, struct base_buf *out);

/*
 * Runs a group, named for people. Our own log is kept for doctor_heard() meanwhile; what nobody asked for is written
 * in the end after all. Past the budget the group isn't run, which is a warning.
 */
void doctor_say_group(struct doctor *d, const char *name, void (*group)(struct doctor *d));

#endif
