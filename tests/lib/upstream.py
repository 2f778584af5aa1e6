# SPDX-License-Identifier: Apache-2.0
"""A database as Bedrud's Go server leaves it, with people, rooms and a call in it."""
import hashlib
import sqlite3

AT = "2026-06-01 10:00:00.123456789+00:00"
FAR = "2099-01-01 00:00:00+00:00"

# Hashes made by Bedrud's Go server: two of the digests contain a NUL byte. The last is a legacy row:
# plain bcrypt.
USERS = {
    "vector-password-0028": "$2a$10$elUOflC41LG6dUnMhesuseTk4PxIhtIJLfm9LIXXJTz68eAWZU4kW",
    "vector-password-0069": "$2a$10$K.cr7KiQjmH1wVi4ZSVp3uAYqopX0b180Tz68f2pypJEnBA/fTOBG",
    "adminpassword1": "$2a$10$Rw6GwabG9OrglawVBGIcAeyJQtiKJpU6pzwWN9jyu5dE2a/wEjpfW",
    "legacy-password-1": "$2a$04$abcdefghijklmnopqrstuuqfuAqhLdQgVWgBIkuN2B/KNKiFWwsIm",
}

SCHEMA = """
CREATE TABLE users (id varchar(36) PRIMARY KEY, email varchar(255) NOT NULL, name varchar(255) NOT NULL, provider
 varchar(20) DEFAULT 'local', avatar_url varchar(255), password varchar(255), refresh_token text, accesses text,
 is_active numeric NOT NULL DEFAULT 1, email_verified_at datetime, password_changed_at datetime, created_at datetime
 NOT NULL, updated_at datetime NOT NULL);
CREATE UNIQUE INDEX idx_email_provider ON users(email, provider);
CREATE INDEX idx_users_email_verified_at ON users(email_verified_at);
CREATE TABLE blocked_refresh_tokens (id varchar(36) PRIMARY KEY, token text NOT NULL UNIQUE, user_id varchar(36) NOT
 NULL, expires_at datetime NOT NULL, created_at datetime NOT NULL);
CREATE TABLE blocked_access_tokens (id varchar(36) PRIMARY KEY, token varchar(64) NOT NULL UNIQUE, expires_at datetime
 NOT NULL, created_at datetime NOT NULL);
CREATE TABLE rooms (id varchar(36) PRIMARY KEY, name varchar(255) NOT NULL, created_by varchar(36) NOT NULL, is_active
 numeric NOT NULL DEFAULT 1, max_participants integer NOT NULL DEFAULT 20, created_at datetime NOT NULL, updated_at
 datetime NOT NULL, expires_at datetime, admin_id varchar(36) NOT NULL, is_public numeric NOT NULL DEFAULT 0,
 settings_allow_chat numeric NOT NULL DEFAULT 1, settings_allow_video numeric NOT NULL DEFAULT 1, settings_allow_audio
 numeric NOT NULL DEFAULT 1, settings_require_approval numeric NOT NULL DEFAULT 0, settings_e2_ee numeric NOT NULL
 DEFAULT 0, settings_is_persistent numeric NOT NULL DEFAULT 0, settings_recordings_allowed numeric NOT NULL DEFAULT 0,
 mode varchar(20) NOT NULL DEFAULT 'standard', last_activity_at datetime, deleted_at datetime);
CREATE UNIQUE INDEX idx_rooms_active_name ON rooms(name) WHERE is_active = 1;
CREATE INDEX idx_rooms_name ON rooms(name);
CREATE TABLE room_participants (id varchar(36) PRIMARY KEY, room_id varchar(36) NOT NULL, user_id varchar(36) NOT
 NULL, joined_at datetime NOT NULL, left_at datetime, is_active numeric NOT NULL DEFAULT 1, is_approved numeric NOT
 NULL DEFAULT 0, is_muted numeric NOT NULL DEFAULT 0, is_video_off numeric NOT NULL DEFAULT 0, is_chat_blocked numeric
 NOT NULL DEFAULT 0, is_banned numeric NOT NULL DEFAULT 0, is_on_stage numeric NOT NULL DEFAULT 0, is_moderator
 numeric NOT NULL DEFAULT 0);
CREATE UNIQUE INDEX idx_room_user ON room_participants(room_id, user_id);
CREATE TABLE room_permissions (id varchar(36) PRIMARY KEY, room_id varchar(36) NOT NULL, user_id varchar(36) NOT NULL,
 is_admin numeric NOT NULL DEFAULT 0, can_kick numeric NOT NULL DEFAULT 0, can_mute_audio numeric NOT NULL DEFAULT 0,
 can_disable_video numeric NOT NULL DEFAULT 0, can_chat numeric NOT NULL DEFAULT 1, created_at datetime NOT NULL,
 updated_at datetime NOT NULL);
CREATE TABLE passkeys (id varchar(36) PRIMARY KEY, user_id varchar(36) NOT NULL, credential_id blob NOT NULL UNIQUE,
 public_key blob NOT NULL, algorithm integer NOT NULL DEFAULT 0, counter integer NOT NULL DEFAULT 0, name
 varchar(255), created_at datetime NOT NULL);
CREATE TABLE system_settings (id integer PRIMARY KEY AUTOINCREMENT, registration_enabled numeric NOT NULL DEFAULT 1,
 token_registration_only numeric NOT NULL DEFAULT 0, passkeys_enabled numeric NOT NULL DEFAULT 1, guest_login_enabled
 numeric NOT NULL DEFAULT 1, google_client_id text, google_client_secret text, google_redirect_url text,
 github_client_id text, github_client_secret text, github_redirect_url text, twitter_client_id text,
 twitter_client_secret text, twitter_redirect_url text, jwt_secret text, token_duration integer DEFAULT 24,
 session_secret text, frontend_url text, server_port text, server_host text, server_domain text, server_enable_tls
 numeric, server_cert_file text, server_key_file text, server_use_acme numeric, server_email text, behind_proxy
 numeric, server_name text, live_kit_host text, live_kit_api_key text, live_kit_api_secret text, live_kit_external
 numeric, cors_allowed_origins text, cors_allowed_headers text, cors_allowed_methods text, cors_allow_credentials
 numeric, cors_max_age integer, chat_upload_backend text, chat_upload_max_bytes integer, chat_upload_max_dimension
 integer, chat_upload_inline_max integer, chat_upload_disk_dir text, chat_upload_s3_endpoint text,
 chat_upload_s3_bucket text, chat_upload_s3_region text, chat_upload_s3_access_key text, chat_upload_s3_secret_key
 text, chat_upload_s3_public_url text, max_upload_bytes_per_user integer DEFAULT 524288000,
 global_disk_threshold_bytes integer DEFAULT 0, chat_max_message_count integer DEFAULT 10000, chat_message_ttl_hours
 integer DEFAULT 2160, max_participants_limit integer DEFAULT 1000, max_rooms_per_user integer DEFAULT 100,
 recordings_enabled numeric DEFAULT 0, recording_max_duration_mins integer DEFAULT 60, recording_max_file_size_mb
 integer DEFAULT 2048, rn_noise_enabled numeric NOT NULL DEFAULT 0, krisp_enabled numeric NOT NULL DEFAULT 0,
 log_level text, email_instance_name text, updated_at datetime);
CREATE TABLE invite_tokens (id varchar(36) PRIMARY KEY, token varchar(64) NOT NULL UNIQUE, email varchar(255),
 created_by varchar(36) NOT NULL, expires_at datetime, used_at datetime, used_by varchar(36), created_at datetime);
CREATE TABLE user_preferences (user_id varchar(36) PRIMARY KEY, preferences_json text NOT NULL DEFAULT '{}',
 updated_at datetime);
CREATE TABLE chat_uploads (id varchar(36) PRIMARY KEY, room_id varchar(36) NOT NULL, uploaded_by varchar(36),
 file_hash varchar(64) NOT NULL, extension varchar(10), file_size integer NOT NULL DEFAULT 0, storage_backend
 varchar(10) NOT NULL DEFAULT 'disk', created_at datetime NOT NULL);
CREATE TABLE jobs (id varchar(36) PRIMARY KEY, type text NOT NULL, payload text, run_at datetime NOT NULL, priority
 integer DEFAULT 0, status text NOT NULL DEFAULT 'pending', attempts integer NOT NULL DEFAULT 0, max_attempts integer
 NOT NULL DEFAULT 3, last_error text, created_at datetime, updated_at datetime);
CREATE TABLE verification_events (id integer PRIMARY KEY AUTOINCREMENT, user_id text NOT NULL, email text NOT NULL,
 event_type text NOT NULL, ip text, metadata text, created_at datetime);
CREATE TABLE webhooks (id varchar(36) PRIMARY KEY, name varchar(255) NOT NULL, url varchar(1024) NOT NULL, secret
 varchar(255) NOT NULL, events text, is_active numeric NOT NULL DEFAULT 1, last_seen datetime, created_by varchar(36)
 NOT NULL, created_at datetime, updated_at datetime);
CREATE TABLE webxdc_packages (id varchar(36) PRIMARY KEY, room_id varchar(36), content_hash varchar(64) NOT NULL,
 storage_key varchar(512) NOT NULL, size_bytes integer NOT NULL DEFAULT 0, name text, description text, category
 varchar(64), source_code_url varchar(512), icon_path text, uploaded_by varchar(36), created_at datetime NOT NULL);
CREATE TABLE webxdc_instances (id varchar(32) PRIMARY KEY, room_id varchar(36) NOT NULL, package_id varchar(36) NOT
 NULL, created_by varchar(36), document varchar(64), summary varchar(64), last_info varchar(128), closed_at datetime,
 created_at datetime NOT NULL, updated_at datetime NOT NULL);
CREATE TABLE webxdc_status_updates (id integer PRIMARY KEY AUTOINCREMENT, instance_id varchar(32) NOT NULL, serial
 integer NOT NULL, sender_user_id text, sender_identity text, payload_json text NOT NULL, byte_size integer NOT NULL
 DEFAULT 0, created_at datetime NOT NULL, UNIQUE (instance_id, serial));
CREATE TABLE recordings (id varchar(36) PRIMARY KEY, room_id varchar(36) NOT NULL, room_name varchar(255) NOT NULL,
 egress_id varchar(255) UNIQUE, file_url text, file_size integer DEFAULT 0, recording_type varchar(20), duration_ms
 integer DEFAULT 0, status varchar(20) NOT NULL DEFAULT 'pending', error text, created_by varchar(36) NOT NULL,
 started_at datetime, completed_at datetime, created_at datetime, updated_at datetime);
"""


