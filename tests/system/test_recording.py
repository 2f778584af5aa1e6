# SPDX-License-Identifier: Apache-2.0
"""Recording on the whole path: somebody in a real meeting has it recorded by a click; a real livekit-server gives the
job to the egress worker (the stand-in of tests/egress-standin, or a real one) through a real Redis; its webhooks, our
worker and a real S3 server bring the file home."""
import concurrent.futures
import contextlib
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import time
import urllib.request
import uuid

import pytest

from lib import egress, leaks
from lib.crowd import Crowd
from lib.doctor import Redis
from lib.stack import Stack, poll, program

pytestmark = pytest.mark.timeout(900)
OVER = ("completed", "failed")
# Both ways to keep a file are walked from end to end; what has nothing to do with them is seen once.
local_only = pytest.mark.parametrize("house", ("local",), indirect=True, scope="module")
s3_only = pytest.mark.parametrize("house", ("s3",), indirect=True, scope="module")


# Of a page of one's own instead of LiveKit's; a real worker would open it.
TEMPLATE = "" if egress.REAL else "https://layout.example/bedrud"


class House(Stack):
    """With Redis and bedrud-worker."""

    def __init__(self, folder, redis, storage, s3, **recording):
        super().__init__({
            "livekit": {"redis": {"address": f"127.0.0.1:{redis.port}"}, "emptyTimeout": 20, "departureTimeout": 1},
            "recording": {"enabled": True, "storage": storage, "storageDir": str(folder / "data/recordings"),
                          "s3": s3.block, "minFreeMB": 1, "templateURL": TEMPLATE, **recording},
            "queue": {"pollInterval": 100}})
        self.redis, self.folder = redis, folder / "data/recordings"
        self.owner = self.account("Owner")

    def _start(self):
        super()._start()
        self.work()

    def work(self, config=None, name="worker"):
        self.spawn(name, [program("bedrud-worker"), "--config", config or self.config], {"PATH": os.environ["PATH"]})

    @contextlib.contextmanager
    def working(self, **recording):
        """With another configuration for bedrud-worker; its own, if nothing is said."""
        if "worker" in self.processes:
            self.stop("worker")
        self.work(self.variant("worker", {"recording": recording}))
        try:
            yield
        finally:
            self.stop("worker")
            self.work()

    def livekit(self, method, **body):
        """What LiveKit itself says of egresses."""
        status, answer = egress.call(self.livekit_port, self.key, self.secrets["livekit"], method, body)
        assert status == 200, answer
        return answer

    def egresses(self, room):
        """Each egress of a room, by the name of its file."""
        return {pathlib.Path(e["file_results"][0]["filename"]).stem: e
                for e in self.livekit("ListEgress", room_name=room["name"]).get("items", [])}

    def status(self, room, id):
        return self.egresses(room).get(id, {}).get("status")

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
        poll("no round is in hand", lambda: not self.sql(
            "SELECT 1 FROM duties WHERE name = 'recordings' AND holder <> '' AND lease_until > ?", time.time_ns()), 70)
        self.sql("UPDATE recording_facts SET moved_at = moved_at - ?, checked_at = max(0, checked_at - ?) ",
                 int(seconds * 1e9), int(seconds * 1e9))
        self.sql("UPDATE duties SET last_run_at = 0, lease_until = 0 WHERE name = 'recordings'")
        self.sql("UPDATE jobs SET run_at = '2020-01-01 00:00:00+00:00' WHERE status = 'pending'")

    def without_file(self, room, id):
        """The recording after the last look for a file that never came."""
        def over():
            self.sql("UPDATE jobs SET run_at = '2020-01-01 00:00:00+00:00', attempts = 2 WHERE status = 'pending' AND "
                     "type = 'process_recording'")
            return (r := self.recording(room, id))["state"] in OVER and r
        return poll("it is given up", over, 120, 0.2, self.logs)


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


@contextlib.contextmanager
def no_webhooks(house):
    """LiveKit's reports are lost: the responder is away, LiveKit gives up."""
    web = house.processes["lighttpd"]
    web.send_signal(signal.SIGSTOP)
    try:
        yield
    finally:
        web.send_signal(signal.SIGCONT)


def state_of(house, id):
    return house.one("SELECT state FROM recording_facts WHERE recording_id = ?", id)["state"]


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


