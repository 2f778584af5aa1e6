# SPDX-License-Identifier: Apache-2.0
"""./quickstart as people meet it: what it makes, what it says, and that nothing of it stays."""
import asyncio
import contextlib
import itertools
import json
import os
import pathlib
import pwd
import re
import shutil
import signal
import socket
import sqlite3
import ssl
import stat
import subprocess
import tempfile
import time
import urllib.request

import pytest

from lib import leaks, upstream
from lib.call import Person
from lib.http import Client
from lib.stack import ROOT, poll

QUICKSTART = ROOT / "quickstart"
_numbers = itertools.count(int(os.environ.get("BEDRUD_TEST_PORT", "18700")) + 60)
ROOTLY = os.getuid() == 0
V6 = pathlib.Path("/proc/net/if_inet6")
HAS_V6 = V6.exists() and "0" * 31 + "1 " in V6.read_text()      # the loopback's address


def taken(port):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        with socket.socket(socket.AF_INET, kind) as s:
            if kind == socket.SOCK_STREAM:
                s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                s.bind(("", port))
            except OSError:
                return True
    return False


def ports(n=5):
    """The first of n free ports in a row."""
    while True:
        first = next(_numbers)
        if not any(taken(first + i) for i in range(n)):
            for _ in range(n - 1):
                next(_numbers)
            return first


def ours(config):
    """Processes that work with this configuration."""
    found = {}
    for proc in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if f"BEDRUD_CONFIG={config}".encode() in (proc / "environ").read_bytes().split(b"\0"):
                found[int(proc.name)] = (proc / "cmdline").read_bytes().split(b"\0")[0].decode()
        except OSError:
            continue
    return found


def temporary(house):
    """What its programs keep in /tmp: files that carry its LiveKit port, folders for its sockets."""
    found = set()
    for path in pathlib.Path("/tmp").glob("bedrud-*"):
        try:
            if path.stat().st_mtime < house.began:
                continue    # what others left
            text = (path if path.is_file() else path / "bedrud.conf").read_text(errors="replace")
        except OSError:
            continue    # another's, or gone
        if re.search(rf"\b{house.livekit}\b", text):
            found.add(path)
    return found


def call(*words, env=None, timeout=100, before=()):
    """One quickstart that is expected to stop by itself: (exit status, what it said)."""
    p = subprocess.run([*before, QUICKSTART, *map(str, words)], stdin=subprocess.DEVNULL, capture_output=True,
                       text=True,
                       timeout=timeout, env={**os.environ, **(env or {})})
    return p.returncode, p.stdout + p.stderr


class House:
    """A running quickstart."""

    def __init__(self, state, *words, first=True):
        self.state = pathlib.Path(state)
        if first:
            self.port, self.livekit = ports(2), ports(3)
            words = ("--port", self.port, "--livekit-port", self.livekit, *words)
        self.out = tempfile.TemporaryFile("w+")
        self.began, began = time.time(), time.monotonic()
        # As from a terminal: Ctrl-C is not ignored, whatever started the tests.
        self.process = subprocess.Popen(["env", "--default-signal=INT", QUICKSTART, "--state", state,
                                         *map(str, words)], stdin=subprocess.DEVNULL, stdout=self.out,
                                        stderr=subprocess.STDOUT, text=True, start_new_session=True)
        poll("ready", lambda: self.process.poll() is not None or "ready: " in self.said(), 100, log=self.said)
        self.took = time.monotonic() - began
        assert self.process.poll() is None, self.said()
        self.url = re.search(r"^ready: (\S+)$", self.said(), re.M).group(1)

    def said(self):
        self.out.seek(0)
        return self.out.read()

    @property
    def config(self):
        return self.state.resolve() / "config.yaml"

    def end(self, sig=signal.SIGTERM, timeout=30):
        if self.process.poll() is None:
            self.process.send_signal(sig)
        return self.process.wait(timeout)