def email(n):
    return f"upstream{n}@example.org"


def user_id(n):
    return f"00000000-0000-4000-8000-00000000000{n}"


def room_id(n):
    return f"10000000-0000-4000-8000-00000000000{n}"


def make(path, refresh_token=None, old=False):
    """Writes the file. refresh_token: raw refresh JWT of the first user; old: with the fully unique name index of very
    old files."""
    db = sqlite3.connect(path)
    db.execute("PRAGMA journal_mode = WAL")
    db.executescript(SCHEMA)
    if old:
        db.executescript("DROP INDEX idx_rooms_name; DROP INDEX idx_rooms_active_name; "
                         "CREATE UNIQUE INDEX idx_rooms_name ON rooms(name)")
    for n, (password, stored) in enumerate(USERS.items()):
        digest = hashlib.sha256(refresh_token.encode()).hexdigest() if refresh_token and n == 0 else None
        accesses = "{superadmin,user}" if password == "adminpassword1" else "{user}"
        db.execute("INSERT INTO users VALUES (?, ?, ?, 'local', NULL, ?, ?, ?, 1, NULL, NULL, ?, ?)",
                   (user_id(n), email(n), f"Upstream {n}", stored, digest, accesses, AT, AT))
    db.execute("INSERT INTO users VALUES ('guest-abcd1234', 'guest-abcd1234@bedrud.guest', 'Old Guest', 'guest', "
               "'', '', '', '{guest}',"
               " 1, NULL, NULL, '2026-06-01T10:00:00Z', '2026-06-01T12:00:00+02:00')")
    rooms = [("old-standup", 1, 1, FAR, None, AT), ("old-private", 1, 0, FAR, None, "2026-06-02 10:00:00.5+02:00"),
             ("old-ended", 0, 1, AT, None, "2026-06-03T10:00:00Z"), ("old-archived", 0, 1, AT, AT, AT),
             ("old-no-times", 1, 1, None, None, AT)]
    for n, (name, active, public, expires, deleted, created) in enumerate(rooms):
        db.execute("INSERT INTO rooms VALUES (?, ?, ?, ?, 20, ?, ?, ?, ?, ?, 1, 1, 1, 0, 0, 0, 1, 'standard', NULL, ?)",
                   (room_id(n), name, user_id(0), active, created, created, expires, user_id(0), public, deleted))
    seat = "INSERT INTO room_participants VALUES (?, ?, ?, ?, ?, ?, 0, 0, 0, 0, ?, 0, 0)"
    db.execute(seat, ("p0", room_id(1), user_id(1), AT, None, 1, 0))        # a member of the private room
    db.execute(seat, ("p1", room_id(0), user_id(3), AT, AT, 0, 1))          # banned
    db.execute("INSERT INTO system_settings (id, server_name, updated_at) VALUES (1, 'Old House', ?)", (AT,))
    db.execute("INSERT INTO user_preferences VALUES (?, '{\"theme\":\"dark\"}', ?)", (user_id(0), AT))
    db.execute("INSERT INTO recordings VALUES ('r0', ?, 'old-standup', '', '', 0, 'composite', 0, 'failed', 'x', ?, "
               "NULL, NULL, ?, ?)",
               (room_id(0), user_id(0), AT, AT))
    db.commit()
    db.close()
