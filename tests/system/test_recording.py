# SPDX-License-Identifier: Apache-2.0
"""Recording on the whole path: somebody in a real meeting has it recorded by a click; a real livekit-server gives the
job to the egress worker (the stand-in of tests/egress-standin, or a real one) through a real Redis; its webhooks, our
worker and a real S3 server bring the file home."""
import json
import os
import random
import signal
import subprocess
import time
import urllib.request

import pytest

from lib import egress, leaks
from lib.crowd import Crowd
from lib.doctor import Redis
from lib.stack import Stack, poll, program

pytestmark = pytest.mark.timeout(900)
OVER = ("completed", "failed")


class House(Stack):
    """With Redis and bedrud-worker."""

    def __init__(self, folder, redis, storage, s3, **recording):
        super().__init__({
            "livekit": {"redis": {"address": f"127.0.0.1:{redis.port}"}, "emptyTimeout": 20, "departureTimeout": 1},
            "recording": {"enabled": True, "storage": storage, "storageDir": str(folder / "data/recordings"),
                          "s3": s3.block, "minFreeMB": 1, **recording},
            "queue": {"pollInterval": 100}})
        self.redis, self.folder = redis, folder / "data/recordings"
        self.owner = self.account("Owner")

    def _start(self):
        super()._start()
        self.work()

    def work(self):
        self.spawn("worker", [program("bedrud-worker"), "--config", self.config], {"PATH": os.environ["PATH"]})

    def call(self, method, path, who=None, **kw):
        token = (who or self.owner).token
        return getattr(self.http, method)(path, token=token, **kw) if method == "get" or method == "delete" else \
            self.http.post(path, kw.pop("body", {}), token=token, **kw)

    def start(self, room, who=None, **body):
        return self.call("post", f"/api/rooms/{room['id']}/recording/start", who, body=body)

    def stop_recording(self, room, who=None):
        return self.call("post", f"/api/rooms/{room['id']}/recording/stop", who)

    def recording(self, room, id, who=None):
        return self.call("get", f"/api/rooms/{room['id']}/recordings/{id}", who).must(200)

    def becomes(self, room, id, *states, timeout=60):
        return poll(f"{id} {states}", lambda: (r := self.recording(room, id))["state"] in states and r, timeout,
                    log=lambda: f"{self.recording(room, id)}\n{self.logs()}")

    def hurry(self, seconds=120):
        """As if so much time had passed for what waits."""
        self.sql("UPDATE recording_facts SET moved_at = moved_at - ?, checked_at = max(0, checked_at - ?) ",
                 int(seconds * 1e9), int(seconds * 1e9))
        self.sql("UPDATE duties SET last_run_at = 0, lease_until = 0 WHERE name = 'recordings'")


@pytest.fixture(scope="module")
def redis(tmp_path_factory):
    with Redis(tmp_path_factory.mktemp("redis")) as r:
        yield r


@pytest.fixture(scope="module", params=("local", "s3"))
def house(request, redis, s3, tmp_path_factory):
    h = House(tmp_path_factory.mktemp(request.param), redis, request.param, s3)
    h.storage, h.s3, h.seen = request.param, s3, leaks.witness(h)
    h.seen.add("secret of S3", s3.block["secretKey"])
    yield h
    h.close()


@pytest.fixture
def crowd(tmp_path):
    c = Crowd(tmp_path)
    yield c
    c.close()


@pytest.fixture
def recorder(house, egress_worker):
    w = egress_worker(house.redis.port, house.livekit_port, house.key, house.secrets["livekit"])
    poll("the recorder's subscription", lambda: egress.listens(house.redis.port))
    yield w
    w.close()
    poll("no subscription", lambda: not egress.listens(house.redis.port))


@pytest.fixture
def meeting(house, crowd, request):
    """A room with its owner and a guest in it."""
    room = house.room(house.owner, name="m-" + str(random.randrange(10**9)))
    crowd.join("owner", house.join(house.owner, room).must(200))
    room["guest"] = house.guest_join(room).must(200)
    crowd.join("guest", room["guest"])
    crowd.comes("owner")
    crowd.comes("guest")
    poll("both seats", lambda: len(house.active(room)) == 2)
    return room


def file_of(house, room, id, **headers):
    return house.call("get", f"/api/rooms/{room['id']}/recordings/{id}/download", headers=headers or None)