@pytest.fixture
def place():
    """A folder that everybody may enter, as a checkout has."""
    path = pathlib.Path(tempfile.mkdtemp(prefix="bqs", dir="/tmp"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


@pytest.fixture
def houses():
    """Starts quickstarts; none survives the test."""
    made = []

    def start(*words, **kw):
        made.append(House(*words, **kw))
        return made[-1]
    yield start
    for h in made:
        h.end()


def login(house, email, password):
    return Client(house.port).post("/api/auth/login", {"email": email, "password": password})


def test_first_start_second_start_and_the_end(place, houses):
    """What the first start makes, that the second needs seconds and changes nothing, and that Ctrl-C leaves nothing."""
    house = houses(place / "var")
    state = place / "var"
    made = temporary(house)
    assert made, "LiveKit's configuration is in /tmp while it runs"
    assert house.url == f"http://localhost:{house.port}/"
    admin = json.loads((state / "admin.json").read_text())
    assert len(admin["password"]) >= 16 and house.said().count(admin["password"]) == 1
    for name in ("admin.json", "config.yaml", "bedrud.db"):
        assert stat.S_IMODE((state / name).stat().st_mode) & 0o077 == 0, name
    config = (state / "config.yaml").read_text()
    assert re.findall(r"^( *)\S", re.sub(r"^ *#.*$", "", config, flags=re.M), flags=re.M)
    assert "{" not in re.sub("#.*", "", config)
    secrets = re.findall(r'[sS]ecret: "([0-9a-f]{64})"', config)
    assert len(set(secrets)) == 3
    user = login(house, admin["email"], admin["password"]).must(200)["user"]
    assert "superadmin" in user["accesses"]
    status, said = call("--state", state, "doctor")
    # All is well, but for a container that can't see whether anything keeps its machine's clock.
    found = set(re.findall(r"^(?:warning|error) +([a-z.-]+):", said, re.M))
    assert status == (1 if found else 0) and found <= {"clock.time"}, said
    # A browser may take localhost for either.
    for url in (house.url, *([house.url.replace("localhost", "[::1]")] if HAS_V6 else [])):
        with urllib.request.urlopen(url) as page:
            assert page.status == 200 and b"<html" in page.read()

    running = ours(house.config)
    names = {pathlib.Path(n).name for n in running.values()}
    assert {"lighttpd", "livekit-launcher", "auth.fcgi", "join.fcgi", "room.fcgi", "webhook.fcgi",
            "health.fcgi"} <= names
    if ROOTLY:
        wanted = pwd.getpwnam("bedrud").pw_uid
        for pid in running:
            assert os.stat(f"/proc/{pid}").st_uid == wanted, running[pid]
    for port in (house.port, house.livekit):
        assert taken(port)

    assert house.end(signal.SIGINT) == 0, house.said()
    assert not ours(house.config)
    assert os.listdir(state / "run") == ["lock"]
    assert not any(path.exists() for path in made)
    assert not any(taken(p) for p in (house.port, house.livekit))

    again = houses(state, first=False)
    again.port = house.port
    assert again.url == house.url and again.took < 30
    assert admin["password"] not in again.said()
    assert (state / "config.yaml").read_text() == config
    login(again, admin["email"], admin["password"]).must(200)


def test_secrets_stay_where_they_belong(place, houses):
    """From the first command to the end: in files of the user's own, and the first password once on the terminal."""
    began = time.time()
    with leaks.Watch(os.getpid()) as watch:
        house = houses(place / "var")
        admin = json.loads((house.state / "admin.json").read_text())
        login(house, admin["email"], "wrong-" + admin["password"]).error(401)
        login(house, admin["email"], admin["password"]).must(200)
    secrets = leaks.Secrets()
    secrets.add("admin password", admin["password"])
    for value in re.findall(r'[sS]ecret: "([0-9a-f]{64})"', house.config.read_text()):
        secrets.add("a secret of config.yaml", value)
    with contextlib.closing(sqlite3.connect(house.state / "bedrud.db")) as db:
        secrets.add("password hash", db.execute("SELECT password FROM users").fetchone()[0])
    for what, data in watch.seen:
        assert not secrets.found(data), (what, data.split(b"\0")[0], secrets.found(data))
    found = leaks.holders(secrets, [house.state])
    found += leaks.holders(secrets, ["/tmp", "/var/tmp", "/dev/shm", os.environ["BEDRUD_CACHE"]], began)
    assert not [(f, what) for f, what, others in found if others or f.suffix == ".log"], found
    assert {"config.yaml", "admin.json"} <= {f.name for f, _, _ in found}


def test_a_step_has_a_line_with_its_seconds(place, houses):
    lines = houses(place / "var").said().splitlines()
    assert sum(bool(re.match(r"\[ *\d+ s\] \S", line)) for line in lines) > 8, lines
    assert lines[-1].startswith("ready: ")


def test_options_change_their_keys_and_nothing_else(place, houses):
    house = houses(place / "var")
    house.end()
    config = place / "var/config.yaml"
    before = config.read_text().replace("level: info", "level: debug   # mine")
    config.write_text(before)
    port = ports(2)
    again = houses(place / "var", "--port", port, first=False)
    assert again.url == f"http://localhost:{port}/"
    assert config.read_text() == before.replace(str(house.port), str(port))


def test_killed_outright_nothing_goes_on(place, houses):
    house = houses(place / "var")
    assert len(ours(house.config)) > 10
    house.end(signal.SIGKILL)
    poll("all gone", lambda: not ours(house.config), 20)
    houses(place / "var", first=False)


def test_ctrl_c_during_a_meeting(place, houses):
    """LiveKit would wait for its participants without limit."""
    house = houses(place / "var")
    admin = json.loads((place / "var/admin.json").read_text())
    http = Client(house.port)
    token = login(house, admin["email"], admin["password"]).must(200)["tokens"]["accessToken"]
    room = http.post("/api/room/create", {"isPublic": True}, token=token).must(200)
    ticket = http.post("/api/room/guest-join", {"roomName": room["name"], "guestName": "Gast"}).must(200)

    async def meet():
        async with Person(ticket):
            house.process.send_signal(signal.SIGINT)
            return await asyncio.to_thread(house.process.wait, 40)
    assert asyncio.run(meet()) == 0, house.said()
    assert not ours(house.config)


def test_stopped_while_it_builds(place):
    """The compiler goes, too."""
    first = ports()
    out = tempfile.TemporaryFile("w+")
    p = subprocess.Popen([QUICKSTART, "--state", place / "var", "--port", str(first), "--livekit-port", str(first + 2)],
                         stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                         env={**os.environ, "BEDRUD_CACHE": str(place / "cache")})

    def builders():
        found = []
        for proc in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if str(place / "cache" / "build-") in os.readlink(proc / "cwd"):
                    found.append(int(proc.name))
            except OSError:
                continue
        return found
    poll("a build", lambda: builders() or p.poll() is not None, 60)
    assert p.poll() is None
    p.send_signal(signal.SIGTERM)
    assert p.wait(20) == 143
    poll("no build", lambda: not builders(), 5)


@pytest.mark.parametrize("who,sentence", [("lighttpd", "the web server has ended"),
                                          ("livekit-launcher", "launcher has ended")])
def test_a_program_that_dies_ends_all_with_a_sentence(place, houses, who, sentence):
    house = houses(place / "var")
    victim = next(pid for pid, name in ours(house.config).items() if pathlib.Path(name).name == who)
    made = temporary(house)
    assert made
    os.kill(victim, signal.SIGKILL)
    assert house.process.wait(30) == 70
    assert sentence in house.said()
    poll("all gone", lambda: not ours(house.config), 10)
    assert not any(path.exists() for path in made)


def test_one_state_one_quickstart(place, houses):
    house = houses(place / "var")
    status, said = call("--state", place / "var")
    assert status == 75 and "another quickstart is running" in said
    Client(house.port).get("/api/health").must(200)


@pytest.mark.parametrize("host,kind,offset,what", [
    ("127.0.0.1", socket.SOCK_STREAM, 0, "--port"), ("127.0.0.1", socket.SOCK_STREAM, 2, "--livekit-port"),
    ("127.0.0.1", socket.SOCK_STREAM, 3, "--livekit-port"), ("127.0.0.1", socket.SOCK_DGRAM, 4, "--livekit-port"),
    *([("::1", socket.SOCK_STREAM, 0, "--port"), ("::1", socket.SOCK_DGRAM, 4, "--livekit-port")] if HAS_V6 else [])])
def test_a_port_in_use_is_named(place, host, kind, offset, what):
    first = ports()
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, kind) as s:
        if kind == socket.SOCK_STREAM:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)    # a connection's last minute isn't in our way
        s.bind((host, first + offset))
        if kind == socket.SOCK_STREAM:
            s.listen()
        began = time.monotonic()
        status, said = call("--state", place / "var", "--port", first, "--livekit-port", first + 2)
    assert status == 75 and f"port {first + offset}/" in said and "in use by" in said and what in said
    assert f"process {os.getpid()})" in said
    assert time.monotonic() - began < 5, "before anything slow"
    assert not (place / "var/bedrud.db").exists()


