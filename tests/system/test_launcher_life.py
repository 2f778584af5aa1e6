# SPDX-License-Identifier: Apache-2.0
"""livekit-launcher's life: SIGHUP, renewed certificates, what a service manager and others are told, faults by their
sentence, and kill -9 again and again."""
import asyncio
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import ssl
import stat
import subprocess
import tempfile
import time

import pytest
from livekit import api, rtc

from lib.call import until
from lib.doctor import Redis
from lib.launcher import DOMAIN, KEY, SECRET, Held, Launcher, certificate, kept, with_relay
from lib.stack import livekit_binary, poll


def token(who="ann", room="r"):
    return api.AccessToken(KEY, SECRET).with_identity(who).with_grants(
        api.VideoGrants(room_join=True, room=room)).to_jwt()


class Participant:
    """A real one, and what becomes of their connection."""

    def __init__(self, m):
        self.room, self.events, self.url = rtc.Room(), [], f"ws://127.0.0.1:{m.port}"
        for name in ("reconnecting", "reconnected", "disconnected"):
            self.room.on(name, lambda *_, name=name: self.events.append(name))

    async def __aenter__(self):
        await asyncio.wait_for(self.room.connect(self.url, token()), 20)
        return self

    async def __aexit__(self, *exc):
        await self.room.disconnect()


def change(m, **livekit):
    m.conf.update(livekit)
    m.write()
    m.process.send_signal(signal.SIGHUP)


# --- what takes a minute --------------------------------------------------------------------------------------------

ELSEWHERE = """#!/bin/sh
case $2 in
*.yaml) sed 's/udp_port: %d$/udp_port: %d/' "$2" >"$0.yaml"; shift 2; exec "%s" --config "$0.yaml" "$@";;
*) exec "%s" "$@";;
esac
"""


@pytest.fixture(scope="module", autouse=True)
def a_minute(tmp_path_factory):
    """Three for test_what_takes_a_minute, all at once, while the tests before it run: one with a renewed certificate,
    one whose LiveKit hangs, one whose LiveKit has another port open than it was told."""
    made = []

    def one(name, **livekit):
        made.append(Launcher(tmp_path_factory.mktemp(name), **livekit))
        kept.add(made[-1].port)
        return made[-1]
    try:
        renewed, hanging = with_relay(one("renewed")).start().ready(), one("hanging").start().ready()
        path = tmp_path_factory.mktemp("bin") / "livekit-server"
        elsewhere = one("elsewhere", binary=str(path))
        path.write_text(ELSEWHERE % (elsewhere.port + 2, elsewhere.port + 3, livekit_binary(), livekit_binary()))
        path.chmod(0o755)
        elsewhere.start()
        certificate(renewed.dir)
        os.kill(hanging.livekit(), signal.SIGSTOP)
        yield made
    finally:
        for m in made:
            m.close()
            kept.discard(m.port)


# --- SIGHUP ---------------------------------------------------------------------------------------------------------

def test_a_reload_that_changes_nothing(make):
    m = make().start().ready()
    first = m.livekit()
    for n in (1, 2):
        change(m, drainTimeout=n, tokenTTL=600 + n)      # nothing that LiveKit reads
        poll("the reload", lambda: m.log().count("nothing in it is new to LiveKit") == n, log=m.log)
    assert m.livekit() == first and m.log().count("is ready on port") == 1
    m.process.send_signal(signal.SIGTERM)
    m.wait_for("participants may stay for 2 s")
    assert m.process.wait(20) == 0


def test_a_reload_with_relay_credentials_changes_nothing(relay):
    """They are made anew each time; that alone is no reason to interrupt calls."""
    m = relay().start().ready()
    first = m.livekit()
    for n in (1, 2):
        m.process.send_signal(signal.SIGHUP)
        poll("the reload", lambda: m.log().count("nothing in it is new to LiveKit") == n, log=m.log)
    assert m.livekit() == first
    assert m.stop() == 0


def test_a_reload_that_changes_something(make):
    """LiveKit runs with the new file, and who was in comes back without doing anything."""
    m = make().start().ready()

    async def run():
        async with Participant(m) as ann:
            first, path = m.livekit(), m.yaml()
            change(m, emptyTimeout=77)
            await until("the restart", lambda: m.log().count("is ready on port") == 2, 20, m.log)
            await until("ann is back", lambda: "reconnected" in ann.events, 30, m.log)
            assert "disconnected" not in ann.events
            assert m.livekit() != first and not path.exists()
            assert "empty_timeout: 77" in m.yaml().read_text()
    asyncio.run(run())
    assert m.status()["restarts"] == 0 and "starting LiveKit again" not in m.log()
    assert m.stop() == 0


