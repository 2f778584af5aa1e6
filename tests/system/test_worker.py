# SPDX-License-Identifier: Apache-2.0
"""bedrud-worker and bedrudctl on a real house: what is delivered to other servers, once and in spite of kill -9; rooms
that end by a job or by the administrator's hand, as those see it who are in."""
import collections
import hashlib
import hmac
import http.server
import json
import os
import signal
import socket
import subprocess
import threading
import uuid

import pytest

from lib import leaks
from lib.doctor import Report
from lib.fcgi import _die_with_parent
from lib.stack import Stack, State, poll, program
from lib.visitor import by_actor

SECRET = "0123456789abcdef0123456789abcdef"


class Receiver:
    """Somebody else's server. `answers`: what it says next (200 when that is empty), None: not until released."""

    def __init__(self):
        self.got, self.answers, self.release = [], collections.deque(), threading.Event()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(handler):
                raw = handler.rfile.read(int(handler.headers["Content-Length"]))
                self.got.append((handler.path, dict(handler.headers), raw))
                answer = self.answers.popleft() if self.answers else 200
                if answer is None:
                    self.release.wait(30)
                    answer = 200
                try:
                    handler.send_response(answer)
                    handler.send_header("Content-Length", "0")
                    handler.end_headers()
                except OSError:
                    pass            # who asked is gone

            def log_message(self, *words):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def deliveries(self, path=None):
        return [headers["X-Bedrud-Delivery"] for p, headers, _ in self.got if path is None or p == path]

    def close(self):
        self.release.set()
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture(scope="module")
def house():
    s = Stack({"webhooks": {"allowPrivate": True}})
    s.seen = leaks.witness(s)
    s.seen.add("secret of a webhook", SECRET)
    yield s
    s.close()


@pytest.fixture
def receiver(house):
    r = Receiver()
    yield r
    r.close()
    house.sql("DELETE FROM webhooks")
    house.sql("DELETE FROM jobs")
    house.sql("DELETE FROM job_leases")


@pytest.fixture(scope="module")
def owner(house):
    return house.account("Olga Owner")


def once(house, *options, config=None, code=0):
    p = subprocess.run([program("bedrud-worker"), "--config", config or house.config, "--once", *options],
                       capture_output=True, text=True, timeout=120)
    assert p.returncode == code, p
    with open(house.dir / "log/once.out", "a") as log:
        log.write(p.stdout + p.stderr)
    return p.stderr


class Service:
    """bedrud-worker as it stays."""

    def __init__(self, house, config=None, **env):
        with open(house.dir / "log/worker.out", "ab") as log:
            self.process = subprocess.Popen([program("bedrud-worker"), "--config", config or house.config], stderr=log,
                                            stdin=subprocess.DEVNULL, preexec_fn=_die_with_parent,
                                            env={**os.environ, **env})

    def end(self, with_signal=signal.SIGTERM):
        self.process.send_signal(with_signal)
        return self.process.wait(30)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def subscribe(house, url, *events):
    house.sql("INSERT INTO webhooks (id, name, url, secret, events, created_by, created_at, updated_at) VALUES "
              "(?, 'n', ?, ?, ?, 'u', '2026-01-01', '2026-01-01')", str(uuid.uuid4()), url, SECRET,
              json.dumps(events))


def deliver(house, webhook, n):
    """n deliveries to a webhook in the queue; their ids."""
    ids = [str(uuid.uuid4()) for _ in range(n)]
    for i in ids:
        queue(house, "dispatch_webhook", webhook_id=webhook, delivery_id=i, event="x.y", body='{"event":"x.y"}')
    return ids


def queue(house, kind, **payload):
    house.sql("INSERT INTO jobs (id, type, payload, run_at, priority, created_at, updated_at) VALUES (?, ?, ?, "
              "'2026-01-01 00:00:00+00:00', 1, '2026-01-01', '2026-01-01')", str(uuid.uuid4()), kind,
              json.dumps(payload))


def status(house, kind="dispatch_webhook"):
    return collections.Counter(r["status"] for r in house.sql("SELECT status FROM jobs WHERE type = ?", kind))


