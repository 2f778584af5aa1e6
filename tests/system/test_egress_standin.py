# SPDX-License-Identifier: Apache-2.0
"""Recording's ground: a real livekit-server with a real Redis, started by livekit-launcher, gives jobs to the stand-in
of the egress worker (or to a real one: lib/egress.py) and tells us by its webhooks. What the recorder does in each case
is what was measured with a real worker."""
import json
import os
import signal
import subprocess
import time
import types

import pytest

from lib import egress, hooks
from lib.doctor import Redis
from lib.launcher import KEY, Launcher
from lib.stack import poll, program

# The stand-in is compiled once, and what it is made of downloaded where it isn't cached.
pytestmark = pytest.mark.timeout(900)
SECRET = "0123456789abcdef" * 3


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """Redis, LiveKit by our launcher, and a receiver of its webhooks."""
    folder = tmp_path_factory.mktemp("state")
    redis = Redis(tmp_path_factory.mktemp("redis"))
    m = Launcher(folder, apiSecret=SECRET, redis={"address": f"127.0.0.1:{redis.port}"}, emptyTimeout=60)
    receiver = hooks.Receiver(m.port + 3, SECRET)
    h = types.SimpleNamespace(redis=redis, port=m.port, events=receiver.events, livekit=m)
    h.call = lambda method, body, **kw: egress.call(m.port, KEY, SECRET, method, body, **kw)
    h.ours = lambda word, timeout=30000, **kw: egress.ours(
        word, url=f"http://127.0.0.1:{m.port}", key=KEY, secret=SECRET, timeoutMs=timeout, **kw)
    h.of = lambda id: [e for _, _, e in h.events if e.get("egressInfo", {}).get("egressId") == id]
    try:
        m.start().ready()
        yield h
    finally:
        m.close()
        receiver.close()
        redis.close()


@pytest.fixture
def worker(house, egress_worker):
    w = egress_worker(house.redis.port, house.port, KEY, SECRET)
    poll("the worker's subscription", lambda: egress.listens(house.redis.port))
    yield w
    w.close()
    poll("no subscription", lambda: not egress.listens(house.redis.port))


@pytest.fixture
def room(house, request, tmp_path):
    name = "r-" + request.node.name.replace("[", "-").rstrip("]")
    status, _ = house.call("CreateRoom", {"name": name}, service="RoomService", grant={"roomCreate": True})
    assert status == 200
    with egress.somebody(house.port, KEY, SECRET, name, tmp_path / "somebody.log"):
        yield name


def start(house, room, output, **more):
    status, info = house.call("StartRoomCompositeEgress", {
        "room_name": room, "layout": "grid", "preset": "H264_720P_30", **more,
        "file_outputs": [{"file_type": "MP4", **output}]})
    assert status == 200, info
    assert info["status"] == "EGRESS_STARTING"
    return info["egress_id"]


def status_of(house, id):
    code, answer = house.call("ListEgress", {"egress_id": id})
    assert code == 200, answer
    return answer["items"][0]["status"]


def comes(house, id, status):
    poll(f"{status} of {id}", lambda: status_of(house, id) == f"EGRESS_{status}", log=house.livekit.log)


def ended(house, id):
    return poll("egress_ended", lambda: [e for e in house.of(id) if e["event"] == "egress_ended"],
                log=lambda: str(house.of(id)))[0]["egressInfo"]


def words(house, id):
    return [(e["event"], e["egressInfo"].get("status")) for e in house.of(id)]


SUCCESS = [("egress_started", None), ("egress_updated", "EGRESS_ACTIVE"), ("egress_updated", "EGRESS_ENDING"),
           ("egress_ended", "EGRESS_COMPLETE")]


@pytest.mark.parametrize("audio_only", (False, True))
def test_local(house, worker, room, tmp_path, audio_only):
    """Start, active, stop, a file: the events are those of a real worker, the file is an MP4."""
    target = tmp_path / "out" / "{room_name}-x.mp4"
    id = start(house, room, {"filepath": str(target)}, audio_only=audio_only)
    comes(house, id, "ACTIVE")
    poll("a second of it", lambda: len(house.of(id)) > 1
         and time.time_ns() - int(house.of(id)[1]["egressInfo"]["updatedAt"]) > 1e9)
    code, info = house.call("StopEgress", {"egress_id": id})
    assert code == 200 and info["status"] in ("EGRESS_ENDING", "EGRESS_ACTIVE")
    last = ended(house, id)
    assert words(house, id) == SUCCESS
    file, = last["fileResults"]
    path = tmp_path / "out" / f"{room}-x.mp4"
    assert file["filename"] == file["location"] == str(path) and int(file["size"]) == path.stat().st_size
    seconds, kinds = egress.probe(path)
    assert kinds == (["audio"] if audio_only else ["audio", "video"])
    assert abs(seconds - int(file["duration"]) / 1e9) < 0.5
    assert (path.parent / f"{id}.json").exists()
    code, why = house.call("StopEgress", {"egress_id": id})
    assert (code, why["code"]) == (412, "failed_precondition")
    assert house.call("StopEgress", {"egress_id": "EG_nobody"})[0] == 404


