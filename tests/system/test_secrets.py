# SPDX-License-Identifier: Apache-2.0
"""After everything else has run: no secret in a log, a command line, an environment or a file that others can read."""
import os
import pathlib
import stat

import pytest

from lib import hooks
from lib.stack import PASSWORD, Stack, poll


def descendants(pid):
    out = [pid]
    try:
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                out += descendants(int(child))
    except FileNotFoundError:
        pass
    return out


def processes(stack):
    return [pid for p in stack.processes.values() for pid in descendants(p.pid)]


@pytest.fixture(scope="module")
def needles(stack, http):
    """Every secret there is, by name: those of the configuration, and those of a visit that just happened."""
    who = stack.account("Secret Keeper")
    room = stack.room(who)
    join = stack.join(who, room).must(200)
    guest = stack.guest_join(room)
    cookie = guest.cookies["bedrud_guest_id"].value
    guest = guest.must(200)
    refreshed = http.post("/api/auth/refresh", {"refresh_token": who.refresh}).must(200)
    raw = hooks.body("participant_joined", room["name"], "RM_x", identity=who.id)
    proof = hooks.sign(raw, stack.key, stack.secrets["livekit"])
    stack.post_hook(raw, proof).must(200)
    stack.post_hook(raw + b" ", proof).error(401)
    # Requests that fail are the ones that get logged.
    http.get("/api/auth/me", token=who.refresh).error(401)
    http.post("/api/auth/login", {"email": who.email, "password": "wrong-" + PASSWORD}).error(401)
    http.post("/api/auth/register", {"email": who.email, "password": PASSWORD + "-2", "name": "x"}).error(400)
    http.get("/livekit/rtc/validate?access_token=" + join["token"])
    http.get("/livekit/rtc/validate?access_token=" + join["token"] + "x")
    http.post("/api/auth/logout", {"refresh_token": "bad" + refreshed["refresh_token"]}, token=refreshed["access_token"]).must(200)
    out = {f"config {k}": v for k, v in stack.secrets.items()}
    out.update({"admin password": stack.admin_password, "password": PASSWORD, "access token": who.token,
                "refresh token": who.refresh, "second access token": refreshed["access_token"], "join token": join["token"],
                "guest join token": guest["token"], "guest access token": guest["accessToken"], "guest cookie": cookie.split(".")[1],
                "webhook proof": proof})
    # Of a token the signature is the secret part.
    return {k: v.split(".")[-1] if v.count(".") == 2 else v for k, v in out.items()}


def found(needles, data):
    return [k for k, v in needles.items() if v.encode() in data]


def test_logs(stack, needles):
    logs = list((stack.dir / "log").iterdir())
    bad = {f.name: found(needles, f.read_bytes()) for f in logs}
    assert not any(bad.values()), bad
    assert sum(f.stat().st_size for f in logs) > 1000, "nothing was logged: this test would prove nothing"


def test_logs_show_no_fault(stack):
    """Nothing that a sanitizer, the C library or a program of ours says when it can't go on."""
    for f in (stack.dir / "log").iterdir():
        text = f.read_text("utf-8", "replace")
        for word in ("Sanitizer", "runtime error:", "Assertion", "stack smashing", "cannot happen", "double free"):
            assert word not in text, (f.name, text[max(0, text.index(word) - 500):][:3000])


def test_command_lines_and_environments(stack, needles):
    seen = 0
    for pid in processes(stack):
        for what in ("cmdline", "environ"):
            try:
                data = pathlib.Path(f"/proc/{pid}/{what}").read_bytes()
            except OSError:
                continue
            seen += bool(data)
            assert not found(needles, data), (what, data.split(b"\0")[0], found(needles, data))
    assert seen >= 10


def test_files(stack, needles):
    """Files of the running house: where a secret is, no one else may read."""
    files = [f for f in stack.dir.rglob("*") if f.is_file()]
    files += [f for f in pathlib.Path("/tmp").glob("bedrud-livekit-*") if f.is_file()]
    holders = []
    for f in files:
        try:
            data, mode = f.read_bytes(), stat.S_IMODE(f.stat().st_mode)
        except FileNotFoundError:
            continue
        if found(needles, data):
            holders.append(f.name)
            assert mode & 0o077 == 0, (f, oct(mode), found(needles, data))
    assert "config.yaml" in holders and any("livekit" in h for h in holders), holders


def test_open_files_are_not_left_elsewhere(stack, needles):
    """What the processes have open lies in the state directory, in /tmp under LiveKit's name, or is no file of ours."""
    for pid in processes(stack):
        for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir():
            try:
                target = os.readlink(fd)
            except OSError:
                continue
            if target.startswith("/") and not target.startswith(("/dev/", "/proc/", "/sys/", str(stack.dir), "/etc/", "/usr/", "/lib")):
                if os.path.isfile(target):
                    data = pathlib.Path(target).read_bytes()
                    assert not found(needles, data) or os.stat(target).st_mode & 0o077 == 0, target


def test_answers_tell_nothing_of_the_inside(stack, http):
    for path in ("/api/ready", "/api/nope", "/api/auth/me", "/api/auth/settings", "/livekit/", "/m/x"):
        r = http.get(path)
        assert str(stack.dir) not in r.text and stack.key not in r.text, r


def test_stopping_leaves_nothing():
    """A house of its own, started and stopped: no process, no file of LiveKit's configuration, no socket."""
    s = Stack()
    pids = processes(s)
    assert len(pids) >= 4
    words = pathlib.Path(f"/proc/{s.livekit_pid()}/cmdline").read_bytes().decode().split("\0")
    files = [pathlib.Path(w) for w in words if w.endswith(".yaml")]
    assert files and all(f.exists() and stat.S_IMODE(f.stat().st_mode) == 0o600 for f in files), words
    where = s.dir
    for p in s.processes.values():
        p.terminate()
    for name, p in s.processes.items():
        assert p.wait(20) == 0, (name, p.returncode, s.logs())
    poll("all have ended", lambda: not [p for p in pids if os.path.exists(f"/proc/{p}")], 10)
    left = [f for f in files if f.exists()] + [f for f in where.rglob("*livekit*.yaml")]
    assert not left, left
    s.close()