def test_with_livekit_elsewhere(place, houses):
    """livekit.external: no LiveKit of ours runs; the tokens open the other one, whose rooms we end."""
    other = houses(place / "other")
    text = other.config.read_text()
    for old, new in (("external: false", "external: true"), ('  host: ""', f"  host: ws://127.0.0.1:{other.livekit}")):
        assert text.count(old) == 1
        text = text.replace(old, new)
    (place / "var").mkdir()
    (place / "var/config.yaml").write_text(text)
    port = ports(2)
    house = houses(place / "var", "--port", port, first=False)
    house.port = port
    assert "livekit-launcher" not in {pathlib.Path(n).name for n in ours(house.config).values()}
    admin = json.loads((place / "var/admin.json").read_text())
    token = login(house, admin["email"], admin["password"]).must(200)["tokens"]["accessToken"]
    http = Client(house.port)
    room = http.post("/api/room/create", {"name": "elsewhere"}, token=token).must(200)
    joined = http.post("/api/room/join", {"roomName": room["name"]}, token=token).must(200)
    assert joined["livekitHost"] == f"ws://127.0.0.1:{other.livekit}"
    reply = Client(other.livekit).get(f"/rtc/validate?access_token={joined['token']}")
    assert reply.status == 200 and reply.text == "success", reply
    http.request("DELETE", f"/api/room/{room['id']}", token=token).must(202)
    assert "nobody can meet" not in house.said()
    assert house.end() == 0 and other.end() == 0
    again = houses(place / "var", first=False)      # it comes up, and says what is wrong
    assert re.search(r"nobody can meet until.*\n +livekit\.tcp: connection refused by 127.0.0.1:"
                     rf"{other.livekit}.*\n +fix: start LiveKit on that machine", again.said()), again.said()