def test_two_reloads_in_a_row(make):
    m = make().start().ready()
    change(m, emptyTimeout=71)
    m.wait_for("LiveKit is started anew")
    change(m, emptyTimeout=72)
    poll("the second", lambda: m.livekit() and "empty_timeout: 72" in m.yaml().read_text(), log=m.log)
    poll("ready", lambda: m.status()["state"] == "ready", log=m.log)
    assert m.status()["restarts"] == 0
    assert m.stop() == 0


@pytest.mark.parametrize("bad,words", [
    ({"port": "seven"}, "livekit.port"),
    ({"apiSecret": "short"}, "livekit.apiSecret"),
    ({"nodeIP": "0.0.0.0"}, "livekit.nodeIP"),
    ({"tcpPort": 0, "port": 65535}, "is the last port"),
    ({"binary": "/nonexistent/livekit-server"}, "No such file"),
    ({"external": True, "host": "wss://sfu.example.org"}, "stop livekit-launcher for that"),
    ({"stateDir": "/tmp"}, "restart livekit-launcher for that"),
])
def test_a_reload_of_what_is_wrong(make, bad, words):
    """The old one goes on, and the next good one is taken."""
    m = make().start().ready()
    first, good = m.livekit(), dict(m.conf)
    change(m, **bad)
    m.wait_for("LiveKit goes on with the one before")
    assert words in m.log() and "short" not in m.log().replace("too short", "")
    assert m.livekit() == first and m.status()["state"] == "ready"
    m.conf = good
    change(m, emptyTimeout=78)
    m.ready(2)
    assert m.livekit() != first
    assert m.stop() == 0


def test_a_reload_ends_the_wait_for_the_next_start(make):
    """What made it die was mended: nobody waits for the delay."""
    m = make().start().ready()
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with s:
        os.kill(m.livekit(), signal.SIGKILL)
        poll("the port", lambda: s.bind(("", m.port)) or True, 5, 0.001)
        s.listen()
        m.wait_for("in 4.00 s", timeout=30)
        assert m.status()["state"] == "backing off" and f"TCP port {m.port} is in use" in m.status()["fault"]
        old, m.port = m.port, m.port + 3
        begin = time.monotonic()
        change(m, port=m.port)
        m.ready()
        assert time.monotonic() - begin < 3
    assert old != m.port and m.stop() == 0


# --- certificates ---------------------------------------------------------------------------------------------------