def not_in_s3(house):
    """Both ways to keep a file are walked from end to end; what has nothing to do with them is seen once."""
    if house.storage == "s3":
        pytest.skip("seen with local files")


def fetch(house, room, id, path):
    """The bytes, from us or by the link into S3."""
    r = file_of(house, room, id)
    if house.storage == "s3":
        assert r.status == 302, r
        with urllib.request.urlopen(r.header("location"), timeout=20) as answer:
            path.write_bytes(answer.read())
            return answer.headers["content-disposition"]
    assert r.status == 200, r
    path.write_bytes(r.body)
    return r.header("content-disposition")


def record(house, room, seconds=1.0):
    """One recording from start to its end."""
    id = house.start(room).must(201)["id"]
    house.becomes(room, id, "active")
    time_of = time.monotonic() + seconds
    poll("it has run", lambda: time.monotonic() > time_of)
    house.stop_recording(room).must(200)
    return house.becomes(room, id, *OVER)


def test_from_start_to_file(house, recorder, meeting, tmp_path):
    reply = house.start(meeting).must(201)
    id = reply["id"]
    assert reply["status"] == "started" and reply["roomId"] == meeting["id"]
    assert "already" in house.start(meeting).error(409)
    house.becomes(meeting, id, "active")
    assert house.join(house.owner, meeting).must(200)["activeRecordingId"] == id
    wait = house.call("get", f"/api/rooms/{meeting['id']}/recordings/{id}/wait").must(200)
    assert wait == {"status": "active", "id": id}
    assert house.call("delete", f"/api/rooms/{meeting['id']}/recordings/{id}").error(409)
    house.stop_recording(meeting).must(200)
    done = house.becomes(meeting, id, *OVER)
    assert done["state"] == "completed" and done["status"] == "completed" and done["downloadStatus"] == "ready", done
    assert done["fileSize"] > 0 and done["durationMs"] > 0 and done["stopReason"], done
    name = fetch(house, meeting, id, tmp_path / "got.mp4")
    assert "attachment" in name and meeting["name"] in name
    assert egress.probe(tmp_path / "got.mp4")[1] == ["audio", "video"]
    assert (tmp_path / "got.mp4").stat().st_size == done["fileSize"]
    assert house.join(house.owner, meeting).must(200)["activeRecordingId"] == ""
    assert "not being recorded" in house.stop_recording(meeting).error(409)


def test_who_may(house, recorder, meeting):
    guest = type("Guest", (), {"token": meeting["guest"]["accessToken"]})
    stranger = house.account("Stranger")
    assert "moderators" in house.start(meeting, guest).error(403)
    house.start(meeting, stranger).error(404)
    id = record(house, meeting)["id"]
    path = f"/api/rooms/{meeting['id']}/recordings"
    assert [r["id"] for r in house.call("get", path).must(200)["recordings"]] == [id]
    assert house.call("get", path, guest).must(200)["total"] == 1            # sits in the room
    for p in (path, f"{path}/{id}", f"{path}/{id}/wait", f"{path}/{id}/download"):
        house.call("get", p, stranger).error(404)
        house.http.get(p).error(401)
    house.call("delete", f"{path}/{id}", guest).error(403)
    house.call("delete", f"{path}/{id}", stranger).error(404)
    admin = house.admin
    all_ = house.http.get(f"/api/admin/recordings?roomId={meeting['id']}", token=admin.token).must(200)
    assert [r["id"] for r in all_["recordings"]] == [id]
    house.http.get("/api/admin/recordings", token=house.owner.token).error(403)
    out = house.http.post("/api/admin/recordings/bulk/delete", {"ids": [id, "nobody", id]}, token=admin.token).must(202)
    assert (out["totalProcessed"], out["totalFailed"]) == (2, 1), out
    assert out["results"][id]["success"] and not out["results"]["nobody"]["success"], out
    poll("the row is gone", lambda: house.call("get", f"{path}/{id}").status == 404)
    left = [p for p in house.folder.rglob(f"*{id}*")] + [p for p in house.s3.bucket.rglob(f"*{id}*")]
    assert not left, left


