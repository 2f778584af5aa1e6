# SPDX-License-Identifier: Apache-2.0
"""kill -9 in a storm of events: responders and workers die at any moment, LiveKit sends again what wasn't answered.
Nothing that was answered is lost, nothing is half there, nothing happens twice."""
import contextlib
import http.server
import json
import random
import subprocess
import threading
import time
import uuid

import pytest

from lib import hooks
from lib.fcgi import _die_with_parent
from lib.stack import State, poll, program


class Receiver(http.server.ThreadingHTTPServer):
    """Somebody's own server that hears of joins: the delivery ids it has answered 200."""

    def __init__(self):
        self.heard = set()
        heard = self.heard

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                heard.add(self.headers["X-Bedrud-Delivery"])
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *args):
                pass

        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class House(State):
    """Responders and workers that are killed and started again, and a LiveKit that comes and goes of itself."""

    def __init__(self):
        super().__init__({"webhooks": {"allowPrivate": True}, "livekit": {"internalHost": "http://127.0.0.1:1"}})
        login = self.cgi("auth").post("/api/auth/login", {"email": self.admin_email, "password": self.admin_password})
        self.room = self.cgi("room").post("/api/room/create", {"isPublic": True},
                                          token=login.must(200)["tokens"]["accessToken"]).must(200)
        self.apps, self.workers, self.stopping = [None] * 2, [None] * 2, False
        self.answered, self.trouble = [], []
        for i in range(2):
            self.start_app(i)
            self.start_worker(i)

    def start_app(self, i):
        self.apps[i] = self.fastcgi("webhook")

    def start_worker(self, i):
        with open(self.dir / "log/worker.log", "ab") as log:
            self.workers[i] = subprocess.Popen([program("bedrud-worker"), "--config", self.config], stdout=log,
                                               stderr=log, preexec_fn=_die_with_parent)

    def kill(self, i):
        process = self.apps[i].process if i < 2 else self.workers[i - 2]
        process.kill()
        process.wait()
        self.start_app(i) if i < 2 else self.start_worker(i - 2)

    def deliver(self, raw):
        """As LiveKit does: again, until it is answered."""
        headers = {"Authorization": hooks.sign(raw, self.key, self.secrets["livekit"])}
        for _ in range(200):
            with contextlib.suppress(OSError, AssertionError):      # it was killed
                r = random.choice(self.apps).post("/api/livekit/webhook", body=raw, headers=headers,
                                                  kind="application/webhook+json")
                if r.status == 200:
                    self.answered.append(json.loads(raw)["id"])
                    return
                if r.status != 503 or "database" in r.text:
                    raise RuntimeError(f"{r}")
        raise RuntimeError("never answered")

    def live(self, me):
        try:
            for n in range(10**6):
                who, sid = f"w{me}-{n}", f"PA_{me}_{n}"
                for event in ("participant_joined", "participant_left") if n % 3 else ("participant_joined",):
                    if self.stopping:
                        return
                    self.deliver(hooks.body(event, self.room["name"], "RM_1", identity=who, participant_sid=sid,
                                            event_id=f"EV_{event}_{sid}"))
        except Exception as e:
            self.trouble.append(e)

    def none(self, query):
        rows = [tuple(r) for r in self.sql(query)]
        assert not rows, f"{query}: {len(rows)}, such as {rows[:3]}"


@pytest.fixture
def house():
    h = House()
    yield h
    h.stopping = True
    for p in (*(a.process for a in h.apps), *h.workers):
        p.kill()
        p.wait()
    h.close()


@pytest.mark.timeout(900)
def test_kill_nine_in_a_storm(house, request):
    receiver = Receiver()
    house.sql("INSERT INTO webhooks (id, name, url, secret, events, is_active, created_by) VALUES (?, 'all', ?, 's', "
              "'[\"participant.joined\"]', 1, 'u')", str(uuid.uuid4()), f"http://127.0.0.1:{receiver.server_port}/")
    threads = [threading.Thread(target=house.live, args=(i,), daemon=True) for i in range(6)]
    for t in threads:
        t.start()
    for n in range(300 if request.config.getoption("--long") else 30):
        want = len(house.answered) + 4
        poll("events are answered", lambda: len(house.answered) >= want or house.trouble, every=0.005)
        time.sleep(random.random() / 100)      # any moment of a transaction
        house.kill(random.randrange(4))
    house.stopping = True
    for t in threads:
        t.join(60)
    assert not house.trouble, house.trouble
    poll("a delivery", lambda: receiver.heard)
    # A worker dies between its delivery and its note of it: then it delivers again. Never the other way round.
    done = {json.loads(r["payload"])["delivery_id"] for r in house.sql(
        "SELECT payload FROM jobs WHERE type = 'dispatch_webhook' AND status = 'done'")}
    assert done <= receiver.heard, done - receiver.heard
    receiver.shutdown()
    receiver.server_close()
    assert house.one("PRAGMA integrity_check")[0] == "ok"
    there = {r["event_id"] for r in house.sql("SELECT event_id FROM webhook_inbox WHERE state = 'done'")}
    assert set(house.answered) <= there and len(there) >= 100
    # Each event with its whole effect, each effect with its event.
    house.none("SELECT event_id FROM webhook_inbox WHERE state <> 'done'")
    house.none("SELECT event_id FROM webhook_inbox WHERE event = 'participant_joined' AND substr(event_id, 23) NOT IN "
               "(SELECT participant_sid FROM seats)")
    house.none("SELECT participant_sid FROM seats WHERE 'EV_participant_joined_' || participant_sid NOT IN "
               "(SELECT event_id FROM webhook_inbox)")
    house.none("SELECT participant_sid FROM seats WHERE (left_at <> 0) <> ('EV_participant_left_' || participant_sid "
               "IN (SELECT event_id FROM webhook_inbox))")
    house.none("SELECT identity FROM seats JOIN room_participants ON identity = user_id AND seats.room_id = "
               "room_participants.room_id WHERE is_active <> (seats.left_at = 0)")
    house.none("SELECT identity FROM seats WHERE identity NOT IN (SELECT user_id FROM room_participants)")
    house.none("WITH told AS (SELECT json_extract(json_extract(payload, '$.body'), '$.data.userId') AS who FROM jobs "
               "WHERE type = 'dispatch_webhook') SELECT identity, (SELECT count(*) FROM told WHERE who = identity) AS "
               "n FROM seats WHERE n <> 1")