@pytest.mark.parametrize("words", [["--nope"], ["nope"], ["--port"], ["--port", "0"], ["--port", "99999"],
                                   ["--port", "x"], ["--host", "a b"],
                                   ["--livekit-port", "65534"], ["unit"], ["--long"], ["--state", ""]])
def test_wrong_options(words):
    status, said = call(*words)
    assert status == 64 and said.count("\n") == 1 and said.startswith("quickstart: "), said


def test_doctor_of_nothing(place):
    for words in (("--state", place / "var", "doctor"), ("--json", "doctor", "--state", place / "var")):
        assert call(*words) == (
            78, f"quickstart: there is nothing to examine yet: run ./quickstart first with --state {place}/var\n")


def test_ports_of_two():
    for port in (7880, 7881, 7882):
        status, said = call("--port", port, "--livekit-port", 7880)
        assert status == 64 and "--port must be none of LiveKit's" in said


def test_help():
    status, said = call("--help")
    assert status == 0
    for word in ("--port", "--livekit-port", "--host", "--state", "test", "8090", "7880", "admin.json"):
        assert word in said
    stages = re.search(r"^ALL_STAGES=\((.*)\)$", (ROOT / "scripts/quickstart/test.sh").read_text(), re.M)[1].split()
    named = re.search(r"Stages: (.*?);", said, re.S)[1]
    assert [re.sub(r" .*", "", s) for s in re.split(r",\s+", named)] == stages


