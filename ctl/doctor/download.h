/* SPDX-License-Identifier: Apache-2.0 */
/* Downloads of recordings, and how the last one went. */
#ifndef CTL_DOCTOR_DOWNLOAD_H
#define CTL_DOCTOR_DOWNLOAD_H
#include "conf/recording.h"
#include "ctl/doctor/doctor.h"

/*
 * Says recording.last, how the recording went that ended last, if there is one of this week; and recording.download:
 * asks the site, as browsers reach it, for the first bytes of the newest recording that has a file, first without a
 * right, then with one of half a minute, as its room's owner: whether what configuration and web server agreed on gives
 * these bytes, in parts, and to nobody else. A link into S3 is followed. The right is sent to no peer whose certificate
 * isn't to be trusted, to none that doesn't answer as we do, and to no other machine without TLS.
 */
void download_examine(struct doctor *d, const struct conf_recording *c);

#endif
