# SPDX-License-Identifier: Apache-2.0
"""livekit-launcher with a real livekit-server: comes up, comes back, goes away, leaves nothing, and says why when it
can't."""
import asyncio
import itertools
import json
import os
import pathlib
import re
import signal
import socket
import stat
import subprocess
import time
import urllib.request

import aiohttp
import pytest
from lib.stack import livekit_binary, poll, program
from livekit import api
from livekit.protocol.rtc import SignalResponse

KEY = "APItest1234"
SECRET = 'a"b\\c: {d} #e\u00e9 ' + "0123456789abcdef" * 2
BASE = int(os.environ.get("BEDRUD_LAUNCHER_PORT", "18400"))
_next = itertools.cycle(range(BASE, BASE + 96, 4))


def ports():
    """Four ports in a row that nobody holds: HTTP, ICE/TCP, UDP, one for the test."""
    for first in itertools.islice(_next, 24):
        try:
            for port in range(first, first + 4):
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                    with socket.socket(socket.AF_INET6, kind) as s:
                        if kind == socket.SOCK_STREAM:
                            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                        s.bind(("::", port))
            return first
        except OSError:
            continue
    raise AssertionError(f"no free ports from {BASE} on")


def parent(pid):
    """The parent of a living process; 0 when there is none (a zombie counts as none)."""
    try:
        state, ppid = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return 0 if state in "ZX" else int(ppid)


def argv(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")[:-1]
    except OSError:
        return []


class Launcher:
    """One state directory with a configuration; start() as often as a test wants."""

    def __init__(self, folder, **livekit):
        self.dir, self.port = folder, ports()
        self.conf = {"apiKey": KEY, "apiSecret": SECRET, "port": self.port, "tcpPort": self.port + 1,
                     "udpPort": self.port + 2, "nodeIP": "127.0.0.1", **livekit}
        self.process = None
        self.env = {"PATH": os.environ["PATH"], "LIVEKIT_SERVER": livekit_binary()}
        self.write()

    def write(self):
        lines = ["database:", "  type: sqlite", "  path: bedrud.db", "server:", f"  port: {self.port + 3}", "auth:",
                 f"  jwtSecret: {'j' * 40}", f"  sessionSecret: {'s' * 40}", "livekit:"]
        lines += [f"  {k}: {json.dumps(v, ensure_ascii=False)}" for k, v in self.conf.items()]
        path = self.dir / "config.yaml"
        path.write_text("\n".join(lines) + "\n")
        path.chmod(0o600)

    def command(self, *words):
        return [program("livekit-launcher"), "--config", self.dir / "config.yaml", *words]

    def run(self, *words, env=None, timeout=40):
        return subprocess.run(self.command(*words), env={**self.env, **(env or {})}, capture_output=True, text=True,
                              timeout=timeout)

    def start(self, env=None):
        with open(self.dir / "log", "ab") as log:
            self.process = subprocess.Popen(self.command(), env={**self.env, **(env or {})}, stdout=log, stderr=log,
                                            start_new_session=True)
        return self

    def log(self):
        return (self.dir / "log").read_text("utf-8", "replace")

    def ready(self, times=1):
        """Waits until it has said so that often, and asks LiveKit itself."""
        poll("ready", lambda: self.log().count(f"LiveKit is ready on port {self.port}") >= times, 40, log=self.log)
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5) as r:
            assert r.status == 200
        return self

    def livekit(self):
        """The pid of its livekit-server."""
        found = [p for p in self.children() if "livekit-server" in argv(p)[:1]]
        assert len(found) == 1, f"{found} {self.log()}"
        return found[0]

    def children(self):
        pids = [int(p.name) for p in pathlib.Path("/proc").iterdir() if p.name.isdigit()]
        return [p for p in pids if parent(p) == self.process.pid]

    def yaml(self):
        return pathlib.Path(argv(self.livekit())[2])

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(20)

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        note = self.dir / "livekit-launcher.file"
        name = note.read_text().strip() if note.exists() else ""
        if re.fullmatch(r"/tmp/bedrud-livekit-[A-Za-z0-9]{6}\.yaml", name):
            pathlib.Path(name).unlink(missing_ok=True)