def test_parts_of_a_file(house, recorder, meeting, tmp_path):
    not_in_s3(house)
    id = record(house, meeting)["id"]
    whole = file_of(house, meeting, id)
    assert whole.status == 200, whole
    tag = whole.header("etag")
    part = file_of(house, meeting, id, Range="bytes=100-199")
    assert part.status == 206 and part.body == whole.body[100:200]
    assert part.header("content-range") == f"bytes 100-199/{len(whole.body)}"
    rest = file_of(house, meeting, id, Range="bytes=-50", **{"If-Range": tag})
    assert rest.status == 206 and rest.body == whole.body[-50:]
    assert file_of(house, meeting, id, Range="bytes=5-", **{"If-Range": '"other"'}).body == whole.body
    assert file_of(house, meeting, id, **{"If-None-Match": tag}).status == 304
    assert file_of(house, meeting, id, Range=f"bytes={len(whole.body)}-").status == 416
    # Gone from the disk: said, and logged.
    next(house.folder.rglob(f"{id}.mp4")).unlink()
    assert "missing" in file_of(house, meeting, id).error(410)


def test_what_is_said_before(house, recorder, meeting):
    """Preflight: words a person understands, and no waiting for LiveKit."""
    not_in_s3(house)
    empty = house.room(house.owner, name="m-empty-" + str(random.randrange(10**9)))
    assert "Nobody is in the room" in house.start(empty).error(409)
    house.sql("UPDATE rooms SET settings_recordings_allowed = 0 WHERE id = ?", meeting["id"])
    assert "off in this room" in house.start(meeting).error(403)
    house.sql("UPDATE rooms SET settings_recordings_allowed = 1 WHERE id = ?", meeting["id"])
    assert "preset" in house.start(meeting, preset="VHS").error(400)
    assert "layout" in house.start(meeting, layout="../x").error(400)
    for change, status, words in (
            ({"recording": {"enabled": False}}, 403, "off on this server"),
            ({"livekit": {"redis": {"address": ""}}}, 500, "needs Redis"),
            ({"recording": {"minFreeMB": 2**30}}, 503, "nearly full"),
            ({"recording": {"storageDir": "/proc/nowhere"}}, 500, "folder for recordings")):
        app = house.cgi("recording", house.variant("v" + str(random.randrange(10**6)), change))
        said = app.post(f"/api/rooms/{meeting['id']}/recording/start", {}, token=house.owner.token)
        assert words in said.error(status), said


def test_no_recorder(house, meeting):
    """503 after LiveKit's own 22 s, with the reason, and nothing is left running."""
    not_in_s3(house)
    r = house.http.post(f"/api/rooms/{meeting['id']}/recording/start", {}, token=house.owner.token, timeout=40)
    assert "recorder" in r.error(503) or "worker" in r.error(503), r
    assert house.one("SELECT count(*) AS n FROM recordings WHERE room_id = ? AND status <> 'failed'",
                     meeting["id"])["n"] == 0


@pytest.mark.parametrize("script,state,words", (
    ({"start": "fail"}, "failed", ""), ({"start": "abort"}, "failed", "before it had begun"),
    ({"end": "limit", "end_after_ms": 600}, "completed", ""),
    ({"end": "fail", "end_after_ms": 300}, "failed", "recorder"),
    ({"twice": True, "end_after_ms": 600}, "completed", ""),
    ({"skip": ["active"], "end_after_ms": 600}, "completed", ""),
    ({"late": ["active", "ending"], "end_after_ms": 600}, "completed", ""),
    ({"truncate": 2000, "end_after_ms": 600}, "failed", "recording is")),
    ids=("start-fails", "aborted", "limit", "end-fails", "twice", "skip-active", "late", "cut"))
def test_recorders_ways(house, recorder, meeting, script, state, words):
    not_in_s3(house)
    recorder.script(meeting["name"], **script)
    id = house.start(meeting).must(201)["id"]
    done = house.becomes(meeting, id, *OVER)
    assert done["state"] == state and words in done.get("error", ""), done
    if state == "completed":
        assert done["fileSize"] > 0


