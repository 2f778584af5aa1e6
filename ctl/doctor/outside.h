/* SPDX-License-Identifier: Apache-2.0 */
/* "could not resolve external IP": whether a STUN server that LiveKit asks for its own address answers from here. */
#ifndef CTL_DOCTOR_OUTSIDE_H
#define CTL_DOCTOR_OUTSIDE_H
#include "ctl/doctor/doctor.h"
#include "livekit-launcher/document.h"

/*
 * Asks the servers of rtc.stun_servers ("host:port"), else LiveKit 1.13.5's own three, one after the other until one
 * answers, as LiveKit does, and says a finding. Only for a file with rtc.use_external_ip: we send to nobody whom
 * LiveKit wouldn't ask.
 */
void outside_ask(struct doctor *d, const char *path, const struct launcher_document *doc);

#endif