def test_the_database_may_be_made_by_it(tmp_path):
    s = State()
    try:
        s.database.unlink()
        assert "there is no database" in once(s, code=78)
        # LiveKit isn't there: that is said, and tried again by whoever comes next.
        assert "LiveKit" in once(s, "--migrate", code=75) or s.database.exists()
        assert s.one("SELECT count(*) AS n FROM duties WHERE name = 'prune'")["n"] == 1
        report = json.loads(s.ctl("--json", "jobs"))
        assert report["duties"]["prune"]["lastRunAt"] and report["duties"]["reconcile"]["lastRunAt"] is None
    finally:
        s.close()


def test_a_room_that_is_made_is_told(house, receiver, owner):
    subscribe(house, receiver.url + "/hook", "room.created")
    receiver.answers.append(503)
    room = house.room(owner)
    said = once(house, code=75)
    assert "it answered 503" in said and status(house) == {"pending": 1}
    house.sql("UPDATE jobs SET run_at = '2026-01-01'")
    once(house)
    assert status(house) == {"done": 1}
    (path, headers, raw), again = receiver.got
    assert path == "/hook" and again[2] == raw and again[1]["X-Bedrud-Delivery"] == headers["X-Bedrud-Delivery"]
    assert headers["X-Bedrud-Signature"] == "sha256=" + hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
    body = json.loads(raw)
    assert headers["X-Bedrud-Event"] == body["event"] == "room.created"
    assert headers["X-Bedrud-Timestamp"] == body["timestamp"]
    assert body["data"] == {"roomId": room["id"], "roomName": room["name"], "userId": owner.id}
    row = house.one("SELECT * FROM webhook_results")
    assert (row["http_status"], row["attempts"], row["error"]) == (200, 2, "")
    assert house.one("SELECT last_seen FROM webhooks")["last_seen"]
    # Each room tells each webhook once.
    once(house)
    assert len(receiver.got) == 2


def test_this_machine_is_no_receiver(house, receiver):
    subscribe(house, receiver.url, "x.y")
    webhook = house.one("SELECT id FROM webhooks")["id"]
    deliver(house, webhook, 1)
    said = once(house, config=house.variant("guarded", {"webhooks": {"allowPrivate": False}}), code=75)
    assert "127.0.0.1, an address that is loopback" in said and "webhooks.allowPrivate" in said
    assert receiver.got == []


def test_killed_in_the_middle(house, receiver):
    """The receiver has it, the worker's end comes before its answer: another worker delivers it again, as the same."""
    subscribe(house, receiver.url, "x.y")
    wanted = deliver(house, house.one("SELECT id FROM webhooks")["id"], 1)
    receiver.answers.append(None)
    with Service(house) as first:
        poll("the delivery", lambda: receiver.got)
        first.end(signal.SIGKILL)
    assert status(house) == {"active": 1}
    once(house)
    assert len(receiver.got) == 1       # its lease still stands
    house.sql("UPDATE job_leases SET expires_at = 1")
    house.sql("UPDATE duties SET last_run_at = 0, lease_until = 0")
    with Service(house) as second:
        poll("the second delivery", lambda: len(receiver.got) == 2)
        poll("its end", lambda: status(house) == {"done": 1})
        assert second.end() == 0
    assert receiver.deliveries() == wanted * 2


def test_a_signal_waits_for_what_is_in_hand(house, receiver):
    subscribe(house, receiver.url, "x.y")
    deliver(house, house.one("SELECT id FROM webhooks")["id"], 2)
    receiver.answers.append(None)
    log = house.dir / "log/worker.out"
    before = log.read_text().count("ending when") if log.exists() else 0
    with Service(house) as worker:
        poll("the delivery", lambda: receiver.got)
        worker.process.send_signal(signal.SIGTERM)
        poll("the signal is heard", lambda: log.read_text().count("ending when") > before)
        assert worker.process.poll() is None
        receiver.release.set()
        assert worker.process.wait(20) == 0
    assert status(house) == {"done": 1, "pending": 1} and len(receiver.got) == 1