@pytest.fixture
def make(tmp_path):
    made = []

    def one(name="state", **livekit):
        folder = tmp_path / name
        folder.mkdir(mode=0o700)
        made.append(Launcher(folder, **livekit))
        return made[-1]
    yield one
    for m in made:
        m.close()


def test_comes_up_and_leaves_nothing(make):
    m = make().start().ready()
    livekit, path = m.livekit(), m.yaml()
    assert argv(livekit) == ["livekit-server", "--config", str(path)]
    assert re.fullmatch(r"/tmp/bedrud-livekit-[A-Za-z0-9]{6}\.yaml", str(path))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert (m.dir / "livekit-launcher.file").read_text() == f"{path}\n"
    begin = time.monotonic()
    assert m.stop() == 0
    assert time.monotonic() - begin < 5
    assert not path.exists()
    assert parent(livekit) == 0
    assert (m.dir / "livekit-launcher.file").read_text() == ""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGHUP, signal.SIGQUIT])
def test_other_signals_end_it_as_well(make, number):
    m = make().start().ready()
    livekit, path = m.livekit(), m.yaml()
    assert m.stop(number) == 0
    assert not path.exists() and parent(livekit) == 0


def test_stopped_before_it_is_ready(make):
    """LiveKit forgets a SIGTERM of its first instants: it must be gone all the same."""
    m = make().start()
    livekit = poll("the child", lambda: m.livekit(), every=0.001)
    path = m.yaml()
    begin = time.monotonic()
    assert m.stop() == 0
    assert time.monotonic() - begin < 5
    assert not path.exists() and parent(livekit) == 0


def test_no_secret_anywhere(make):
    m = make().start().ready()
    pid = m.livekit()
    for p in (pid, m.process.pid):
        for what in ("cmdline", "environ"):
            data = pathlib.Path(f"/proc/{p}/{what}").read_bytes()
            assert KEY.encode() not in data and SECRET.encode() not in data, (p, what)
    os.kill(pid, signal.SIGKILL)
    m.ready(2)
    m.stop()
    for form in (KEY, SECRET, json.dumps(SECRET)[1:-1], SECRET[-32:]):
        assert form not in m.log()


def test_the_environment_is_kept_away(make):
    """Settings that LiveKit would take from its environment never reach it, and nor do secrets of ours."""
    m = make()
    m.start({"LIVEKIT_CONFIG": "port: 1", "LIVEKIT_KEYS": "a: b", "NODE_IP": "203.0.113.9", "UDP_PORT": "9",
             "LIVEKIT_RTC_TCP_PORT": "9", "REDIS_HOST": "127.0.0.1:1", "JWT_SECRET": "x" * 40, "TZ": "UTC"}).ready()
    names = {e.split("=")[0] for e in pathlib.Path(f"/proc/{m.livekit()}/environ").read_text().split("\0") if e}
    assert names <= {"PATH", "TZ"}, names


def test_killed_livekit_comes_back(make):
    m = make().start().ready()
    first = m.livekit()
    begin = time.monotonic()
    os.kill(first, signal.SIGKILL)
    m.ready(2)
    took = time.monotonic() - begin
    second = m.livekit()
    assert second != first
    assert took < 5, took
    assert "LiveKit was killed by signal 9; starting LiveKit again in 0.25 s" in m.log()
    os.kill(second, signal.SIGKILL)
    m.ready(3)
    assert "in 0.50 s (its end number 2)" in m.log()
    assert m.stop() == 0


def test_stopped_while_it_waits_for_the_next_start(make):
    m = make().start().ready()
    for n in (2, 3, 4):
        os.kill(m.livekit(), signal.SIGKILL)
        m.ready(n)
    path = m.yaml()
    os.kill(m.livekit(), signal.SIGKILL)
    poll("the wait", lambda: "in 2.00 s" in m.log())
    assert m.stop() == 0
    assert not path.exists() and m.log().count("is ready on port") == 4


def test_nothing_outlives_a_killed_launcher(make, tmp_path):
    other = pathlib.Path(f"/tmp/bedrud-livekit-{os.urandom(3).hex()}.yaml")     # somebody else's
    other.write_text("precious")
    try:
        m = make().start().ready()
        livekit, path = m.livekit(), m.yaml()
        m.process.kill()
        m.process.wait()
        poll("LiveKit's death", lambda: parent(livekit) == 0, 5)
        assert path.exists()
        m.start().ready(2)
        assert not path.exists() and m.yaml() != path
        assert f"removed {path}, left behind by a launcher that was killed" in m.log()
        assert m.stop() == 0
        assert other.read_text() == "precious"
    finally:
        other.unlink()


