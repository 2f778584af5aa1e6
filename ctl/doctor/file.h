/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules about a LiveKit configuration that somebody wrote by hand (--livekit-config, livekit.configPath). Each looks
 * at the document alone and says its findings, so that it is tested without LiveKit. No value of a key or secret is
 * said.
 */
#ifndef CTL_DOCTOR_FILE_H
#define CTL_DOCTOR_FILE_H
#include "ctl/doctor/doctor.h"
#include "livekit-launcher/document.h"

/*
 * Fields that LiveKit doesn't know: "field X not found" and where the block belongs. By our own table of 1.13.5's
 * fields at the top and below rtc and turn: for when there is no binary to ask.
 */
void doctor_file_fields(struct doctor *d, const char *path, const struct launcher_document *doc);

/*
 * What `livekit-server --config FILE ports` answered. Complaints become findings, without the values that it
 * repeats. 1 if it took the file.
 */
int doctor_file_answer(struct doctor *d, const char *path, const char *answer);

/* rtc.use_external_ip: "could not resolve external IP". 1 if LiveKit will ask STUN servers when it starts. */
int doctor_file_external_ip(struct doctor *d, const char *path, const struct launcher_document *doc);

/* turn: "TURN domain required", "TURN domain is not correct", certificate files. Reads those files. */
void doctor_file_turn(struct doctor *d, const char *path, const struct launcher_document *doc);

/* keys, key_file: LiveKit needs one. `key` is ours, NULL when unknown. */
void doctor_file_keys(struct doctor *d, const char *path, const struct launcher_document *doc, const char *key);

/* room.empty_timeout and departure_timeout, auto_create. */
void doctor_file_rooms(struct doctor *d, const char *path, const struct launcher_document *doc);

#endif
