/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The single row of system_settings (CONTRACT 6.3), as far as it takes effect at run time; invite tokens; preferences.
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
	const char *server_name;	/* "" = not set */
};

/* Reads row 1; the column defaults when there is no row (nothing is written by a read). */
enum err store_setting_get(struct store *s, struct base_arena *a, struct store_setting *out) BASE_MUST_CHECK;

/*
 * Marks an invite used (used_at, used_by) if it is unused and not expired: ERR_DENIED when it isn't there or expired, or when it was written for
 * another e-mail address than this one (an invite without one is for anybody; ASCII case doesn't count); ERR_CONFLICT when it has been used.
 * Runs in the caller's transaction, with the insert of the user.
 */
enum err store_setting_use_invite(struct store *s, const char *token, const char *email, const char *user_id,
    int64_t now) BASE_MUST_CHECK;

#endif
