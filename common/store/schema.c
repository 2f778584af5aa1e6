/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The tables. Bedrud's first: names, declared types, defaults and indexes are what its Go server
 * makes and expects, so that either program can go on with a file of the other. Ours stand after them; times in
 * ours are integers (ns since 1970), 0 = never.
 */
#include "store/store_impl.h"

#define KEY "varchar(36)"
#define ON "numeric NOT NULL DEFAULT true"
#define OFF "numeric NOT NULL DEFAULT false"
#define WHEN "datetime"
#define THEN "datetime NOT NULL"
#define NAME "varchar(255) NOT NULL"

static const struct store_column users[] = {
	{ "id", KEY }, { "email", NAME }, { "name", NAME }, { "provider", "varchar(20) DEFAULT 'local'" },
	{ "avatar_url", "varchar(255)" }, { "password", "varchar(255)" }, { "refresh_token", "text" },
	{ "accesses", "text" }, { "is_active", ON }, { "email_verified_at", WHEN }, { "password_changed_at", WHEN },
	{ "created_at", THEN }, { "updated_at", THEN }, { 0 },
};
static const struct store_column blocked_refresh_tokens[] = {
	{ "id", KEY }, { "token", "text NOT NULL" }, { "user_id", "varchar(36) NOT NULL" }, { "expires_at", THEN },
	{ "created_at", THEN }, { 0 },
};
static const struct store_column blocked_access_tokens[] = {
	{ "id", KEY }, { "token", "varchar(64) NOT NULL" }, { "expires_at", THEN }, { "created_at", THEN }, { 0 },
};
static const struct store_column rooms[] = {
	{ "id", KEY }, { "name", NAME }, { "created_by", "varchar(36) NOT NULL" }, { "is_active", ON },
	{ "max_participants", "integer NOT NULL DEFAULT 20" }, { "created_at", THEN }, { "updated_at", THEN },
	{ "expires_at", WHEN }, { "admin_id", "varchar(36) NOT NULL" }, { "is_public", OFF },
	{ "settings_allow_chat", ON }, { "settings_allow_video", ON }, { "settings_allow_audio", ON },
	{ "settings_require_approval", OFF }, { "settings_e2_ee", OFF }, { "settings_is_persistent", OFF },
	{ "settings_recordings_allowed", OFF }, { "mode", "varchar(20) NOT NULL DEFAULT 'standard'" },
	{ "last_activity_at", WHEN }, { "deleted_at", WHEN }, { 0 },
};
static const struct store_column room_participants[] = {
	{ "id", KEY }, { "room_id", "varchar(36) NOT NULL" }, { "user_id", "varchar(36) NOT NULL" },
	{ "joined_at", THEN }, { "left_at", WHEN }, { "is_active", ON }, { "is_approved", OFF }, { "is_muted", OFF },
	{ "is_video_off", OFF }, { "is_chat_blocked", OFF }, { "is_banned", OFF }, { "is_on_stage", OFF },
	{ "is_moderator", OFF }, { 0 },
};
static const struct store_column room_permissions[] = {
	{ "id", KEY }, { "room_id", "varchar(36) NOT NULL" }, { "user_id", "varchar(36) NOT NULL" },
	{ "is_admin", OFF }, { "can_kick", OFF }, { "can_mute_audio", OFF }, { "can_disable_video", OFF },
	{ "can_chat", ON }, { "created_at", THEN }, { "updated_at", THEN }, { 0 },
};
static const struct store_column passkeys[] = {
	{ "id", KEY }, { "user_id", "varchar(36) NOT NULL" }, { "credential_id", "blob NOT NULL" },
	{ "public_key", "blob NOT NULL" }, { "algorithm", "integer NOT NULL DEFAULT 0" },
	{ "counter", "integer NOT NULL DEFAULT 0" }, { "name", "varchar(255)" }, { "created_at", THEN }, { 0 },
};
static const struct store_column system_settings[] = {
	{ "id", "integer PRIMARY KEY AUTOINCREMENT" },
	{ "registration_enabled", ON }, { "token_registration_only", OFF }, { "passkeys_enabled", ON },
	{ "guest_login_enabled", ON },
	{ "google_client_id", "text" }, { "google_client_secret", "text" }, { "google_redirect_url", "text" },
	{ "github_client_id", "text" }, { "github_client_secret", "text" }, { "github_redirect_url", "text" },
	{ "twitter_client_id", "text" }, { "twitter_client_secret", "text" }, { "twitter_redirect_url", "text" },
	{ "jwt_secret", "text" }, { "token_duration", "integer DEFAULT 24" }, { "session_secret", "text" },
	{ "frontend_url", "text" },
	{ "server_port", "text" }, { "server_host", "text" }, { "server_domain", "text" },
	{ "server_enable_tls", "numeric" }, { "server_cert_file", "text" }, { "server_key_file", "text" },
	{ "server_use_acme", "numeric" }, { "server_email", "text" }, { "behind_proxy", "numeric" },
	{ "server_name", "text" },
	{ "live_kit_host", "text" }, { "live_kit_api_key", "text" }, { "live_kit_api_secret", "text" },
	{ "live_kit_external", "numeric" },
	{ "cors_allowed_origins", "text" }, { "cors_allowed_headers", "text" }, { "cors_allowed_methods", "text" },
	{ "cors_allow_credentials", "numeric" }, { "cors_max_age", "integer" },
	{ "chat_upload_backend", "text" }, { "chat_upload_max_bytes", "integer" },
	{ "chat_upload_max_dimension", "integer" }, { "chat_upload_inline_max", "integer" },
	{ "chat_upload_disk_dir", "text" }, { "chat_upload_s3_endpoint", "text" }, { "chat_upload_s3_bucket", "text" },
	{ "chat_upload_s3_region", "text" }, { "chat_upload_s3_access_key", "text" },
	{ "chat_upload_s3_secret_key", "text" }, { "chat_upload_s3_public_url", "text" },
	{ "max_upload_bytes_per_user", "integer DEFAULT 524288000" },
	{ "global_disk_threshold_bytes", "integer DEFAULT 0" }, { "chat_max_message_count", "integer DEFAULT 10000" },
	{ "chat_message_ttl_hours", "integer DEFAULT 2160" },
	{ "max_participants_limit", "integer DEFAULT 1000" }, { "max_rooms_per_user", "integer DEFAULT 100" },
	{ "recordings_enabled", "numeric DEFAULT false" }, { "recording_max_duration_mins", "integer DEFAULT 60" },
	{ "recording_max_file_size_mb", "integer DEFAULT 2048" },
	{ "webxdc_gallery_enabled", "numeric" }, { "webxdc_gallery_remote_catalog_url", "text" },
	{ "webxdc_gallery_source", "text" }, { "webxdc_gallery_allow_remote_download", "numeric" },
	{ "webxdc_gallery_instance_catalog_enabled", "numeric" }, { "webxdc_max_archive_mb", "integer" },
	{ "webxdc_max_uncompressed_mb", "integer" }, { "webxdc_max_single_file_mb", "integer" },
	{ "webxdc_max_entries", "integer" },
	{ "rn_noise_enabled", OFF }, { "krisp_enabled", OFF },
	{ "email_instance_name", "text" }, { "email_support_email", "text" }, { "email_instance_url", "text" },
	{ "email_header_bg", "text" }, { "email_button_bg", "text" },
	{ "email_subject_verify", "text" }, { "email_subject_welcome", "text" }, { "email_subject_reset", "text" },
	{ "email_subject_changed", "text" }, { "email_subject_invite", "text" },
	{ "email_preheader_verify", "text" }, { "email_preheader_welcome", "text" }, { "email_preheader_reset",
	    "text" },
	{ "email_preheader_changed", "text" }, { "email_preheader_invite", "text" },
	{ "email_smtp_host", "text" }, { "email_smtp_port", "integer" }, { "email_username", "text" },
	{ "email_password", "text" }, { "email_from_address", "text" }, { "email_from_name", "text" },
	{ "email_tls_skip_verify", "numeric" }, { "email_smtp_s_mode", "numeric" },
	{ "log_level", "text" }, { "updated_at", WHEN }, { 0 },
};
static const struct store_column invite_tokens[] = {
	{ "id", KEY }, { "token", "varchar(64) NOT NULL" }, { "email", "varchar(255)" },
	{ "created_by", "varchar(36) NOT NULL" }, { "expires_at", WHEN }, { "used_at", WHEN },
	{ "used_by", "varchar(36)" }, { "created_at", WHEN }, { 0 },
};
static const struct store_column user_preferences[] = {
	{ "user_id", KEY }, { "preferences_json", "text NOT NULL DEFAULT '{}'" }, { "updated_at", WHEN }, { 0 },
};
static const struct store_column chat_uploads[] = {
	{ "id", KEY }, { "room_id", "varchar(36) NOT NULL" }, { "uploaded_by", "varchar(36)" },
	{ "file_hash", "varchar(64) NOT NULL" }, { "extension", "varchar(10)" },
	{ "file_size", "integer NOT NULL DEFAULT 0" }, { "storage_backend", "varchar(10) NOT NULL DEFAULT 'disk'" },
	{ "created_at", THEN }, { 0 },
};
static const struct store_column jobs[] = {
	{ "id", KEY }, { "type", "text NOT NULL" }, { "payload", "text" }, { "run_at", THEN },
	{ "priority", "integer DEFAULT 0" }, { "status", "text NOT NULL DEFAULT 'pending'" },
	{ "attempts", "integer NOT NULL DEFAULT 0" }, { "max_attempts", "integer NOT NULL DEFAULT 3" },
	{ "last_error", "text" }, { "created_at", WHEN }, { "updated_at", WHEN }, { 0 },
};
static const struct store_column verification_events[] = {
	{ "id", "integer PRIMARY KEY AUTOINCREMENT" }, { "user_id", "text NOT NULL" }, { "email", "text NOT NULL" },
	{ "event_type", "text NOT NULL" }, { "ip", "text" }, { "metadata", "text" }, { "created_at", WHEN }, { 0 },
};
static const struct store_column webhooks[] = {
	{ "id", KEY }, { "name", NAME }, { "url", "varchar(1024) NOT NULL" }, { "secret", NAME }, { "events", "text" },
	{ "is_active", ON }, { "last_seen", WHEN }, { "created_by", "varchar(36) NOT NULL" }, { "created_at", WHEN },
	{ "updated_at", WHEN }, { 0 },
};
static const struct store_column webxdc_packages[] = {
	{ "id", KEY }, { "room_id", "varchar(36)" }, { "content_hash", "varchar(64) NOT NULL" },
	{ "storage_key", "varchar(512) NOT NULL" }, { "size_bytes", "integer NOT NULL DEFAULT 0" }, { "name", "text" },
	{ "description", "text" }, { "category", "varchar(64)" }, { "source_code_url", "varchar(512)" },
	{ "icon_path", "text" }, { "uploaded_by", "varchar(36)" }, { "created_at", THEN }, { 0 },
};
static const struct store_column webxdc_instances[] = {
	{ "id", "varchar(32)" }, { "room_id", "varchar(36) NOT NULL" }, { "package_id", "varchar(36) NOT NULL" },
	{ "created_by", "varchar(36)" }, { "document", "varchar(64)" }, { "summary", "varchar(64)" },
	{ "last_info", "varchar(128)" }, { "closed_at", WHEN }, { "created_at", THEN }, { "updated_at", THEN }, { 0 },
};
static const struct store_column webxdc_status_updates[] = {
	{ "id", "integer PRIMARY KEY AUTOINCREMENT" }, { "instance_id", "varchar(32) NOT NULL" },
	{ "serial", "integer NOT NULL" }, { "sender_user_id", "text" }, { "sender_identity", "text" },
	{ "payload_json", "text NOT NULL" }, { "byte_size", "integer NOT NULL DEFAULT 0" }, { "created_at", THEN },
	{ 0 },
};
static const struct store_column recordings[] = {
	{ "id", KEY }, { "room_id", "varchar(36) NOT NULL" }, { "room_name", NAME }, { "egress_id", "varchar(255)" },
	{ "file_url", "text" }, { "file_size", "integer DEFAULT 0" }, { "recording_type", "varchar(20)" },
	{ "duration_ms", "integer DEFAULT 0" }, { "status", "varchar(20) NOT NULL DEFAULT 'pending'" },
	{ "error", "text" }, { "created_by", "varchar(36) NOT NULL" }, { "started_at", WHEN },
	{ "completed_at", WHEN }, { "created_at", WHEN }, { "updated_at", WHEN }, { 0 },
};