def strays(bucket, film, id):
    """Objects beside that of a recording: one of ours that belongs to none, on the second page of the list; and those
    that are too young, belong to a recording, or are another's. Their keys."""
    user, room = film.parts[-3:-1]
    orphan = f"{user}/{room}/{id}.mp4"
    others = [f"{user}/{uuid.uuid4()}/{film.name}", f"{uuid.uuid4()}/{uuid.uuid4()}/{id}.mp4", f"{id}.mp4",
              f"{user}/{room}/{id}.mp4.txt", f"{user}/{room}/{str(id).upper()}.mp4", f"backup/{user}/{room}/{id}.mp4"]
    young = f"{user}/{room}/{uuid.uuid4()}.mp4"
    for key in (orphan, young, *others, *(f"!{n:04}" for n in range(1000))):
        (bucket / key).parent.mkdir(parents=True, exist_ok=True)
        (bucket / key).touch()
        if key != young:
            os.utime(bucket / key, (1, 1))
    return orphan, [young, *others]


def test_from_start_to_file(house, recorder, meeting, tmp_path):
    reply = house.start(meeting).must(201)
    id = reply["id"]
    assert reply["status"] == "started" and reply["roomId"] == meeting["id"]
    assert "already" in house.start(meeting).error(409)
    house.becomes(meeting, id, "active")
    assert house.join(house.owner, meeting).must(200)["activeRecordingId"] == id
    assert house.egresses(meeting)[id]["room_composite"].get("custom_base_url", "") == TEMPLATE
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
    # Somebody deletes the file: noticed without a download.
    film = next((house.s3.bucket if house.storage == "s3" else house.folder).rglob(f"{id}.mp4"))
    film.unlink()
    orphan, others = strays(house.s3.bucket, film, uuid.uuid4()) if house.storage == "s3" else (None, [])
    house.sql("UPDATE duties SET last_run_at = 0 WHERE name = 'recording-files'")
    poll("it is missed", lambda: f"the file of recording {id}, " in house.logs(200000))
    report = poll("the report", lambda: json.loads(
        house.one("SELECT report FROM duties WHERE name = 'recording-files' AND last_run_at > 0")["report"]))
    said = house.logs(200000)
    assert report["orphans"] == (1 if orphan else 0) and not report["partial"], (report, said)
    assert orphan is None or f"the object {orphan} in the bucket meet belongs to no recording: delete it" in said
    assert not [o for o in others if f"object {o} in" in said]


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


@local_only
def test_parts_of_a_file(house, recorder, meeting, tmp_path):
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


@contextlib.contextmanager
def read_only(folder):
    """A folder that root can't write to either."""
    folder.mkdir(0o500)
    if os.geteuid() == 0:
        subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "none", folder], check=True)
    try:
        yield folder
    finally:
        if os.geteuid() == 0:
            subprocess.run(["umount", folder], check=True)


