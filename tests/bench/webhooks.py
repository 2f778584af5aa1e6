# SPDX-License-Identifier: Apache-2.0
"""Webhooks by the thousand, signed and ready to be sent."""
import base64
import hashlib
import hmac
import json
import pathlib
import sqlite3
import subprocess
import time
import uuid

from tests.lib import fronts, hooks

HERE = pathlib.Path(__file__).resolve().parent


class Unsynced(fronts.Lighttpd):
    """Bedrud behind lighttpd, with responders that don't wait for the disk."""

    def lighttpd_conf(self):
        path = super().lighttpd_conf()
        ours = path.with_name("bedrud.conf")
        ours.write_text(ours.read_text().replace('"LANG", "TZ"', '"LANG", "TZ", "LD_PRELOAD"'))
        return path

    def start(self, name, argv, **env):
        library = self.dir / "run/unsynced.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, HERE / "unsynced.c"], check=True)
        super().start(name, argv, LD_PRELOAD=str(library), **env)


def people(rooms, n):
    """n participants, spread over the rooms."""
    return [(rooms[i % len(rooms)], f"person-{hooks.sid('u')}", hooks.sid("PA")) for i in range(n)]


def seat(stack, people):
    """Everybody of these who has not come yet is in, with the rows that participant_joined writes."""
    now = time.time_ns()
    text = time.strftime("%Y-%m-%d %H:%M:%S+00:00", time.gmtime(now // 10**9))
    db = sqlite3.connect(stack.database, timeout=10)
    with db:
        db.executemany("INSERT OR IGNORE INTO seats (room_id, identity, participant_sid, room_sid, joined_at) "
                       "VALUES (?, ?, ?, ?, ?)",
                       ((r["id"], who, sid, "RM_" + r["id"][:12], now) for r, who, sid in people))
        db.executemany("INSERT OR IGNORE INTO room_participants (id, room_id, user_id, joined_at, is_active) "
                       "VALUES (?, ?, ?, ?, 1)",
                       ((str(uuid.uuid4()), r["id"], who, text) for r, who, _ in people))
    # So that the load doesn't begin with bringing our rows home.
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def encode(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=")


def write(path, stack, event, people):
    """A file for load.lua: each event as a whole HTTP request, as LiveKit sends it. (hooks.sign does the same ten times
    as slowly.)"""
    now = int(time.time())
    key = hmac.new(stack.secrets["livekit"].encode(), digestmod=hashlib.sha256)
    head = encode(b'{"alg":"HS256","typ":"JWT"}') + b"."
    with open(path, "wb") as f:
        for room, identity, sid in people:
            body = hooks.body(event, room["name"], "RM_" + room["id"][:12], identity, sid, joined_at=now)
            digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
            signed = head + encode(json.dumps({"iss": stack.key, "nbf": now, "iat": now, "exp": now + 3600,
                                               "sha256": digest}).encode())
            mac = key.copy()
            mac.update(signed)
            request = (b"POST /api/livekit/webhook HTTP/1.1\r\nHost: 127.0.0.1:%d\r\n"
                       b"Content-Type: application/webhook+json\r\n"
                       b"Authorization: %s.%s\r\nContent-Length: %d\r\n\r\n"
                       % (stack.port, signed, encode(mac.digest()), len(body)) + body)
            f.write(b"%d\n" % len(request) + request)