def test_s3(house, worker, room, s3):
    id = start(house, room, {"filepath": "a/x.mp4", "s3": s3.target(), "disable_manifest": True})
    comes(house, id, "ACTIVE")
    house.call("StopEgress", {"egress_id": id})
    file, = ended(house, id)["fileResults"]
    assert words(house, id) == SUCCESS
    assert (file["filename"], file["location"]) == ("a/x.mp4", f"https://127.0.0.1:{s3.port}/meet/a/x.mp4")
    assert egress.probe(s3.bucket / "a/x.mp4")[1] == ["audio", "video"]
    assert [p.name for p in (s3.bucket / "a").iterdir()] == ["x.mp4"]
    assert s3.block["secretKey"] not in str(house.events)


@pytest.mark.parametrize("change,words", (
    ({"secret": "another-secret"}, "SignatureDoesNotMatch"), ({"bucket": "nope"}, "NoSuchBucket"),
    ({"endpoint": "http://127.0.0.1:1"}, "connection refused")), ids=("secret", "bucket", "down"))
def test_s3_fails_at_the_end(house, worker, room, s3, change, words):
    id = start(house, room, {"filepath": "b/x.mp4", "s3": s3.target(**change)})
    comes(house, id, "ACTIVE")
    house.call("StopEgress", {"egress_id": id})
    last = ended(house, id)
    assert last["status"] == "EGRESS_FAILED" and "size" not in last["fileResults"][0]
    assert "S3 upload failed" in last["error"] and words in last["error"]


def test_unwritable_path_fails_at_the_end(house, worker, room):
    id = start(house, room, {"filepath": "/proc/nobody/x.mp4"})
    comes(house, id, "ACTIVE")
    house.call("StopEgress", {"egress_id": id})
    assert ended(house, id)["status"] == "EGRESS_FAILED"


def test_stopped_while_starting(house, worker, room, tmp_path):
    worker.script(active_ms=20000)
    id = start(house, room, {"filepath": str(tmp_path / "x.mp4")})
    assert house.call("StopEgress", {"egress_id": id})[0] == 200
    last = ended(house, id)
    assert (last["status"], last["error"], last["errorCode"]) == ("EGRESS_ABORTED", "Start signal not received", 412)
    assert words(house, id) == [SUCCESS[0], ("egress_ended", "EGRESS_ABORTED")]


def test_room_ends(house, worker, room, tmp_path):
    """Whoever ends the room ends the recording."""
    id = start(house, room, {"filepath": str(tmp_path / "x.mp4")})
    comes(house, id, "ACTIVE")
    house.call("DeleteRoom", {"room": room}, service="RoomService", grant={"roomCreate": True})
    assert ended(house, id)["status"] == "EGRESS_COMPLETE"
    assert egress.probe(tmp_path / "x.mp4")[1] == ["audio", "video"]


@pytest.mark.parametrize("script,end", (
    ({"start": "fail"}, "FAILED"), ({"start": "abort"}, "ABORTED"), ({"end": "fail", "end_after_ms": 50}, "FAILED"),
    ({"end": "abort", "end_after_ms": 50}, "ABORTED"), ({"end_after_ms": 50}, "LIMIT_REACHED")),
    ids=("start-fails", "start-aborts", "end-fails", "end-aborts", "limit"))
def test_scripted_end(house, worker, room, tmp_path, script, end):
    worker.script(**script)
    id = start(house, room, {"filepath": str(tmp_path / "x.mp4")})
    assert ended(house, id)["status"] == f"EGRESS_{end}"
    assert len(words(house, id)) == (2 if "start" in script else 4)