@local_only
def test_what_is_said_before(house, recorder, meeting, tmp_path):
    """Preflight: words a person understands, and no waiting for LiveKit."""
    path = f"/api/rooms/{meeting['id']}/recording/start"
    empty = house.room(house.owner, name="m-empty-" + str(random.randrange(10**9)))
    assert house.start(empty).error(409) == "Nobody is in the room. A recording can begin when somebody is."
    house.sql("UPDATE rooms SET settings_recordings_allowed = 0 WHERE id = ?", meeting["id"])
    assert house.start(meeting).error(403) == ("Recording is off in this room. Its owner can allow it in the room's "
                                               "settings.")
    house.sql("UPDATE rooms SET settings_recordings_allowed = 1 WHERE id = ?", meeting["id"])
    assert "preset" in house.start(meeting, preset="VHS").error(400)
    assert "layout" in house.start(meeting, layout="../x").error(400)
    # What was recorded here before.
    house.sql("INSERT INTO recordings (id, room_id, room_name, egress_id, status, file_size, created_by, "
              "created_at) VALUES (?1, ?1, '', ?1, 'completed', 2097152, 'x', '2026-01-01 10:00:00+00:00')",
              meeting["id"])
    for change, status, words in (
            ({"recording": {"enabled": False}}, 403, "Recording is off on this server. Its operator can allow it: "
             "recording.enabled in config.yaml."),
            ({"livekit": {"redis": {"address": ""}}}, 500, "Recording needs Redis, by which LiveKit finds its "
             "recorder: set livekit.redis.address and restart livekit-launcher."),
            ({"recording": {"minFreeMB": 2**30}}, 503, "The server's disk is nearly full: delete old recordings, or "
             "tell its operator."),
            ({"recording": {"quotaMB": 2}}, 403, "The space for recordings on this server is used up. Delete old ones "
             "first."),
            ({"recording": {"maxRecordingsPerRoom": 1}}, 403, "This room has as many recordings as it may have "
             "(1). Delete one first."),
            ({"recording": {"storageDir": "/proc/nowhere"}}, 500, "The server has no folder for recordings. Its "
             "operator finds why in the log: recording.storageDir."),
            ({"recording": {"incomingDir": "/proc/nowhere"}}, 500, "The server has no folder for its recorder to write "
             "to. Its operator finds why in the log: recording.incomingDir.")):
        assert house.cgi("recording", house.variant("said", change)).post(
            path, {}, token=house.owner.token).error(status) == words
    for key in ("storageDir", "incomingDir"):
        with read_only(tmp_path / key) as folder:
            assert house.cgi("recording", house.variant("said", {"recording": {key: str(folder)}})).post(
                path, {}, token=house.owner.token).error(500) == (
                "The server can't write to its folder for recordings. Its operator finds why in the log: "
                f"recording.{key}.")
    # With recording on in the file its check says that; the setting alone may be on.
    with house.settings(recordings_enabled=1):
        app = house.cgi("recording", house.variant("said", {"recording": {
            "enabled": False, "storage": "s3", "s3": {"secretKey": ""}}}))
        assert app.post(path, {}, token=house.owner.token).error(500) == (
            "The server has nowhere to put a recording: set recording.s3.bucket, accessKey and secretKey, or "
            "recording.storage: local.")
    house.sql("DELETE FROM recordings WHERE id = ?", meeting["id"])


def test_livekit_without_redis(stack, crowd):
    """One that isn't our launcher's says so itself, and at once."""
    owner = stack.account()
    room = stack.room(owner)
    crowd.join("owner", stack.join(owner, room).must(200))
    poll("the meeting", lambda: stack.active(room))
    app = stack.cgi("recording", stack.variant("recording", {
        "livekit": {"configPath": "/nowhere"}, "recording": {"enabled": True, "minFreeMB": 1}}))
    said = app.post(f"/api/rooms/{room['id']}/recording/start", {}, token=owner.token)
    assert said.error(500) == ("LiveKit has no Redis, without which nothing can be recorded: the administrator sets "
                               "livekit.redis.address and restarts livekit-launcher.")
    assert not stack.sql("SELECT id FROM recordings WHERE room_id = ?", room["id"])


@local_only
def test_no_recorder(house, meeting):
    """503 after LiveKit's own 22 s, with the reason, and nothing is left running."""
    r = house.http.post(f"/api/rooms/{meeting['id']}/recording/start", {}, token=house.owner.token, timeout=40)
    assert r.error(503) == ("No recorder took the job: the egress worker isn't running, is busy with another "
                            "recording, or has too few processors for one. The administrator finds out with bedrudctl "
                            "doctor.")
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
@local_only
def test_recorders_ways(house, recorder, meeting, script, state, words):
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
    with no_webhooks(house):
        house.livekit("StopEgress", room_name=meeting["name"],
                      egress_id=house.one("SELECT egress_id FROM recordings WHERE id = ?", id)["egress_id"])
        poll("LiveKit says it is over", lambda: house.status(meeting, id) == "EGRESS_COMPLETE")
    house.hurry()
    assert house.becomes(meeting, id, *OVER)["state"] == "completed"


@local_only
def test_a_dead_recorder(house, recorder, meeting):
    """kill -9: LiveKit says ACTIVE for ever; our own limit ends it, with its reason."""
    id = house.start(meeting).must(201)["id"]
    house.becomes(meeting, id, "active")
    recorder.kill()
    house.stop_recording(meeting).must(200)
    house.becomes(meeting, id, "stopping")
    house.hurry(3600)
    done = house.without_file(meeting, id)
    assert done["state"] == "failed" and "stopped answering" in done["error"], done
    assert "not on this machine" in done["error"], done