def test_host_serves_https_with_a_certificate_of_its_own(place, houses):
    house = houses(place / "var", "--host", "meet.example.test")
    assert house.url == f"https://meet.example.test:{house.port}/"
    trust = ssl.create_default_context(cafile=place / "var/cert.pem")
    for address in ("127.0.0.1", *(["::1"] if HAS_V6 else [])):
        with socket.create_connection((address, house.port)) as raw, \
                trust.wrap_socket(raw, server_hostname="meet.example.test") as s:
            s.sendall(b"GET /api/health HTTP/1.0\r\nHost: meet.example.test\r\n\r\n")
            assert b"healthy" in b"".join(iter(lambda s=s: s.recv(4096), b""))
    Client(house.port + 1).get("/api/health").must(200)     # LiveKit's way to us
    other = next((a for a in subprocess.run(["hostname", "-I"], capture_output=True, text=True).stdout.split()
                  if "." in a), None)
    if other:
        socket.create_connection((other, house.port), 5).close()
        with pytest.raises(OSError):
            socket.create_connection((other, house.port + 1), 5)
    assert stat.S_IMODE((place / "var/key.pem").stat().st_mode) == 0o600
    house.end()
    certificate = (place / "var/cert.pem").read_text()
    again = houses(place / "var", first=False)
    assert again.url == house.url and (place / "var/cert.pem").read_text() == certificate
    again.end()
    assert houses(place / "var", "--host", "localhost", first=False).url == f"http://localhost:{house.port}/"


def test_host_with_an_address(place, houses):
    """Then LiveKit's media goes there, too, and a name or localhost later takes that back."""
    house = houses(place / "var", "--host", "127.0.0.1")
    assert house.url == f"https://127.0.0.1:{house.port}/"
    trust = ssl.create_default_context(cafile=place / "var/cert.pem")
    with urllib.request.urlopen(house.url + "api/health", context=trust) as reply:
        assert reply.status == 200
    assert "\n  host: 127.0.0.1\n" in (place / "var/config.yaml").read_text()
    house.end()
    houses(place / "var", "--host", "localhost", first=False)
    assert '\n  host: ""\n' in (place / "var/config.yaml").read_text()


def test_without_host_nobody_else_gets_in(place, houses):
    house = houses(place / "var")
    for address in subprocess.run(["hostname", "-I"], capture_output=True, text=True).stdout.split():
        with pytest.raises(OSError):
            socket.create_connection((address, house.port), 5)


def test_a_wrong_configuration_is_named(place):
    first = ports()
    words = ("--state", place / "var", "--port", first, "--livekit-port", first + 2)
    (place / "var").mkdir()
    (place / "var/config.yaml").write_text("server:\n  prot: 1\nauth:\n  jwtSecret: hunter2\n")
    status, said = call(*words)
    assert status == 78, said
    assert "config.yaml:2: server.prot" in said and "auth.jwtSecret" in said and "hunter2" not in said


def test_an_older_database_is_migrated(place, houses):
    (place / "var").mkdir()
    upstream.make(place / "var/bedrud.db")
    house = houses(place / "var")
    admin = json.loads((place / "var/admin.json").read_text())
    login(house, admin["email"], admin["password"]).must(200)
    login(house, upstream.email(0), "vector-password-0028").must(200)