/* Ours. */
#define TEXT "text NOT NULL DEFAULT ''"
#define NS "integer NOT NULL DEFAULT 0"
static const struct store_column sessions[] = {
	{ "id", "text NOT NULL" }, { "user_id", TEXT }, { "refresh_hash", TEXT }, { "created_at", NS },
	{ "last_used_at", NS }, { "expires_at", NS }, { "revoked_at", NS }, { "user_agent", TEXT }, { 0 },
};
static const struct store_column bans[] = {
	{ "room_id", "text NOT NULL" }, { "user_id", "text NOT NULL" }, { "banned_by", TEXT }, { "reason", TEXT },
	{ "created_at", NS }, { "lifted_at", NS }, { 0 },
};
static const struct store_column admissions[] = {
	{ "id", "text NOT NULL" }, { "room_id", TEXT }, { "identity", TEXT }, { "created_at", NS }, { "voided_at", NS },
	{ "address", TEXT }, { 0 },
};
/* What room_participants has no column for. */
static const struct store_column room_standing[] = {
	{ "room_id", "text NOT NULL" }, { "user_id", "text NOT NULL" }, { "is_deafened", NS }, { "may_speak", NS },
	{ "may_show", NS }, { "kicked_until", NS }, { "kicked_by", TEXT }, { "updated_at", NS }, { 0 },
};
static const struct store_column shut_addresses[] = {
	{ "room_id", "text NOT NULL" }, { "address", "text NOT NULL" }, { "user_id", "text NOT NULL" }, { "until", NS },
	{ "created_at", NS }, { 0 },
};
static const struct store_column suspensions[] = {
	{ "room_id", "text NOT NULL" }, { "suspended_at", NS }, { "suspended_by", TEXT }, { "reason", TEXT }, { 0 },
};
/* Somebody waits at the door of a room that asks for approval. */
static const struct store_column knocks[] = {
	{ "room_id", "text NOT NULL" }, { "user_id", "text NOT NULL" }, { "name", TEXT },
	{ "state", "text NOT NULL DEFAULT 'waiting'" }, { "asked_at", NS }, { "seen_at", NS }, { "decided_at", NS },
	{ "decided_by", TEXT }, { "refusals", NS }, { "address", TEXT }, { 0 },
};
static const struct store_column room_invitations[] = {
	{ "id", "text NOT NULL" }, { "room_id", TEXT }, { "token_hash", TEXT }, { "email", TEXT },
	{ "created_by", TEXT }, { "created_at", NS }, { "expires_at", NS }, { "revoked_at", NS }, { "used_at", NS },
	{ "used_by", TEXT }, { 0 },
};
/* A row per LiveKit participant, also of those that left: a join that is reported after its leave must find it. */
static const struct store_column seats[] = {
	{ "room_id", "text NOT NULL" }, { "identity", "text NOT NULL" }, { "participant_sid", "text NOT NULL" },
	{ "room_sid", TEXT }, { "admission", TEXT }, { "joined_at", NS }, { "left_at", NS }, { 0 },
};
static const struct store_column live_rooms[] = {
	{ "room_id", "text NOT NULL" }, { "room_sid", "text NOT NULL" }, { "started_at", NS }, { "finished_at", NS },
	{ 0 },
};
static const struct store_column rate_limits[] = {
	{ "bucket", "text NOT NULL" }, { "window_start", NS }, { "count", NS }, { 0 },
};
static const struct store_column webhook_inbox[] = {
	{ "event_id", "text NOT NULL" }, { "event", TEXT }, { "received_at", NS },
	{ "state", "text NOT NULL DEFAULT 'done'" }, { "detail", TEXT }, { 0 },
};
static const struct store_column doctor_reports[] = {
	{ "id", "integer NOT NULL" }, { "at", NS }, { "report", TEXT }, { 0 },
};
/* Who of the workers does a job, and until when nobody else may. */
static const struct store_column job_leases[] = {
	{ "job_id", "text NOT NULL" }, { "holder", TEXT }, { "expires_at", NS }, { 0 },
};
/* What workers do again and again; one of them at a time. */
static const struct store_column duties[] = {
	{ "name", "text NOT NULL" }, { "holder", TEXT }, { "lease_until", NS }, { "last_run_at", NS },
	{ "report", TEXT }, { 0 },
};
static const struct store_column webhook_results[] = {
	{ "webhook_id", "text NOT NULL" }, { "delivery_id", TEXT }, { "event", TEXT }, { "at", NS },
	{ "http_status", NS }, { "latency_ms", NS }, { "attempts", NS }, { "error", TEXT }, { 0 },
};