@local_only
def test_the_meeting_ends(house, recorder, meeting, crowd):
    id = house.start(meeting).must(201)["id"]
    house.becomes(meeting, id, "active")
    house.http.delete(f"/api/room/{meeting['id']}", token=house.owner.token).must(202)
    house.hurry(10)
    done = house.becomes(meeting, id, *OVER)
    assert done["state"] == "completed", done


@local_only
def test_limits_of_time(house, recorder, meeting):
    id = house.start(meeting).must(201)["id"]
    house.becomes(meeting, id, "active")
    house.sql("UPDATE recordings SET started_at = '2020-01-01 00:00:00+00:00' WHERE id = ?", id)
    house.hurry(1)
    done = house.becomes(meeting, id, *OVER)
    assert done["state"] == "completed" and "longest time" in done["stopReason"], done


@local_only
def test_limits_of_size(house, recorder, meeting):
    with house.working(maxFileSizeMB=1):
        id = house.start(meeting).must(201)["id"]
        house.becomes(meeting, id, "active")
        with open(house.folder / "incoming" / f"{id}.mp4", "wb") as f:
            f.truncate(2 << 20)
        house.hurry(1)
        done = house.becomes(meeting, id, *OVER)
    assert done["state"] == "completed" and "largest size" in done["stopReason"], done


@local_only
def test_what_time_leaves(house, recorder, meeting):
    """Files without a recording are named in the log. What is older than retention goes."""
    old, young = record(house, meeting, 0)["id"], record(house, meeting, 0)["id"]
    stray, fresh = (house.folder / "elsewhere" / f"{uuid.uuid4()}.mp4" for _ in range(2))
    stray.parent.mkdir()
    stray.touch()
    fresh.touch()
    os.utime(stray, (1, 1))
    house.sql("UPDATE duties SET last_run_at = 0 WHERE name = 'recording-files'")
    said = poll("it is told", lambda: f"{stray} belongs to no recording" in house.logs(200000) and house.logs(200000))
    assert str(fresh) not in said and f"{young}.mp4 belongs" not in said
    report = poll("the report", lambda: json.loads(
        house.one("SELECT report FROM duties WHERE name = 'recording-files' AND last_run_at > 0")["report"]))
    assert report["orphans"] == 1, report
    house.sql("UPDATE recordings SET created_at = '2020-01-01 00:00:00+00:00' WHERE id = ?", old)
    with house.working(retentionHours=1):
        house.hurry()
        poll("it is gone", lambda: house.call("get", f"/api/rooms/{meeting['id']}/recordings/{old}").status == 404,
             60)
    assert not list(house.folder.rglob(f"{old}*"))
    assert file_of(house, meeting, young).status == 200 and stray.exists()


@pytest.mark.parametrize("fate", ("failed", "deleted"))
def test_nothing_is_recorded_unseen(house, recorder, meeting, fate, tmp_path):
    """What LiveKit records for a recording that is over or deleted here is stopped, without a report of it; what others
    record goes on."""
    id, foreign = house.start(meeting).must(201)["id"], str(uuid.uuid4())
    house.becomes(meeting, id, "active")
    other = house.livekit("StartRoomCompositeEgress", room_name=meeting["name"],
                          file_outputs=[{"filepath": f"{tmp_path}/{foreign}.mp4"}])
    poll("the other one", lambda: house.status(meeting, foreign) == "EGRESS_ACTIVE")
    if fate == "failed":
        house.sql("UPDATE recording_facts SET state = 'failed' WHERE recording_id = ?", id)
        house.sql("UPDATE recordings SET status = 'failed', error = 'given up' WHERE id = ?", id)
    else:
        house.sql("DELETE FROM recording_facts WHERE recording_id = ?", id)
        house.sql("DELETE FROM recordings WHERE id = ?", id)
    house.hurry()
    poll("it is over", lambda: house.status(meeting, id) == "EGRESS_COMPLETE", 60, log=house.logs)
    assert house.status(meeting, foreign) == "EGRESS_ACTIVE"
    if fate == "failed":        # and its file is kept
        assert "error" not in house.becomes(meeting, id, "completed")
    house.livekit("StopEgress", egress_id=other["egress_id"])