def served(m):
    """The certificate that LiveKit shows on its relay's port."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with socket.create_connection(("127.0.0.1", m.port + 3), 5) as s, \
            context.wrap_socket(s, server_hostname=DOMAIN) as t:
        return t.getpeercert(True)


def pem(path):
    return ssl.PEM_cert_to_DER_cert(path.read_text())


def test_a_renewed_certificate_when_nobody_is_in(relay):
    m = relay().start().ready()
    first, cert = m.livekit(), m.dir / "cert.pem"
    old = pem(cert)
    assert served(m) == old
    certificate(m.dir)
    m.process.send_signal(signal.SIGHUP)
    m.wait_for("there is a new certificate")
    m.ready(2)
    assert served(m) == pem(cert) != old
    assert m.livekit() != first and m.status()["restarts"] == 0 and m.status()["note"] == ""
    assert m.stop() == 0


def test_a_renewed_certificate_of_a_file_of_livekits_own(relay):
    m = relay()
    file = m.dir / "livekit.yaml"
    file.write_text(m.run("--print-config").stdout.replace('"********"', json.dumps(SECRET)))
    file.chmod(0o600)
    m.conf["configPath"] = file.name
    m.write()
    m.start().ready()
    assert f"media is relayed for {DOMAIN} at UDP port {m.port + 1} and over TLS" in m.log()
    certificate(m.dir)
    m.process.send_signal(signal.SIGHUP)
    m.wait_for("there is a new certificate")
    m.ready(2)
    assert served(m) == pem(m.dir / "cert.pem")
    assert m.stop() == 0


def test_the_same_certificate_again(relay):
    """Touched, written again, moved into place: nothing is new."""
    m = relay().start().ready()
    first = m.livekit()
    for name in ("cert.pem", "key.pem"):
        shutil.copy(m.dir / name, m.dir / "copy")
        os.replace(m.dir / "copy", m.dir / name)
    m.process.send_signal(signal.SIGHUP)
    m.wait_for("nothing in it is new to LiveKit")
    m.process.send_signal(signal.SIGHUP)
    poll("another", lambda: m.log().count("nothing in it is new to LiveKit") == 2, log=m.log)
    assert m.livekit() == first and "new certificate" not in m.log()
    assert m.stop() == 0


def test_half_a_certificate_is_not_used(relay):
    """The certificate is there, its key not yet: the old pair stays until both are."""
    m = relay().start().ready()
    first, fresh = m.livekit(), m.dir / "fresh"
    fresh.mkdir()
    certificate(fresh)
    shutil.copy(fresh / "cert.pem", m.dir / "cert.pem")
    for n in (1, 2):
        change(m, drainTimeout=n)       # what else the configuration says is taken
        poll("the complaint", lambda: m.log().count("nothing in it is new to LiveKit") == n, log=m.log)
    assert m.log().count("LiveKit keeps the certificate that it has, because its files won't do") == 2
    assert "don't belong together" in m.log() and "TURN over TLS is off" not in m.log()
    assert m.log().count("the new certificate isn't used") == 1
    assert m.livekit() == first
    shutil.copy(fresh / "key.pem", m.dir / "key.pem")
    m.process.send_signal(signal.SIGHUP)
    m.ready(2)
    assert served(m) == pem(fresh / "cert.pem")
    m.process.send_signal(signal.SIGTERM)
    m.wait_for("participants may stay for 2 s")
    assert m.process.wait(20) == 0


def test_a_lost_certificate_doesnt_stand_in_the_way(relay):
    """What is new to LiveKit is taken as well, without TURN over TLS, until the files are back."""
    m = relay().start().ready()
    key = m.dir / "key.pem"
    key.rename(m.dir / "away")
    change(m, emptyTimeout=79)
    m.ready(2)
    assert "TURN over TLS is off" in m.log() and "empty_timeout: 79" in m.yaml().read_text()
    (m.dir / "away").rename(key)
    m.process.send_signal(signal.SIGHUP)
    m.ready(3)
    assert served(m) == pem(m.dir / "cert.pem")
    assert m.stop() == 0


def test_a_renewed_certificate_waits_for_calls(relay):
    m = relay().start().ready()
    old = pem(m.dir / "cert.pem")

    async def run():
        async with Participant(m) as ann:
            first = m.livekit()
            certificate(m.dir)
            m.process.send_signal(signal.SIGHUP)
            await until("the note", lambda: "renewed certificate" in m.status()["note"], 20, m.log)
            for _ in range(3):          # LiveKit is asked whether anybody is in, and that is answered
                before = ended_children(m)
                await until("a question", lambda: ended_children(m) > before, 10)
            assert m.livekit() == first and served(m) == old and ann.events == []
        await until("the restart", lambda: m.log().count("is ready on port") == 2, 20, m.log)
    asyncio.run(run())
    assert served(m) == pem(m.dir / "cert.pem") != old
    assert m.stop() == 0


def test_a_renewed_certificate_that_is_withdrawn(relay):
    """Nothing waits any longer, and the status says so."""
    m = relay().start().ready()
    first = m.livekit()
    for name in ("cert.pem", "key.pem"):
        shutil.copy(m.dir / name, m.dir / f"old-{name}")

    async def run():
        async with Participant(m):
            certificate(m.dir)
            m.process.send_signal(signal.SIGHUP)
            await until("the note", lambda: "renewed certificate" in m.status()["note"], 20, m.log)
            for name in ("cert.pem", "key.pem"):
                os.replace(m.dir / f"old-{name}", m.dir / name)
        await until("no note", lambda: m.status()["note"] == "", 20, m.log)
    asyncio.run(run())
    assert m.livekit() == first and m.log().count("is ready on port") == 1
    assert m.stop() == 0


def ended_children(m):
    """Page faults of the children that the launcher has reaped: each question is one."""
    return int(pathlib.Path(f"/proc/{m.process.pid}/stat").read_text().rpartition(")")[2].split()[8])


def test_a_renewed_certificate_is_due(relay):
    """By livekit.renewDeadline calls are interrupted."""
    m = relay()
    m.conf["renewDeadline"] = 3
    m.write()
    m.start().ready()

    async def run():
        async with Participant(m) as ann:
            certificate(m.dir)
            m.process.send_signal(signal.SIGHUP)
            await until("the restart", lambda: m.log().count("is ready on port") == 2, 30, m.log)
            assert "calls are interrupted" in m.log()
            await until("ann is back", lambda: "reconnected" in ann.events, 30, m.log)
            assert "disconnected" not in ann.events
    asyncio.run(run())
    assert served(m) == pem(m.dir / "cert.pem")
    assert m.stop() == 0


# --- what others are told -------------------------------------------------------------------------------------------

class Manager:
    """systemd's side of sd_notify(3)."""

    def __init__(self, folder):
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.path = folder / "notify"
        self.socket.bind(str(self.path))
        self.socket.settimeout(30)
        self.seen = []

    def until(self, word):
        """All datagrams up to the one with that line."""
        got = []
        while not any(word in d for d in got):
            got.append(self.socket.recv(4096).decode().split("\n"))
        self.seen += got
        return got


