# SPDX-License-Identifier: Apache-2.0
"""After everything else has run: what it left in logs, in files, in processes. tests/servers/test_leaks.py acts on
purpose."""
import os
import pathlib
import resource
import stat
import subprocess

from lib import leaks
from lib.http import Client
from lib.stack import Stack, State, livekit_binary, poll, program


def processes(stack):
    return [pid for p in stack.processes.values() for pid in leaks.descendants(p.pid)]


def test_logs_and_files(stack, ann):
    """Where a secret is, no one else may read; and a log holds none, whoever reads it."""
    names = leaks.nothing_is_told(stack)
    found = leaks.holders(stack.seen, ["/tmp"], stack.config.stat().st_mtime)
    bad = [(str(f), what) for f, what, others in found if others]
    assert not bad, bad
    names |= {f.name for f, _, _ in found}
    for name in ("config.yaml", "bedrud.db", "bedrud-livekit-"):
        assert any(n.startswith(name) for n in names), names
    assert sum(f.stat().st_size for f in (stack.dir / "log").iterdir()) > 1000, "nothing was logged"


def test_logs_show_no_fault(stack):
    """Nothing that a sanitizer, the C library or a program of ours says when it can't go on."""
    for f in (stack.dir / "log").iterdir():
        text = f.read_text("utf-8", "replace")
        for word in ("Sanitizer", "runtime error:", "Assertion", "stack smashing", "cannot happen", "double free"):
            assert word not in text, (f.name, text[max(0, text.index(word) - 500):][:3000])


def test_open_files_are_not_left_elsewhere(stack):
    """What the processes have open lies in the state directory, in /tmp under LiveKit's name, or is no file of ours."""
    elsewhere = ("/dev/", "/proc/", "/sys/", str(stack.dir), "/etc/", "/usr/", "/lib")
    for pid in processes(stack):
        for fd in pathlib.Path(f"/proc/{pid}/fd").iterdir():
            try:
                target = pathlib.Path(os.readlink(fd))
            except OSError:
                continue
            if str(target).startswith("/") and not str(target).startswith(elsewhere) and target.is_file():
                assert not (stack.seen.found(target.read_bytes()) and leaks.open_to_others(target)), target


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


def core_limit(pid):
    limits = pathlib.Path(f"/proc/{pid}/limits").read_text().splitlines()
    return next(line.split()[4] for line in limits if line.startswith("Max core file size"))


def test_no_core_is_written():
    """A core holds every key: no program of ours, nor the LiveKit that it starts, leaves one, whatever it was started
    with."""
    house = State()
    limits = resource.getrlimit(resource.RLIMIT_CORE)
    resource.setrlimit(resource.RLIMIT_CORE, (limits[1], limits[1]))
    try:
        responder = house.fastcgi("join")
        launcher = subprocess.Popen([program("livekit-launcher"), "--config", house.config], stderr=subprocess.DEVNULL,
                                    env={"LIVEKIT_SERVER": livekit_binary()})
    finally:
        resource.setrlimit(resource.RLIMIT_CORE, limits)
    try:
        responder.get("/api/room/check/nowhere").must(200, 404)
        poll("LiveKit", lambda: Client(house.livekit_port).get("/").status == 200)
        pids = [responder.process.pid, *leaks.descendants(launcher.pid)]
        assert len(pids) >= 3 and {core_limit(p) for p in pids} == {"0"}
    finally:
        launcher.terminate()
        assert launcher.wait(20) == 0 and responder.stop() == 0
        house.close()