def test_a_link_in_place_of_the_file_is_left_alone(make, tmp_path):
    m = make()
    precious, link = tmp_path / "precious", pathlib.Path(f"/tmp/bedrud-livekit-{os.urandom(3).hex()}.yaml")
    precious.write_text("precious")
    link.symlink_to(precious)
    try:
        (m.dir / "livekit-launcher.file").write_text(f"{link}\n")
        m.start().ready()
        assert m.stop() == 0
        assert link.is_symlink() and precious.read_text() == "precious"
    finally:
        link.unlink()


@pytest.mark.parametrize("offset,kind,key", [(0, socket.SOCK_STREAM, "livekit.port"),
                                             (1, socket.SOCK_STREAM, "livekit.tcpPort"),
                                             (2, socket.SOCK_DGRAM, "livekit.udpPort")])
def test_port_in_use(make, offset, kind, key):
    m = make()
    with socket.socket(socket.AF_INET, kind) as s:
        if kind == socket.SOCK_STREAM:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.bind(("127.0.0.1" if kind == socket.SOCK_DGRAM else "", m.port + offset))
        if kind == socket.SOCK_STREAM:
            s.listen()
        p = m.run()
    assert p.returncode == 75, p.stderr
    last = p.stderr.strip().split("\n")[-1]
    assert f"port {m.port + offset} is in use by process {os.getpid()} (" in last, last
    assert "address already in use" in last and f"change {key} in config.yaml" in last
    assert (m.dir / "livekit-launcher.file").read_text() == ""


def test_a_port_taken_while_it_was_away_is_waited_for(make):
    m = make().start().ready()
    s = socket.socket()
    s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    with s:
        os.kill(m.livekit(), signal.SIGKILL)
        poll("the port", lambda: s.bind(("", m.port)) or True, 5, 0.001)
        s.listen()
        poll("the complaint", lambda: f"TCP port {m.port} is in use" in m.log(), log=m.log)
        assert m.process.poll() is None
    m.ready(2)
    assert m.stop() == 0


@pytest.mark.parametrize("binary,words", [
    ("/nonexistent/livekit-server", "No such file"), ("/tmp", "is not a file"), ("/etc/passwd", "may not be executed"),
    ("livekit-server-that-is-nowhere", "unable to find livekit-server-that-is-nowhere in PATH"),
    ("/bin/true", "is not livekit-server"),
])
def test_no_livekit_server(make, binary, words):
    m = make(binary=binary)
    p = m.run()
    assert p.returncode == 78, p.stderr
    assert words in p.stderr.strip().split("\n")[-1], p.stderr
    assert m.run("--check").returncode == 78


def test_a_livekit_that_refuses_the_configuration(make, tmp_path):
    """A server of another mind, in LiveKit's own words."""
    old = tmp_path / "old-livekit"
    old.write_text("#!/bin/sh\n[ \"$1\" = --version ] && { echo livekit-server version 0.9; exit; }\n"
                   "printf 'could not parse config: yaml: unmarshal errors:\\n'\n"
                   "printf '  line 9: field stun_servers not found in type config.Config\\n'\n")
    old.chmod(0o755)
    m = make(binary=str(old))
    for words in ([], ["--check"]):
        p = m.run(*words)
        assert p.returncode == 78, p.stderr
        assert "field stun_servers not found in type config.Config" in p.stderr.strip().split("\n")[-1]


def test_a_second_launcher_is_refused(make):
    m = make().start().ready()
    path = m.yaml()
    p = m.run()
    assert p.returncode == 75 and "another livekit-launcher is running" in p.stderr, p.stderr
    assert path.exists() and m.livekit()
    assert m.run("--check").returncode == 0         # looking is allowed
    assert m.stop() == 0


@pytest.mark.parametrize("livekit,env", [({"external": True}, {}), ({"embedded": False}, {}),
                                         ({}, {"LIVEKIT_EXTERNAL": "true"}),
                                         ({}, {"LIVEKIT_MANAGED": "true"}),
                                         ({"internalHost": "https://sfu.example.org"}, {})])