@pytest.mark.parametrize("concurrency", [1, 64])
def test_the_service_manager_is_told(house, tmp_path, concurrency):
    """Type=notify: systemd ends a service that never says it is ready."""
    config = house.variant(f"notify-{concurrency}", {"queue": {"concurrency": concurrency}})
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        manager.settimeout(20)
        with Service(house, config, NOTIFY_SOCKET=str(tmp_path / "notify")) as service:
            assert b"READY=1" in manager.recv(4096).split(b"\n")
            assert service.end() == 0
            assert manager.recv(4096) == b"STOPPING=1"


def test_several_workers_share(house, receiver):
    """Each delivery once; to one webhook in the order in which they were queued; a silent one holds no other up."""
    for path in ("/a", "/b", "/c"):
        subscribe(house, receiver.url + path, "x.y")
    hooks = {r["url"][-2:]: r["id"] for r in house.sql("SELECT id, url FROM webhooks")}
    wanted = {path: deliver(house, hooks[path], 15) for path in hooks}
    subscribe(house, receiver.url.replace("127.0.0.1", "127.0.0.2").rsplit(":", 1)[0] + ":9", "x.y")
    deliver(house, house.one("SELECT id FROM webhooks WHERE url LIKE '%:9'")["id"], 3)
    with Service(house), Service(house), Service(house):
        poll("all deliveries", lambda: status(house).get("done") == 45, 30, log=lambda: status(house))
    assert {path: receiver.deliveries(path) for path in hooks} == wanted
    assert status(house) == {"done": 45, "pending": 3}
    assert house.one("SELECT max(attempts) AS n FROM jobs WHERE status = 'pending'")["n"] == 1


def system_events(visitor):
    return [json.loads(text) for who, topic, text in visitor["data"] or [] if topic == "system" and who is None]


def enter(house, room, who, tmp_path):
    return by_actor(house.join(who, room).must(200), tmp_path / f"{who.id}.log")


def is_out(visitor):
    return visitor.process.poll() is not None or "disconnected" in (visitor.now.get("events") or [])


def test_a_room_is_purged(house, receiver, owner, tmp_path):
    """Who is in hears why, and is out; nothing of the room is left that a person could find, and no way back in."""
    subscribe(house, receiver.url, "room.ended")
    room, ben = house.room(owner), house.account("Ben")
    with enter(house, room, ben, tmp_path) as visitor:
        visitor.comes()
        poll("a seat", lambda: house.active(room) == {ben.id})
        queue(house, "room_delete", room_id=room["id"], system_event="room_closed", system_message="Over.",
              purge=True)
        once(house)
        poll("the message", lambda: any(e["event"] == "room_closed" and e["message"] == "Over."
                                        for e in system_events(visitor)), log=lambda: visitor.now)
        poll("the end", lambda: is_out(visitor))
    assert status(house, "room_delete") == {"done": 1}
    assert [json.loads(raw)["event"] for _, _, raw in receiver.got] == ["room.ended"]
    assert house.join(ben, room).status == 410
    assert house.sql("SELECT 1 FROM room_participants WHERE room_id = ?", room["id"]) == []
    assert room["id"] not in {r["id"] for r in house.http.get("/api/room/list", token=owner.token).must(200)}


def test_an_account_is_deleted(house, receiver, tmp_path):
    """Its rooms end, it is out of other people's, and its token opens nothing."""
    gone, host = house.account("Gone"), house.account("Host")
    theirs, other = house.room(gone), house.room(host)
    with enter(house, theirs, host, tmp_path) as guest, enter(house, other, gone, tmp_path) as leaver:
        guest.comes()
        leaver.comes()
        poll("seats", lambda: house.active(theirs) == {host.id} and house.active(other) == {gone.id})
        queue(house, "user_delete", user_id=gone.id, email=gone.email)
        once(house)
        poll("the room's end", lambda: is_out(guest))
        poll("the account's way out", lambda: is_out(leaver))
        assert any(e["event"] == "room_deleted" and e["deletedIdentity"] == gone.id for e in system_events(guest))
    assert house.sql("SELECT 1 FROM users WHERE id = ?", gone.id) == []
    assert house.http.get("/api/auth/me", token=gone.token).status == 401
    poll("the other room's seat", lambda: house.active(other) == set())
    assert house.one("SELECT is_active FROM rooms WHERE id = ?", other["id"])["is_active"] == 1


