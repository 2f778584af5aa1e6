# SPDX-License-Identifier: Apache-2.0
"""Webhooks as LiveKit sends them: protobuf-JSON with stray spaces, signed over the raw bytes; and who takes them."""
import base64
import hashlib
import http.server
import json
import threading
import time
import uuid

import jwt


def sid(prefix):
    return prefix + "_" + uuid.uuid4().hex[:12]


def body(event, room, room_sid, identity=None, participant_sid=None, joined_at=None, admission=None, kind=None,
         event_id=None, created=None, **more):
    """The event's bytes. Names, spacing and number forms are those of livekit-server 1.13.5."""
    now = time.time() if created is None else created
    e = {"event": event, "room": {"sid": room_sid, "name": room, "emptyTimeout": 300, "departureTimeout": 60,
                                  "creationTime": str(int(now)), "creationTimeMs": str(int(now * 1000))}}
    if identity is not None:
        at = now if joined_at is None else joined_at
        p = {"sid": participant_sid or sid("PA"), "identity": identity, "name": identity,
             "state": "DISCONNECTED" if event == "participant_left" else "ACTIVE",
             "joinedAt": str(int(at)), "joinedAtMs": str(int(at * 1000)), "version": 2,
             "permission": {"canSubscribe": True, "canPublish": True, "canPublishData": True,
                            "canUpdateMetadata": True}}
        if admission:
            p["attributes"] = {"bedrud.admission": admission}
        if kind:
            p["kind"] = kind
        e["participant"] = p
    e.update(more)
    e["id"] = event_id or sid("EV")
    e["createdAt"] = str(int(now))
    return json.dumps(e, separators=(", ", ":")).encode()


def sign(raw, key, secret, issuer=None, digest=None, now=None, life=300, algorithm="HS256", **more):
    """The Authorization value (no Bearer, as LiveKit sends it)."""
    now = int(time.time() if now is None else now)
    claims = {"iss": issuer or key, "nbf": now, "iat": now, "exp": now + life,
              "sha256": digest or base64.b64encode(hashlib.sha256(raw).digest()).decode()}
    claims.update(more)
    return jwt.encode(claims, secret, algorithm=algorithm)


class Receiver(http.server.ThreadingHTTPServer):
    """Takes LiveKit's events, whose signatures it checks: `events` are (issuer, path, event)."""

    def __init__(self, port, secret):
        super().__init__(("127.0.0.1", port), Receiver.Handler)
        self.events, self.secret = [], secret
        threading.Thread(target=self.serve_forever, daemon=True).start()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            claims = jwt.decode(self.headers["Authorization"], self.server.secret, algorithms=["HS256"])
            self.server.events.append((claims["iss"], self.path, json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *words):
            pass

    def close(self):
        self.shutdown()
        self.server_close()