def test_somebody_else_runs_livekit(make, livekit, env):
    m = make(host="wss://sfu.example.org", **livekit)
    p = m.run(env=env)
    assert p.returncode == 0, p.stderr
    assert "LiveKit is run by somebody else" in p.stderr
    assert not (m.dir / "livekit-launcher.file").exists()


def test_under_systemd(make, tmp_path):
    """READY=1 comes when LiveKit answers, and the file lies in the runtime directory."""
    run = tmp_path / "run"
    run.mkdir()
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as s:
        s.bind(str(run / "notify"))
        s.settimeout(30)
        m = make().start({"NOTIFY_SOCKET": str(run / "notify"), "RUNTIME_DIRECTORY": str(run)})
        assert s.recv(200).startswith(b"READY=1")
        m.ready()
        assert m.yaml().parent == run
        assert m.stop() == 0
        assert b"STOPPING=1" in s.recv(200)
    assert sorted(p.name for p in run.iterdir()) == ["notify"]


def test_check_and_print(make):
    m = make()
    p = m.run("--check")
    assert p.returncode == 0, p.stderr
    assert "livekit-server version" in p.stdout and "accepts the configuration" in p.stdout
    p = m.run("--print-config")
    assert p.returncode == 0 and SECRET[-32:] not in p.stdout
    for line in (f"port: {m.port}", f"  tcp_port: {m.port + 1}", f"  udp_port: {m.port + 2}", '  node_ip: "127.0.0.1"',
                 f'  - "http://127.0.0.1:{m.port + 3}/api/livekit/webhook"'):
        assert line in p.stdout.split("\n"), p.stdout
    for word in ("bind_addresses", "tls", "redis"):
        assert not re.search(rf"^\s*{word}:", p.stdout, re.M)
    assert list(m.dir.iterdir()) == [m.dir / "config.yaml"]


def test_usage(make):
    m = make()
    assert m.run("--nonsense").returncode == 64
    assert m.run("word").returncode == 64
    p = m.run("--help")
    assert p.returncode == 0 and all(o in p.stdout
                                     for o in ("--config", "--print-config", "--check", "--help", "--version"))
    assert re.search(r"\d+\.\d+\.\d+", m.run("--version").stdout)
    m.conf["apiSecret"] = "short"
    m.write()
    p = m.run()
    assert p.returncode == 78 and "livekit.apiSecret" in p.stderr and "short" not in p.stderr.replace("too short", "")


def test_a_second_signal_while_it_stops(make):
    m = make().start().ready()
    livekit, path = m.livekit(), m.yaml()
    m.process.send_signal(signal.SIGTERM)
    m.process.send_signal(signal.SIGINT)
    assert m.process.wait(5) == 0
    assert not path.exists() and parent(livekit) == 0


def test_many_deaths(make):
    """kill -9 of launcher and LiveKit in turn, and ordinary ends: always back, never anything left behind."""
    m = make()
    files = []
    for n in range(1, 6):
        m.start().ready(n)
        livekit = m.livekit()
        files.append(m.yaml())
        m.stop(signal.SIGKILL if n % 2 else signal.SIGTERM)
        poll("LiveKit's end", lambda: parent(livekit) == 0, 5)
    m.start().ready(6)
    files.append(m.yaml())
    assert m.stop() == 0
    assert len(set(files)) == 6 and not any(f.exists() for f in files)


def test_no_third_party_is_handed_to_clients(make):
    """What LiveKit tells a client that joins: only servers at our own node IP, and no STUN server of Google or
    Twilio."""
    m = make().start().ready()
    token = api.AccessToken(KEY, SECRET).with_identity("ann").with_grants(api.VideoGrants(room_join=True,
                                                                                          room="r")).to_jwt()

    async def join():
        async with aiohttp.ClientSession() as s:
            async with s.ws_connect(f"http://127.0.0.1:{m.port}/rtc?protocol=15&access_token={token}") as ws:
                while True:
                    frame = await asyncio.wait_for(ws.receive(), 10)
                    reply = SignalResponse.FromString(frame.data)
                    if reply.WhichOneof("message") == "join":
                        return [u for server in reply.join.ice_servers for u in server.urls]
    urls = asyncio.run(join())
    assert urls and all("127.0.0.1" in u for u in urls), urls
    assert m.stop() == 0
    assert token not in m.log() and "eyJ" not in m.log()