def test_the_administrators_hand(house, receiver, owner, tmp_path):
    """bedrudctl room: kick, close, suspend, reactivate."""
    room, ben = house.room(owner), house.account("Ben")
    name = ("--name", room["name"].upper())
    with enter(house, room, ben, tmp_path) as visitor:
        visitor.comes()
        poll("a seat", lambda: json.loads(house.ctl("--json", "room", "info", *name))["participants"] == [ben.id])
        house.ctl("room", "kick", *name, "--identity", ben.id)
        poll("the kick", lambda: is_out(visitor))
    assert house.join(ben, room).status == 403
    house.ctl("room", "suspend", *name, "--reason", "noise")
    assert house.join(owner, room).status == 403
    assert [r["state"] for r in json.loads(house.ctl("--json", "room", "list")) if r["id"] == room["id"]] == [
        "suspended"]
    house.ctl("room", "reactivate", *name)
    with enter(house, room, owner, tmp_path) as visitor:
        visitor.comes()
        house.ctl("room", "close", *name)
        poll("the message", lambda: any(e["event"] == "room_closed" for e in system_events(visitor)))
        poll("the end", lambda: is_out(visitor))
    assert house.join(ben, room).status == 410
    p = subprocess.run([program("bedrudctl"), "--config", house.config, "room", "close", *name], capture_output=True,
                       text=True)
    assert p.returncode == 64 and "is over: there is nothing to close" in p.stderr


def test_failed_jobs_are_shown_and_begun_anew(house, receiver):
    queue(house, "make_coffee")
    once(house, code=75)
    job, = json.loads(house.ctl("--json", "jobs"))["jobs"]
    assert (job["type"], job["status"]) == ("make_coffee", "failed") and "no job of that type" in job["error"]
    assert job["id"] in house.ctl("jobs")
    Report(house.config).expect("worker.jobs", "warning", "make_coffee", "bedrudctl jobs")
    house.ctl("jobs", "retry", "--id", job["id"])
    house.sql("UPDATE jobs SET run_at = '2026-01-01 00:00:00+00:00'")
    Report(house.config).expect("worker.jobs", "warning", "1 jobs wait", "bedrud-worker")
    house.sql("DELETE FROM jobs")
    Report(house.config).expect("worker.jobs", "ok", "none is late")
    queue(house, "make_coffee")
    assert status(house, "make_coffee") == {"pending": 1}


def test_what_nobody_knows_waits_for_a_later_version(house, receiver):
    queue(house, "send_email", to="a@b.c")
    once(house)
    assert status(house, "send_email") == {"pending": 1}


def test_rooms_expire_when_nobody_is_in(house, receiver, owner):
    subscribe(house, receiver.url, "room.ended")
    over, kept = house.room(owner), house.room(owner)
    house.sql("UPDATE rooms SET expires_at = '2026-01-01 00:00:00+00:00' WHERE id = ?", over["id"])
    house.sql("UPDATE duties SET last_run_at = 0")
    once(house)
    assert [house.one("SELECT is_active FROM rooms WHERE id = ?", r["id"])["is_active"] for r in (over, kept)] == [0, 1]
    assert [json.loads(raw)["data"]["roomId"] for _, _, raw in receiver.got] == [over["id"]]


def test_no_secret_is_told(house, receiver):
    """After all that: what the worker logged, and a delivery that fails."""
    subscribe(house, receiver.url, "x.y")
    house.sql("UPDATE webhooks SET url = 'http://127.0.0.1:1/'")
    deliver(house, house.one("SELECT id FROM webhooks")["id"], 1)
    once(house, code=75)
    assert "webhook" in (house.dir / "log/once.out").read_text()
    assert "bedrud.db" in " ".join(leaks.nothing_is_told(house))