@pytest.mark.parametrize("skip", (["complete"], ["active", "ending", "complete"]))
def test_a_lost_end_is_found(house, recorder, meeting, skip):
    """LiveKit knows more than its webhooks have told: the worker asks."""
    recorder.script(meeting["name"])
    house.sql("UPDATE duties SET last_run_at = ? WHERE name = 'recordings'", time.time_ns())
    id = house.start(meeting).must(201)["id"]
    house.becomes(meeting, id, "active")
    # Its webhooks are lost: the responder is away, LiveKit gives up.
    web = house.processes["lighttpd"]
    web.send_signal(signal.SIGSTOP)
    try:
        egress.call(house.livekit_port, house.key, house.secrets["livekit"], "StopEgress",
                    {"egress_id": house.one("SELECT egress_id FROM recordings WHERE id = ?", id)["egress_id"],
                     "room_name": meeting["name"]})
        poll("LiveKit says it is over", lambda: egress.call(
            house.livekit_port, house.key, house.secrets["livekit"], "ListEgress",
            {"room_name": meeting["name"]})[1]["items"][0]["status"] == "EGRESS_COMPLETE")
    finally:
        web.send_signal(signal.SIGCONT)
    house.hurry()
    assert house.becomes(meeting, id, *OVER)["state"] == "completed"


def test_a_dead_recorder(house, recorder, meeting):
    """kill -9: LiveKit says ACTIVE for ever; our own limit ends it, with its reason."""
    not_in_s3(house)
    id = house.start(meeting).must(201)["id"]
    house.becomes(meeting, id, "active")
    recorder.kill()
    house.stop_recording(meeting).must(200)
    house.becomes(meeting, id, "stopping")
    house.hurry(3600)
    done = house.becomes(meeting, id, *OVER, timeout=120)
    assert done["state"] == "failed" and "stopped answering" in done["error"], done


def test_the_meeting_ends(house, recorder, meeting, crowd):
    not_in_s3(house)
    id = house.start(meeting).must(201)["id"]
    house.becomes(meeting, id, "active")
    house.http.delete(f"/api/room/{meeting['id']}", token=house.owner.token).must(202)
    house.hurry(10)
    done = house.becomes(meeting, id, *OVER)
    assert done["state"] == "completed", done


def test_limits_of_time(house, recorder, meeting):
    not_in_s3(house)
    id = house.start(meeting).must(201)["id"]
    house.becomes(meeting, id, "active")
    house.sql("UPDATE recordings SET started_at = '2020-01-01 00:00:00+00:00' WHERE id = ?", id)
    house.hurry(1)
    done = house.becomes(meeting, id, *OVER)
    assert done["state"] == "completed" and "longest time" in done["stopReason"], done


def test_rounds_with_kills(house, recorder, crowd, meeting, request):
    """Start and stop again and again while recorders and our worker are killed: none stays running, and none is lost
    that had a file."""
    not_in_s3(house)
    for i in range(50 if request.config.getoption("--long") else 5):
        id = house.start(meeting).must(201)["id"]
        house.becomes(meeting, id, "active", *OVER)
        victim = random.choice(("recorder", "worker", "nobody"))
        if victim == "recorder":
            recorder.kill()
        elif victim == "worker":
            house.stop("worker", signal.SIGKILL)
        house.stop_recording(meeting)
        if victim == "recorder":
            recorder.start()
            poll("the recorder's subscription", lambda: egress.listens(house.redis.port))
        elif victim == "worker":
            house.work()
        if victim == "recorder":
            house.hurry(3600)
        done = house.becomes(meeting, id, *OVER, timeout=150)
        assert done["state"] == ("failed" if victim == "recorder" else "completed"), (i, victim, done)
    rows = house.sql("SELECT status, count(*) AS n FROM recordings GROUP BY status")
    assert {r["status"] for r in rows} <= {"completed", "failed"}, [tuple(r) for r in rows]


def test_no_secret_is_told(house):
    """After all that: in the logs of LiveKit, recording.fcgi and the worker, in what bedrudctl says and writes."""
    with open(house.dir / "log/bedrudctl.out", "w") as out:
        for words in (["egress", "config", "--output", house.dir / "egress.yaml"], ["room", "list"], ["jobs"],
                      ["doctor"]):
            subprocess.run([program("bedrudctl"), "--config", house.config, *words], stdout=out, stderr=out, timeout=99)
    names = leaks.nothing_is_told(house, house.folder.parent)
    assert {"config.yaml", "egress.yaml"} <= names and any(n.startswith("bedrud.db") for n in names), names
