/* SPDX-License-Identifier: Apache-2.0 */
/* --status: what the launcher of this configuration last wrote about itself, for people. */
#ifndef LAUNCHER_REPORT_H
#define LAUNCHER_REPORT_H
#include "conf/conf.h"

/* Prints it. Returns 0 when LiveKit is ready, 75 when not, 78 when the configuration must be mended. */
int launcher_report(const struct conf *c);

#endif