@pytest.mark.parametrize("is_over", (False, True), ids=("runs", "over"))
@local_only
def test_a_lost_start_is_found(house, recorder, meeting, is_over):
    """The responder is killed while LiveKit answers the start, and no report comes: neither two recordings nor a lost
    one."""
    recorder.script(meeting["name"], answer_ms=400, end_after_ms=300 if is_over else 0)
    direct = house.fastcgi("recording")
    path = f"/api/rooms/{meeting['id']}/recording/start"
    with no_webhooks(house):
        with direct.begin("POST", path, json={}, token=house.owner.token).sock:
            id = poll("its row", lambda: house.one("SELECT id FROM recordings WHERE room_id = ?", meeting["id"])["id"])
            poll("it is asked for", lambda: "is asked to record" in recorder.log.read_text())
            direct.process.kill()
            direct.process.wait()
        status = "EGRESS_LIMIT_REACHED" if is_over else "EGRESS_ACTIVE"
        poll(status, lambda: house.status(meeting, id) == status, log=house.logs)
        assert state_of(house, id) == "pending"
        again = house.cgi("recording").post(path, {}, token=house.owner.token)
        assert "recorded already" in again.error(409)
        house.hurry()
        poll("found", lambda: state_of(house, id) == ("completed" if is_over else "active"), 60, log=house.logs)
    house.stop_recording(meeting)
    assert house.becomes(meeting, id, *OVER)["state"] == "completed"
    assert list(house.egresses(meeting)) == [id]


@local_only
def test_pressed_at_once(house, recorder, meeting):
    """By two moderators, in two processes: one recording. Stopped before it has begun: it ends, and says why."""
    recorder.script(meeting["name"], answer_ms=500, active_ms=5000)
    app, path = house.cgi("recording"), f"/api/rooms/{meeting['id']}/recording/"
    with concurrent.futures.ThreadPoolExecutor(2) as two:
        starts = [two.submit(app.post, path + "start", {}, token=house.owner.token) for _ in range(2)]
        poll("its row", lambda: house.one("SELECT id FROM recordings WHERE room_id = ?", meeting["id"]))
        house.stop_recording(meeting).must(200)
        answers = sorted((s.result() for s in starts), key=lambda r: r.status)
    assert [r.status for r in answers] == [201, 409] and "recorded already" in answers[1].error(409), answers
    id = answers[0].must(201)["id"]
    done = house.becomes(meeting, id, *OVER)
    assert done["state"] == "failed" and done["error"] == "It was stopped before it had begun.", done
    assert list(house.egresses(meeting)) == [id]


def over_unprocessed(house, room):
    """A recording that is over, and no worker has looked at its file yet."""
    id = house.start(room).must(201)["id"]
    house.becomes(room, id, "active")
    house.stop("worker")
    house.stop_recording(room).must(200)
    house.becomes(room, id, "processing")
    return id


@pytest.mark.parametrize("fate", ("whole", "gone", "text"))
@s3_only
def test_fetched_from_s3(house, recorder, meeting, tmp_path, fate):
    """recording.s3.fetch: the file comes into the folder, and leaves the bucket; what an earlier try has fetched is
    gone on from. One that is gone or no film fails, and says so."""
    id = over_unprocessed(house, meeting)
    there = next(house.s3.bucket.rglob(f"{id}.mp4"))
    here = house.folder / there.relative_to(house.s3.bucket)
    film = there.read_bytes()
    if fate == "whole":
        here.parent.mkdir(parents=True)
        here.with_name(here.name + ".part").write_bytes(film[:1000])
    elif fate == "gone":
        there.unlink()
        house.sql("UPDATE jobs SET attempts = 2 WHERE type = 'process_recording' AND status = 'pending'")
    else:
        there.write_bytes(b"no film\n" * 100)
    with house.working(s3={"fetch": True}):
        done = house.becomes(meeting, id, *OVER)
        if fate == "whole":
            poll("the bucket is empty", lambda: not there.exists())
    assert not here.with_name(here.name + ".part").exists()
    if fate == "whole":
        assert done["state"] == "completed" and done["fileSize"] == len(film), done
        assert file_of(house, meeting, id).body == film == here.read_bytes()
    else:
        words = {"gone": "The file is not in the bucket, though the recorder has stored it.",
                 "text": "It can't be watched: the recording is no MP4 file."}[fate]
        assert done["state"] == "failed" and done["error"] == words and "fileUrl" not in done, done
        assert words in file_of(house, meeting, id).error(410) and not here.exists()
    house.call("delete", f"/api/rooms/{meeting['id']}/recordings/{id}").must(200)
    poll("all is gone", lambda: not here.exists() and not there.exists())