/* What recordings has no column for. state is finer than its status; room_id is there for the index. */
static const struct store_column recording_facts[] = {
	{ "recording_id", "text NOT NULL" }, { "room_id", TEXT }, { "state", "text NOT NULL DEFAULT 'pending'" },
	{ "storage", TEXT }, { "object_key", TEXT }, { "file_name", TEXT }, { "layout", TEXT }, { "preset", TEXT },
	{ "audio_only", NS }, { "stop_reason", TEXT }, { "asked_at", NS }, { "moved_at", NS }, { "checked_at", NS },
	{ 0 },
};

#define UPSTREAM(t) { #t, t, ",PRIMARY KEY (`id`)", "" }
#define COUNTED(t) { #t, t, "", "" }
#define OURS(t, key) { #t, t, ",PRIMARY KEY (" key ")", " WITHOUT ROWID" }
const struct store_table store_schema_tables[] = {
	UPSTREAM(users), UPSTREAM(blocked_refresh_tokens), UPSTREAM(blocked_access_tokens), UPSTREAM(rooms),
	UPSTREAM(room_participants), UPSTREAM(room_permissions), UPSTREAM(passkeys), COUNTED(system_settings),
	UPSTREAM(invite_tokens), { "user_preferences", user_preferences, ",PRIMARY KEY (`user_id`)", "" },
	UPSTREAM(chat_uploads), UPSTREAM(jobs), COUNTED(verification_events), UPSTREAM(webhooks),
	UPSTREAM(webxdc_packages), UPSTREAM(webxdc_instances), COUNTED(webxdc_status_updates), UPSTREAM(recordings),
	OURS(sessions, "id"), OURS(bans, "room_id,user_id,created_at"), OURS(admissions, "id"),
	OURS(seats, "room_id,identity,participant_sid"), OURS(live_rooms, "room_id,room_sid"),
	OURS(rate_limits, "bucket"), OURS(webhook_inbox, "event_id"),
	OURS(doctor_reports, "id"), OURS(room_standing, "room_id,user_id"),
	OURS(shut_addresses, "room_id,address,user_id"), OURS(suspensions, "room_id"), OURS(knocks, "room_id,user_id"),
	OURS(room_invitations, "id"), OURS(job_leases, "job_id"), OURS(duties, "name"),
	OURS(webhook_results, "webhook_id"), OURS(recording_facts, "recording_id"), { 0 },
};

