/* SPDX-License-Identifier: Apache-2.0 */
/* A run's result as a whole: kept in the database, and shown from there. */
#ifndef CTL_DOCTOR_REPORT_H
#define CTL_DOCTOR_REPORT_H
#include "ctl/doctor/doctor.h"

#define REPORT_STALE_S 900	/* it should come every five minutes */

/* Keeps the JSON of this run. 0 after a logged reason. */
int report_keep(struct doctor *d, const char *json);

/* --last: prints what was kept, with its age. The exit code, of its verdict; 75 when there is none. */
int report_last(const struct ctl *ctl);

#endif