@local_only
def test_home_from_another_file_system(house, recorder, meeting, tmp_path):
    """The recorder's file is copied then, and seen when it is whole: a worker that was killed in the middle loses
    nothing."""
    incoming = pathlib.Path("/dev/shm") / f"bedrud-{os.getpid()}"
    if incoming.parent.stat().st_dev == house.folder.parent.stat().st_dev:
        pytest.skip("/dev/shm is no other file system")
    id = over_unprocessed(house, meeting)
    came = house.folder / "incoming" / f"{id}.mp4"
    film = came.read_bytes()
    incoming.mkdir()
    try:
        shutil.move(came, incoming)
        here = house.folder / house.one("SELECT object_key FROM recording_facts WHERE recording_id = ?",
                                        id)["object_key"]
        # One was killed in the middle of copying, and one between the copy and the deletion of what was copied.
        here.parent.mkdir(parents=True, exist_ok=True)
        here.with_name(here.name + ".part").write_bytes(film[:1000] + b"x" * len(film))
        here.write_bytes(film)
        assert file_of(house, meeting, id).error(409)
        with house.working(incomingDir=str(incoming)):
            assert house.becomes(meeting, id, *OVER)["state"] == "completed"
        assert file_of(house, meeting, id).body == film
        assert list(incoming.iterdir()) == [] and list(here.parent.iterdir()) == [here]
    finally:
        shutil.rmtree(incoming)


@local_only
def test_two_workers(house, recorder, meeting):
    """One does the duty; it is the other's when the first one is lost, and what that does when it comes back changes
    nothing."""
    id = house.start(meeting).must(201)["id"]
    house.becomes(meeting, id, "active")
    first, livekit = house.processes["worker"], house.livekit_pid()
    with no_webhooks(house):
        house.livekit("StopEgress", room_name=meeting["name"], egress_id=house.egresses(meeting)[id]["egress_id"])
        poll("LiveKit says it is over", lambda: house.status(meeting, id) == "EGRESS_COMPLETE")
        os.kill(livekit, signal.SIGSTOP)
        try:
            house.hurry()
            holder = poll("in hand", lambda: house.one("SELECT holder FROM duties WHERE name = 'recordings'")["holder"])
        finally:
            first.send_signal(signal.SIGSTOP)
            os.kill(livekit, signal.SIGCONT)
        try:
            house.work(name="second")
            house.sql("UPDATE duties SET last_run_at = 0 WHERE name = 'recordings'")
            began = time.time_ns()
            poll("the second one is at work", lambda: house.one(
                "SELECT last_run_at FROM duties WHERE name = 'reconcile'")["last_run_at"] > began or house.sql(
                "UPDATE duties SET last_run_at = 0, lease_until = 0 WHERE name = 'reconcile'"))
            assert house.one("SELECT holder FROM duties WHERE name = 'recordings'")["holder"] == holder
            assert state_of(house, id) == "active"
            house.sql("UPDATE duties SET lease_until = 0 WHERE name = 'recordings'")
            poll("taken over", lambda: state_of(house, id) == "completed", 60, log=house.logs)
        finally:
            first.send_signal(signal.SIGCONT)
        poll("the first one has heard", lambda: "another worker has taken it over" in house.logs(200000))
    assert house.becomes(meeting, id, *OVER)["state"] == "completed"
    assert house.one("SELECT count(*) AS n FROM jobs WHERE type = 'process_recording' AND payload LIKE ?",
                     f"%{id}%")["n"] == 1
    house.stop("second")


@local_only
def test_rounds_with_kills(house, recorder, crowd, meeting, request):
    """Start and stop again and again while recorders and our worker are killed: none stays running, and none is lost
    that had a file."""
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
        done = house.without_file(meeting, id) if victim == "recorder" else house.becomes(
            meeting, id, *OVER, timeout=150)
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
