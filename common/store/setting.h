/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The single row of system_settings, as far as it takes effect at run time; invite tokens;
 * preferences.
 */
#ifndef STORE_SETTING_H
#define STORE_SETTING_H
#include "store/store.h"

struct store_setting {
	int registration_enabled, token_registration_only, guest_login_enabled, passkeys_enabled;
	int recordings_enabled, rnnoise_enabled, krisp_enabled;
	int max_participants_limit, max_rooms_per_user;		/* 0 = not set */
	int64_t chat_upload_max_bytes;
	int chat_upload_max_dimension, chat_max_message_count, chat_message_ttl_hours;	/* 0 = not set */
	int recording_max_duration_mins, recording_max_file_size_mb;	/* 0 = no limit */
	const char *server_name;	/* "" = not set */
};

/* Reads row 1; the column defaults when there is no row (nothing is written by a read). */
enum err store_setting_get(struct store *s, struct base_arena *a, struct store_setting *out) BASE_MUST_CHECK;

/*
 * Whether an invite may be used for this e-mail address now: ERR_DENIED when it isn't there, has expired, has been
 * used, or was written for another address (one without an address is for anybody; ASCII case doesn't count). Reads
 * only.
 */
enum err store_setting_check_invite(struct store *s, const char *token, const char *email, int64_t now) BASE_MUST_CHECK;
/*
 * Marks it used (used_at, used_by), in the caller's transaction with the insert of the user. ERR_DENIED as above;
 * ERR_CONFLICT when it has been used.
 */
enum err store_setting_use_invite(struct store *s, const char *token, const char *email, const char *user_id,
    int64_t now) BASE_MUST_CHECK;

#endif