def test_twice_and_out_of_order(house, worker, room, tmp_path):
    worker.script(twice=True, late=["active"], skip=["ending"], end_after_ms=50)
    id = start(house, room, {"filepath": str(tmp_path / "x.mp4")})
    poll("all events", lambda: len(house.of(id)) == 5)
    assert words(house, id) == [SUCCESS[0]] + [("egress_ended", "EGRESS_LIMIT_REACHED")] * 2 + [SUCCESS[1]] * 2


@pytest.mark.parametrize("number", (signal.SIGTERM, signal.SIGINT, signal.SIGUSR1))
def test_signals(house, worker, room, tmp_path, number):
    """SIGTERM lets what runs end well, SIGINT fails it and keeps the file; a handler's death fails it at once."""
    id = start(house, room, {"filepath": str(tmp_path / "x.mp4")})
    comes(house, id, "ACTIVE")
    worker.process.send_signal(number)
    if number == signal.SIGTERM:
        poll("no bids", lambda: not egress.listens(house.redis.port) or None, 10)
        assert status_of(house, id) == "EGRESS_ACTIVE"
        assert house.call("StopEgress", {"egress_id": id})[0] == 200
    last = ended(house, id)
    assert last["status"] == ("EGRESS_COMPLETE" if number == signal.SIGTERM else "EGRESS_FAILED")
    assert os.path.exists(tmp_path / "x.mp4") == (number != signal.SIGUSR1)
    if number != signal.SIGUSR1:
        assert worker.process.wait(20) == 0


def test_killed_worker_leaves_active(house, worker, room, tmp_path):
    """LiveKit never learns that its worker is dead: it says ACTIVE, and a stop is answered 408 after three seconds."""
    id = start(house, room, {"filepath": str(tmp_path / "x.mp4")})
    comes(house, id, "ACTIVE")
    worker.kill()
    began = time.monotonic()
    code, why = house.call("StopEgress", {"egress_id": id})
    assert (code, why["code"]) == (408, "deadline_exceeded") and 2 < time.monotonic() - began < 10
    assert status_of(house, id) == "EGRESS_ACTIVE"
    poll("its two events", lambda: words(house, id) == SUCCESS[:2])


@pytest.mark.parametrize("busy", (False, True))
def test_no_worker(house, room, request, busy):
    """None, or one that doesn't bid: the same answer, after 22 seconds, and no event."""
    if busy:
        if not request.config.getoption("--long"):
            pytest.skip("takes 22 s: --long")
        request.getfixturevalue("worker").script(refuse=True)
    began, before = time.monotonic(), len(house.events)
    code, why = house.call("StartRoomCompositeEgress", {"room_name": room, "file_outputs": [{"filepath": "/x/y.mp4"}]})
    assert (code, why["code"]) == (503, "unavailable") and "no response from servers" in why["msg"]
    assert 20 < time.monotonic() - began < 28
    if busy:
        said = house.ours("start", room=room, path="/x/y.mp4")
        assert said["err"] == "busy" and "No recorder took the job" in said["problem"]
    assert [e for _, _, e in house.events[before:] if e["event"].startswith("egress")] == []


# --- our own calls

def test_our_calls(house, worker, room, tmp_path):
    path = str(tmp_path / "x.mp4")
    assert house.ours("start", room="r-nobody", path=path)["err"] == "absent"
    said = house.ours("start", room=room, path=path, layout="speaker", preset="H264_1080P_30")
    assert said["err"] == "ok", said
    id = said["egress"][0]["id"]
    comes(house, id, "ACTIVE")
    assert house.ours("get", id=id)["egress"][0]["status"] == 1
    assert [e["id"] for e in house.ours("list", room=room)["egress"]] == [id]
    assert id in [e["id"] for e in house.ours("list")["egress"]]
    assert house.ours("stop", id=id, room=room)["err"] == "ok"
    ended(house, id)
    said = house.ours("get", id=id)["egress"][0]
    assert (said["status"], said["filename"], said["location"]) == (3, path, path)
    assert said["size"] == os.stat(path).st_size and said["durationNs"] > 0
    said = house.ours("stop", id=id, room=room)
    assert (said["err"], said["problem"]) == ("gone", "The recording has ended already.")
    assert house.ours("stop", id="EG_nobody")["err"] == house.ours("get", id="EG_nobody")["err"] == "absent"
    assert house.ours("list", room=room) == {
        "problem": house.ours("list")["problem"], "egress": [], "err": "ok"}
    composite = next(e for e in house.of(id))["egressInfo"]["roomComposite"]
    assert (composite["layout"], composite["preset"]) == ("speaker", "H264_1080P_30")
    assert composite["fileOutputs"][0]["disableManifest"] and not list(tmp_path.glob("EG_*"))