@pytest.mark.parametrize("link", ["config.yaml.new", "log/web.log", "run/lock", "run/lighttpd.conf.new"])
def test_root_follows_no_link_of_the_user(place, houses, link):
    """The state directory is the user's: whoever has got hold of that user must not make root write elsewhere."""
    house = houses(place / "var")
    house.end()
    victim = place / "victim"
    victim.write_text("precious")
    victim.chmod(0o600)
    (place / "var" / link).unlink(missing_ok=True)
    (place / "var" / link).symlink_to(victim)
    port = ports(2)
    p = subprocess.Popen([QUICKSTART, "--state", place / "var", "--port", str(port)], stdin=subprocess.DEVNULL,
                         stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    end = time.monotonic() + 60
    while p.poll() is None and not taken(port) and time.monotonic() < end:
        time.sleep(0.05)
    p.terminate()
    p.wait(30)
    assert victim.read_text() == "precious" or not ROOTLY   # without root, both are the same person's
    assert victim.stat().st_uid == os.getuid()


def test_a_deep_state_directory(place, houses):
    """A socket's path ends at 107 bytes."""
    house = houses(place / ("d" * 60) / ("e" * 60) / "var")
    made = temporary(house)
    assert {path.name[:11] for path in made} == {"bedrud-run-", "bedrud-live"}
    house.end()
    assert not any(path.exists() for path in made)


def test_a_state_directory_that_the_user_can_not_reach(place, houses):
    """Started as root: it lies elsewhere, and a link leads there. Else the user is the one who started it, and it's an
    ordinary folder."""
    closed = place / "closed"
    closed.mkdir(mode=0o700)
    house = houses(closed / "var")
    kept = (closed / "var").resolve()
    try:
        assert (closed / "var").is_symlink() == ROOTLY and str(kept).startswith("/var/lib/bedrud-quickstart/") == ROOTLY
        assert json.loads((closed / "var/admin.json").read_text())["email"]
        house.end()
        houses(closed / "var", first=False).end()
        assert (closed / "var").resolve() == kept
    finally:
        house.end()
        shutil.rmtree(kept)


# --- what goes wrong before anything runs: one sentence each --------------------------------------------------------

def stand_in(place, name, text):
    """A program that comes before the system's in PATH."""
    path = place / "bin" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("#!/bin/sh\n" + text + "\n")
    path.chmod(0o755)
    return f"{path.parent}:/usr/sbin:/usr/bin:/sbin:/bin"


def one_sentence(said, *words):
    wrong = [line for line in said.splitlines() if line.startswith("quickstart: ")]
    assert len(wrong) == 1, said
    for word in words:
        assert word in said, said


def test_missing_packages_without_root(place):
    """It prints the one command to run. (dpkg says that there is no compiler.)"""
    path = stand_in(place, "dpkg-query", "/usr/bin/dpkg-query \"$@\" | sed 's/installed=gcc /absent=gcc /'")
    stand_in(place, "sudo", "exit 1")
    before = ()
    if ROOTLY:
        nobody = pwd.getpwnam("nobody")
        before = ("setpriv", "--reuid", str(nobody.pw_uid), "--regid", str(nobody.pw_gid), "--clear-groups")
        os.chown(place, nobody.pw_uid, nobody.pw_gid)
    first = ports()
    status, said = call("--state", place / "var", "--port", first, "--livekit-port", first + 2, before=before,
                        env={"PATH": path, "BEDRUD_CACHE": str(place / "cache"), "HOME": str(place)})
    assert status == 78, said
    one_sentence(said, "sudo apt-get install --no-install-recommends gcc\n")


def test_a_download_that_fails(place):
    path = stand_in(place, "nothing", "exit 1")
    first = ports()
    status, said = call("--state", place / "var", "--port", first, "--livekit-port", first + 2,
                        env={"PATH": path, "BEDRUD_CACHE": str(place / "cache"), "LIVEKIT_SERVER": "",
                             "PIP_NO_INDEX": "1",
                             "PIP_FIND_LINKS": "", "GOPROXY": "off", "GOFLAGS": "", "GOMODCACHE": str(place / "mod")})
    assert status == 75, said
    one_sentence(said, "failed", "Details: ")
    assert not ours(place / "var/config.yaml")


def test_a_livekit_server_that_is_none(place):
    first = ports()
    status, said = call("--state", place / "var", "--port", first, "--livekit-port", first + 2,
                        env={"LIVEKIT_SERVER": str(place / "nothing")})
    assert status == 78, said
    one_sentence(said, "LIVEKIT_SERVER", "nothing")


def test_a_full_disk(place):
    first = ports()
    path = stand_in(place, "df", "echo 'Filesystem 1024-blocks Used Available Capacity Mounted'\n"
                    "echo 'x 100000 90000 10000 90% /'")
    status, said = call("--state", place / "var", "--port", first, "--livekit-port", first + 2,
                        env={"PATH": path + ":" + os.environ["PATH"]})
    assert status == 75, said
    one_sentence(said, "the disk is full", "MB are free")