@pytest.fixture
def manager(tmp_path):
    m = Manager(tmp_path)
    yield m
    m.socket.close()


def test_what_the_service_manager_is_told(make, manager):
    m = make().start({"NOTIFY_SOCKET": str(manager.path)})
    assert manager.until("READY=1")[-1][1] == "STATUS=LiveKit is ready"
    m.process.send_signal(signal.SIGHUP)
    reload = manager.until("READY=1")
    assert reload[0][0] == "RELOADING=1" and re.fullmatch(r"MONOTONIC_USEC=\d+", reload[0][1])
    assert abs(int(reload[0][1].split("=")[1]) - time.monotonic_ns() // 1000) < 10e6
    change(m, port="seven")
    assert "configuration before the change" in manager.until("READY=1")[-1][1]
    change(m, port=m.port, emptyTimeout=70)
    assert [d[0] for d in manager.until("READY=1")] == ["RELOADING=1", "READY=1"]
    os.kill(m.livekit(), signal.SIGKILL)
    ended = manager.until("READY=1")[0][0]
    assert ended.startswith("STATUS=LiveKit has ended and is being started again: LiveKit was killed by signal 9, ")
    assert m.stop() == 0
    stop = manager.until("STOPPING=1")[-1]
    assert any(re.fullmatch(r"EXTEND_TIMEOUT_USEC=\d+", line) for line in stop)
    assert not any(d[0].startswith("WATCHDOG") for d in manager.seen)


def test_the_watchdog(make, manager):
    env = {"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "400000"}
    m = make().start(env)
    begin = time.monotonic()
    for _ in range(5):
        manager.until("WATCHDOG=1")
    assert 0.6 < time.monotonic() - begin < 5          # every 0.2 s, also while LiveKit starts
    m.ready()
    with Held(m.livekit()):                             # one that can't be killed is beyond the launcher's help
        m.process.send_signal(signal.SIGTERM)
        m.wait_for("stopping LiveKit")
        begin = time.monotonic()
        m.process.send_signal(signal.SIGTERM)
        while not is_silent(manager):
            assert time.monotonic() - begin < 30
        assert time.monotonic() - begin > 10 and m.process.poll() is None
    assert m.process.wait(20) == 0


def is_silent(manager):
    """Whether nothing more comes for a second, after what was on its way."""
    manager.socket.settimeout(1)
    try:
        for _ in range(20):
            manager.socket.recv(4096)
    except TimeoutError:
        return True
    finally:
        manager.socket.settimeout(30)
    return False


def test_the_watchdog_of_somebody_else(make, manager):
    m = make().start({"NOTIFY_SOCKET": str(manager.path), "WATCHDOG_USEC": "20000", "WATCHDOG_PID": "1"})
    m.ready()
    assert m.stop() == 0
    assert not any("WATCHDOG=1" in d for d in manager.until("STOPPING=1"))


def test_status(make):
    m = make()
    p = m.run("--status")
    assert p.returncode == 75 and "has not run" in p.stdout, p
    m.start().ready()
    p = m.run("--status")
    assert p.returncode == 0, p
    s = m.status()
    assert (s["state"], s["pid"], s["livekitPid"]) == ("ready", m.process.pid, m.livekit())
    assert s["nodeIP"] == "127.0.0.1" and s["nodeRule"] == "livekit.nodeIP" and s["restarts"] == 0
    assert re.fullmatch(r"\d+\.\d+\.\d+.*", s["version"]) and abs(s["since"] - time.time()) < 60
    assert stat.S_IMODE((m.dir / "livekit-launcher.status").stat().st_mode) == 0o644
    for words in (f"livekit-launcher: process {m.process.pid}, running", "LiveKit: ready since",
                  f"its process: {m.livekit()}", f"its version: {s['version']}",
                  "clients send media to: 127.0.0.1 (livekit.nodeIP)"):
        assert words in p.stdout, p.stdout
    os.kill(m.livekit(), signal.SIGKILL)
    m.ready(2)
    p = m.run("--status")
    assert p.returncode == 0
    assert "ends that nobody asked for: 1\nthe last one: LiveKit was killed by signal 9" in p.stdout, p.stdout
    m.process.kill()
    m.process.wait()
    p = m.run("--status")
    assert p.returncode == 75 and "not running" in p.stdout and "LiveKit: unknown since" in p.stdout, p
    m.start().ready(3)
    assert m.stop() == 0
    p = m.run("--status")
    assert p.returncode == 75 and "not running" in p.stdout and "LiveKit: stopped since" in p.stdout, p
    text = (m.dir / "livekit-launcher.status").read_text()
    assert KEY not in text and SECRET[-32:] not in text
    m.conf["port"] = "seven"
    m.write()
    assert m.run("--status").returncode == 78


def test_a_failure_before_livekit_is_told(make):
    m = make().start().ready()
    assert m.stop() == 0
    m.conf["binary"] = "/nonexistent/livekit-server"
    m.write()
    assert m.run().returncode == 78
    s = m.status()
    assert s["state"] == "failed" and "unable to find LiveKit at /nonexistent/livekit-server" in s["fault"], s
    p = m.run("--status")
    assert p.returncode == 75 and "LiveKit: failed since" in p.stdout and "install livekit-server" in p.stdout, p
    m.conf.update(binary="", port="seven")
    m.write()
    assert m.run().returncode == 78         # without a configuration there is no place to say it
    assert m.status() == s
    m.conf["port"] = m.port
    m.write()
    (m.dir / "livekit-launcher.status").write_text(json.dumps({**s, "since": s["since"] + 3600}))
    assert "(the clock was put back since then)" in m.run("--status").stdout


# --- faults ---------------------------------------------------------------------------------------------------------

def test_the_wrong_architecture(make, tmp_path):
    """An ELF program of another machine: the kernel refuses it."""
    other = tmp_path / "livekit-server"
    head = bytearray(open("/bin/true", "rb").read())
    head[18:20] = (8).to_bytes(2, "little")             # EM_MIPS
    other.write_bytes(head)
    other.chmod(0o755)
    p = make(binary=str(other)).run()
    assert p.returncode == 78, p.stderr
    assert "install livekit-server for this architecture" in p.stderr.strip().split("\n")[-1], p.stderr


def test_redis_that_isnt_there(make):
    m = make(redis={"address": "127.0.0.1:1"})
    p = m.run()
    assert p.returncode == 75, p.stderr
    last = p.stderr.strip().split("\n")[-1]
    assert "unable to connect to redis" in last and "livekit.redis.address" in last, p.stderr
    assert m.status()["state"] == "failed" and "livekit.redis.address" in m.status()["fault"]


@pytest.mark.parametrize("redis,words", [
    ({}, "NOAUTH Authentication required.\". Set livekit.redis.password"),
    ({"password": "wrong"}, "Correct livekit.redis.username and livekit.redis.password"),
])
def test_redis_that_refuses_us(make, tmp_path, redis, words):
    with Redis(tmp_path, "--requirepass", "sesame") as server:
        p = make(redis={"address": f"127.0.0.1:{server.port}", **redis}).run()
    assert p.returncode == 78, p.stderr
    assert words in p.stderr.strip().split("\n")[-1], p.stderr


def test_a_certificate_that_cannot_be_read(relay):
    """TURN over TLS is off with the reason; LiveKit runs."""
    m = relay()
    (m.dir / "key.pem").unlink()
    m.start().ready()
    assert "TURN over TLS is off" in m.log() and "unable to read the private key" in m.log()
    certificate(m.dir)
    m.process.send_signal(signal.SIGHUP)
    m.ready(2)
    assert served(m) == pem(m.dir / "cert.pem")
    assert m.stop() == 0


def test_a_port_that_needs_rights():
    """As an ordinary user: below net.ipv4.ip_unprivileged_port_start."""
    least = int(open("/proc/sys/net/ipv4/ip_unprivileged_port_start").read())
    if os.getuid() != 0 or least < 1024:
        pytest.skip("needs root, to become somebody else, and ports that need rights")
    folder = pathlib.Path(tempfile.mkdtemp(dir="/tmp"))
    try:
        m = Launcher(folder, port=599)
        for p in (folder, folder / "config.yaml"):
            os.chown(p, 65534, 65534)
        p = m.run(user=65534)
        assert p.returncode == 78, p.stderr
        assert "Ports below 1024 need rights" in p.stderr.strip().split("\n")[-1], p.stderr
    finally:
        shutil.rmtree(folder)


def test_nowhere_to_write(make, tmp_path):
    p = make().run(env={"RUNTIME_DIRECTORY": str(tmp_path / "none")})
    assert p.returncode == 78, p.stderr
    assert p.stderr.strip().split("\n")[-1].endswith(
        f"LiveKit can't be started: unable to write {tmp_path}/none: No such file or directory; RUNTIME_DIRECTORY must "
        f"be a folder that user {os.getuid()} may write")


def test_a_full_disk(make, tmp_path):
    """The file that can't be written is named, and as room may be made, it is tried again."""
    m, disk = make(stateDir=str(tmp_path / "disk")), tmp_path / "disk"
    disk.mkdir()
    words = ["unshare", *([] if os.getuid() == 0 else ["--map-root-user"]), "--mount", "sh", "-c",
             f"mount -t tmpfs -o size=4k none {disk} && echo full >{disk}/full && exec \"$@\"", "sh", *m.command()]
    with open(m.dir / "log", "wb") as log:
        m.process = subprocess.Popen(words, env=m.env, stdout=log, stderr=log, start_new_session=True)
    m.wait_for(f"LiveKit can't be started: unable to write {disk}/livekit-launcher.file: No space left on device; make "
               "room on that disk; starting LiveKit again in 0.50 s")
    assert m.stop() == 0


# --- the launcher's own time ----------------------------------------------------------------------------------------

def test_what_takes_a_minute(a_minute):
    """A certificate is noticed unasked; a LiveKit that hangs is found out, killed, started again; so is one that has
    another port open than it was told, and the missing one is named."""
    renewed, hanging, elsewhere = a_minute
    elsewhere.wait_for("LiveKit was killed: it was not ready within 30 s: its HTTP port answers, but its process has "
                       f"not bound UDP port {elsewhere.port + 2} (livekit.udpPort)", timeout=45)
    assert elsewhere.stop() == 0
    hanging.wait_for("LiveKit hangs: it did not answer GET / 3 times in a row", timeout=75)
    hanging.ready(2)
    assert "LiveKit was killed: it did not answer" in hanging.status()["fault"]
    assert hanging.stop() == 0
    renewed.wait_for("there is a new certificate", timeout=75)
    renewed.ready(2)
    assert served(renewed) == pem(renewed.dir / "cert.pem")
    assert renewed.stop() == 0


# --- kill -9 --------------------------------------------------------------------------------------------------------

@pytest.mark.timeout(900)
def test_kill_9(make, request):
    """LiveKit killed, then the launcher, every other time while it starts another: back each time, nothing left."""
    rounds = 100 if request.config.getoption("--long") else 10
    m = make()
    files = set()
    for n in range(rounds + 1):
        m.start()
        poll("ready", lambda: ready_as(m, m.process.pid), 40, log=m.log)
        livekit = m.livekit()
        files.add(m.yaml())
        if n == rounds:
            break
        os.kill(livekit, signal.SIGKILL)
        if n % 2:
            poll("ready again", lambda: ready_as(m, m.process.pid) and m.livekit() != livekit, 40, log=m.log)
            files.add(m.yaml())
        m.process.kill()
        m.process.wait()
        poll("the port", lambda: is_free(m.port), 10)
    assert m.stop() == 0
    assert is_free(m.port) and not any(f.exists() for f in files) and len(files) == rounds + rounds // 2 + 1
    assert sorted(p.name for p in m.dir.iterdir()) == ["config.yaml", "livekit-launcher.file",
                                                       "livekit-launcher.status", "log"]


def ready_as(m, pid):
    s = m.status()
    return s["state"] == "ready" and s["pid"] == pid and s["livekitPid"] in m.children()


def is_free(port):
    """Nobody listens: a LiveKit that outlived its launcher would."""
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) != 0