/* An index of one column under the name GORM gives it. */
#define INDEX(t, c) { "idx_" #t "_" #c, #t, #c, NULL, 0 }
#define UNIQUE(t, c) { "idx_" #t "_" #c, #t, #c, NULL, 1 }
const struct store_index store_schema_indexes[] = {
	{ "idx_email_provider", "users", "email,provider", NULL, 1 }, INDEX(users, email_verified_at),
	UNIQUE(blocked_refresh_tokens, token), INDEX(blocked_refresh_tokens, user_id),
	INDEX(blocked_refresh_tokens, expires_at),
	UNIQUE(blocked_access_tokens, token), INDEX(blocked_access_tokens, expires_at),
	INDEX(rooms, name), INDEX(rooms, expires_at), INDEX(rooms, last_activity_at), INDEX(rooms, deleted_at),
	{ "idx_rooms_active_name", "rooms", "name", "is_active = 1", 1 },
	{ "idx_room_user", "room_participants", "room_id,user_id", NULL, 1 },
	INDEX(room_permissions, room_id), INDEX(room_permissions, user_id),
	INDEX(passkeys, user_id), UNIQUE(passkeys, credential_id), UNIQUE(invite_tokens, token),
	INDEX(chat_uploads, room_id), INDEX(chat_uploads, uploaded_by),
	INDEX(jobs, type), INDEX(jobs, run_at), INDEX(jobs, priority), INDEX(jobs, status),
	INDEX(verification_events, user_id), INDEX(verification_events, event_type),
	INDEX(webhooks, last_seen), INDEX(webxdc_packages, room_id), INDEX(webxdc_packages, content_hash),
	INDEX(webxdc_packages, uploaded_by), INDEX(webxdc_instances, room_id),
	{ "idx_webxdc_status_updates_instance_serial", "webxdc_status_updates", "instance_id,serial", NULL, 1 },
	INDEX(recordings, room_id), UNIQUE(recordings, egress_id),
	/* Ours, on Bedrud's tables: its Go server does not mind. */
	INDEX(rooms, created_by),
	INDEX(sessions, user_id), INDEX(sessions, expires_at),
	{ "idx_admissions_live", "admissions", "room_id,identity", "voided_at = 0", 1 },
	{ "idx_admissions_of", "admissions", "room_id,identity", NULL, 0 },
	INDEX(rate_limits, window_start), INDEX(webhook_inbox, received_at), INDEX(room_invitations, room_id),
	UNIQUE(room_invitations, token_hash), INDEX(webhook_inbox, state),
	/* One recording at a time in a room. */
	{ "idx_recording_facts_running", "recording_facts", "room_id", "state IN ('pending','starting','active',"
	    "'stopping')", 1 },
	INDEX(recording_facts, moved_at),
	{ 0 },
};

#define BOTH(t) { #t, STORE_READ | STORE_WRITE }
const struct store_right store_all_rights[] = {
	BOTH(users), BOTH(blocked_refresh_tokens), BOTH(blocked_access_tokens), BOTH(rooms), BOTH(room_participants),
	BOTH(room_permissions), BOTH(passkeys), BOTH(system_settings), BOTH(invite_tokens), BOTH(user_preferences),
	BOTH(chat_uploads), BOTH(jobs), BOTH(verification_events), BOTH(webhooks), BOTH(webxdc_packages),
	BOTH(webxdc_instances), BOTH(webxdc_status_updates), BOTH(recordings), BOTH(sessions), BOTH(bans),
	BOTH(admissions), BOTH(seats), BOTH(live_rooms), BOTH(rate_limits), BOTH(webhook_inbox),
	BOTH(doctor_reports), BOTH(room_standing), BOTH(shut_addresses), BOTH(suspensions), BOTH(knocks),
	BOTH(room_invitations), BOTH(job_leases), BOTH(duties), BOTH(webhook_results), BOTH(recording_facts), { 0 },
};