def test_our_configuration(house, egress_worker, room, tmp_path):
    """The worker runs with what `bedrudctl egress config` makes of config.yaml."""
    path = tmp_path / "egress.yaml"
    subprocess.run([program("bedrudctl"), "--config", house.livekit.dir / "config.yaml", "egress", "config", "--output",
                    path], check=True, capture_output=True)
    assert path.stat().st_mode & 0o777 == 0o600
    worker = egress_worker(config=path)
    poll("the worker's subscription", lambda: egress.listens(house.redis.port))
    id = house.ours("start", room=room, path=str(tmp_path / "x.mp4"))["egress"][0]["id"]
    comes(house, id, "ACTIVE")
    assert house.ours("stop", id=id)["err"] == "ok"
    assert ended(house, id)["status"] == "EGRESS_COMPLETE"
    worker.close()
    poll("no subscription", lambda: not egress.listens(house.redis.port))


@pytest.mark.skipif(bool(egress.REAL), reason="a real worker passes over words that it doesn't know")
def test_each_word_of_our_configuration_is_the_workers(make, egress_program, tmp_path):
    """All that it can have in it, read strictly, with the worker's own types; nothing listens at that Redis."""
    m = make(redis={"address": "127.0.0.1:1", "username": "u", "password": "p", "db": 2, "useTLS": True})
    with open(m.dir / "config.yaml", "a") as f:
        f.write("recording: {maxDurationMins: 60}\n")
    path = tmp_path / "egress.yaml"
    subprocess.run([program("bedrudctl"), "--config", m.dir / "config.yaml", "egress", "config", "--output", path],
                   check=True, capture_output=True)
    words = json.loads(path.read_text())
    assert {"api_key", "api_secret", "ws_url", "insecure", "redis", "session_limits", "logging"} <= set(words)
    assert set(words["redis"]) == {"address", "username", "password", "db", "use_tls"}

    def said():
        return subprocess.run([egress_program, "--config", path], capture_output=True, text=True, timeout=60).stderr
    assert "connection refused" in said()
    path.write_text(json.dumps({**words, "session_limit": {}}))
    assert "field session_limit not found" in said()


def test_our_call_into_s3(house, worker, room, s3):
    said = house.ours("start", room=room, path="our/{room_name}.mp4", audioOnly=True,
                      s3={**s3.block, "forcePathStyle": True})
    id = said["egress"][0]["id"]
    assert said["egress"][0]["filename"] == f"our/{room}.mp4"
    comes(house, id, "ACTIVE")
    assert house.ours("stop", id=id)["err"] == "ok"
    assert ended(house, id)["status"] == "EGRESS_COMPLETE"
    assert egress.probe(s3.bucket / f"our/{room}.mp4")[1] == ["audio"]


def test_our_kinds(house, worker, room, tmp_path, make):
    """A killed worker, none (the answer takes longer than the handle waits), LiveKit without Redis, a wrong secret."""
    id = house.ours("start", room=room, path=str(tmp_path / "x.mp4"))["egress"][0]["id"]
    comes(house, id, "ACTIVE")
    worker.kill()
    said = house.ours("stop", id=id)
    assert said["err"] == "busy" and "doesn't answer" in said["problem"]
    assert house.ours("get", id=id)["egress"][0]["status"] == 1
    assert house.ours("start", room=room, path="/x/y.mp4", timeout=500)["err"] == "peer"
    plain = make(apiSecret=SECRET)
    plain.start().ready()
    said = egress.ours("list", url=f"http://127.0.0.1:{plain.port}", key=KEY, secret=SECRET, timeoutMs=5000)
    assert said["err"] == "config" and "livekit.redis.address" in said["problem"]
    assert egress.ours("list", url=f"http://127.0.0.1:{house.port}", key=KEY, secret=SECRET + "x",
                       timeoutMs=5000)["err"] == "peer"


def test_grants(house, room):
    body = {"room_name": room, "file_outputs": [{"filepath": "/x/y.mp4"}]}
    assert house.call("StartRoomCompositeEgress", body, grant={"roomAdmin": True, "room": room})[0] == 401
    assert house.call("StartRoomCompositeEgress", {**body, "room_name": "r-nobody"})[0] == 404
