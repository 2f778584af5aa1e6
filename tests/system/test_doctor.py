# SPDX-License-Identifier: Apache-2.0
"""bedrudctl doctor: each of its local checks, provoked for real; level, sentence and fix compared."""
import concurrent.futures
import contextlib
import fcntl
import json
import os
import pathlib
import pwd
import re
import shutil
import socket
import sqlite3
import stat
import struct
import subprocess
import sys
import tempfile
import termios
import time

import pytest

from lib.doctor import Authority, Report, Says
from lib.launcher import SECRET, Launcher, ports
from lib.stack import livekit_binary, poll, program


def ctl(m, *words, env=None, **kw):
    return subprocess.run([program("bedrudctl"), "--config", m.dir / "config.yaml", *words],
                          env={**m.env, **(env or {})}, capture_output=True, text=True, timeout=120, **kw)


def doctor(m, *words, env=None, before=()):
    """Asks it; no secret of the configuration is in the answer."""
    r = Report(m.dir / "config.yaml", {**m.env, **(env or {})}, words=words, before=before)
    for form in (SECRET, json.dumps(SECRET)[1:-1], SECRET[-32:], "j" * 40):
        assert form not in r.text
    return r


@pytest.fixture
def one(make):
    """A state directory with a database, and no LiveKit yet."""
    m = make()
    assert ctl(m, "db", "migrate").returncode == 0
    return m


@pytest.fixture
def by_hand(one):
    """Examines the text as LiveKit's own configuration."""
    def examine(text, **kw):
        path = one.dir / "livekit.yaml"
        path.write_text(text)
        return doctor(one, "--livekit-config", path, **kw)
    return examine


def livekit(text, folder):
    """What the real server says about the text as it starts with it, until it ends."""
    path = folder / "real.yaml"
    path.write_text(text)
    return subprocess.run([livekit_binary(), "--config", path], capture_output=True, text=True, timeout=60,
                          env={"PATH": os.environ["PATH"]})


KEYS = "keys: {APItest1234: 0123456789abcdef0123456789abcdef}\n"


@pytest.fixture(scope="module", autouse=True)
def without_stun(tmp_path_factory):
    """For test_external_address: LiveKit's text, and what it says about it after a quarter of a minute."""
    text = KEYS + f"port: {ports()}\nrtc:\n  use_external_ip: true\n  stun_servers: ['127.0.0.1:1']\n"
    with concurrent.futures.ThreadPoolExecutor() as pool:
        yield text, pool.submit(livekit, text, tmp_path_factory.mktemp("stun"))


def test_a_house_in_order(one):
    one.start().ready()
    r = doctor(one)
    for check in ("config.file", "config.permissions", "config.plan", "database.folder", "database.file",
                  "token.lifetime", "rooms.timeouts", "environment.livekit-config", "livekit.binary",
                  "livekit.accepts", "launcher.state", "port.taken"):
        assert r.levels(check) == {"ok"}, (check, r.checks)
    r.one("launcher.state", "ok", f"is ready (process {one.livekit()},")
    assert sum("held by our LiveKit" in c["seen"] for c in r.checks if c["check"] == "port.taken") == 3, r.checks
    one.stop()
    r = doctor(one)
    r.one("launcher.state", "error", "livekit-launcher isn't running (it was stopped)", "livekit-launcher --config")
    assert all("is free for LiveKit" in c["seen"] for c in r.checks if c["check"] == "port.taken")


def test_for_a_person(one):
    p = ctl(one, "doctor")
    assert p.returncode == 2 and "\033" not in p.stdout
    assert re.search(r"^ok       config\.file: ", p.stdout, re.M)
    assert re.search(r"^error    launcher\.state: .*\n         fix: ", p.stdout, re.M)
    assert re.search(r"^\d+ ok, \d+ warnings, \d+ errors$", p.stdout, re.M)
    # On a terminal: colours, and no line wider than it.
    leader, follower = os.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    with subprocess.Popen([program("bedrudctl"), "--config", one.dir / "config.yaml", "doctor"], stdout=follower,
                          env={**one.env, "TERM": "xterm"}) as child:
        os.close(follower)
        out = b""
        while True:
            try:
                chunk = os.read(leader, 65536)
            except OSError:
                break
            out += chunk
        child.wait()
    os.close(leader)
    assert b"\033[32mok" in out and b"\033[31merror" in out
    lines = re.sub(rb"\033\[\d+m", b"", out).decode().replace("\r", "").split("\n")
    long = [line for line in lines if len(line) > 60 and " " in line[9:].split(": ", 1)[-1].strip()]
    assert not long, long


# LiveKit's own YAML


@pytest.mark.parametrize("host", ["127.0.0.1", "[::1]"])
def test_external_address_that_is_found(by_hand, host):
    """A STUN server that answers, by RFC 8489: binding success with XOR-MAPPED-ADDRESS."""
    server = subprocess.Popen([sys.executable, "-c", STUN_SERVER, host.strip("[]")], stdout=subprocess.PIPE, text=True)
    try:
        port = int(server.stdout.readline())
        r = by_hand(KEYS + f"rtc: {{use_external_ip: true, stun_servers: ['127.0.0.1:1', '{host}:{port}']}}\n")
        r.one("stun.reach", "ok", f"{host}:{port} answers from here: it sees us as {host}:")
        assert "error" not in r.levels("stun.reach")
    finally:
        server.kill()
        server.wait()


STUN_SERVER = """
import socket, struct, sys
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
s = socket.socket(family, socket.SOCK_DGRAM)
s.bind((sys.argv[1], 0))
print(s.getsockname()[1], flush=True)
while True:
    m, (host, port, *_) = s.recvfrom(2048)
    address = bytes(a ^ b for a, b in zip(socket.inet_pton(family, host), m[4:20]))
    attribute = struct.pack("!HHBBH", 0x20, 4 + len(address), 0, 1 if len(address) == 4 else 2, port ^ 0x2112) + address
    s.sendto(struct.pack("!HH", 0x101, len(attribute)) + m[4:20] + attribute, (host, port))
"""


@pytest.mark.parametrize("turn,words,key", [
    ("tls_port: {p}", "TURN domain required", "turn.domain"),
    ("tls_port: {p}, domain: localhost", "TURN domain is not correct", "turn.domain"),
    ("tls_port: {p}, domain: meet.example.org", "TURN tls cert required", "turn.cert_file"),
    ("domain: meet.example.org", "invalid TURN ports", "turn.udp_port"),
])
def test_relay_that_livekit_ends_itself_over(by_hand, tmp_path, turn, words, key):
    p = ports()
    text = (KEYS + f"port: {p}\nrtc: {{tcp_port: {p + 1}, udp_port: {p + 2}, node_ip: 127.0.0.1}}\n"
            f"turn: {{enabled: true, {turn.format(p=p + 3)}}}\n")
    said = livekit(text, tmp_path)
    assert words in said.stdout + said.stderr
    by_hand(text).one("yaml.turn", "error", words, key)


def test_relay_with_another_certificate(by_hand, one):
    authority = Authority(one.dir)
    for name, issued, words in (
            ("other", {"names": "DNS:other.example.org"}, "isn't for meet.example.org"),
            ("old", {"names": "DNS:meet.example.org", "begins": -9, "days": -2}, "has expired"),
            ("soon", {"names": "DNS:meet.example.org", "days": 3}, "expires within a week")):
        cert, key = authority.issue(name, **issued)
        r = by_hand(KEYS + "turn: {enabled: true, tls_port: 5349, domain: meet.example.org, "
                    f"cert_file: {cert}, key_file: {key}}}\n")
        r.one("yaml.turn", "warning" if name == "soon" else "error", words,
              "renew it" if name == "soon" else "turn.cert_file")


UNKNOWN = KEYS + "tls:\n  enabled: true\negress:\n  s3: {}\nrtc:\n  keys: {}\nfrobnicate: 1\n"


@pytest.mark.parametrize("binary", [True, False])
def test_unknown_fields(by_hand, tmp_path, binary):
    """The same findings from LiveKit's own words and, without a binary, from our table."""
    said = livekit(UNKNOWN, tmp_path)
    for field in ("tls", "egress", "keys", "frobnicate"):
        assert f"field {field} not found" in said.stdout + said.stderr
    r = by_hand(UNKNOWN, env=None if binary else {"LIVEKIT_SERVER": "/nonexistent/livekit-server"})
    r.one("yaml.field", "error", ":2: LiveKit doesn't know the field tls (\"field tls not found\")",
          "web server in front")
    r.one("yaml.field", "error", ":4: LiveKit doesn't know the field egress (\"field egress not found\")",
          "egress worker")
    r.one("yaml.field", "error", ":7: LiveKit doesn't know the field keys in rtc", "left margin")
    r.one("yaml.field", "error", ":8: LiveKit doesn't know the field frobnicate", "help-verbose")
    r = by_hand(KEYS + "port: 7880\n", env=None if binary else {"LIVEKIT_SERVER": "/nonexistent/livekit-server"})
    assert r.levels("yaml.field") == {"ok"}


def test_yaml_that_is_none(by_hand, one):
    r = by_hand("port: 7880\nrtc:\n\ttcp_port: 1\n")
    r.one("yaml.syntax", "error", "livekit.yaml:3:1: LiveKit can't read it as YAML: found character",
          "correct line 3")
    by_hand(KEYS + "port: many\n").one("yaml.refused", "error", "livekit.yaml:2: LiveKit refuses the file", "line 2")
    by_hand("port: 7880\n").one("yaml.keys", "error", "one of key-file or keys must be provided", "livekit.apiKey")
    by_hand("keys: {other: x}\n").one("yaml.keys", "error", "no key of the name that livekit.apiKey gives",
                                      "livekit.apiSecret")
    doctor(one, "--livekit-config", one.dir / "none.yaml").one(
        "yaml.file", "error", "none.yaml can't be read: No such file", "--livekit-config")


def test_rooms_that_stay(by_hand, make):
    r = by_hand(KEYS + "room: {empty_timeout: 0, departure_timeout: 86400, auto_create: false}\n")
    r.one("yaml.rooms", "warning", "room.empty_timeout is 0", "room.empty_timeout")
    r.one("yaml.rooms", "warning", "room.departure_timeout is 86400", "room.departure_timeout")
    r.one("yaml.rooms", "warning", "auto_create is off", "auto_create")
    m = make("other", emptyTimeout=86400, departureTimeout=1, tokenTTL=30)
    r = doctor(m)
    r.one("rooms.timeouts", "warning", "stays for 86400 s", "livekit.emptyTimeout")
    r.one("rooms.timeouts", "warning", "ends 1 s after", "livekit.departureTimeout")
    r.one("token.lifetime", "warning", "good for 30 s", "livekit.tokenTTL")


def test_config_path_is_examined(make):
    m = make()
    (m.dir / "lk.yaml").write_text("tls: {}\n")
    m.conf["configPath"] = str(m.dir / "lk.yaml")
    m.write()
    r = doctor(m)
    r.one("yaml.field", "error", "lk.yaml:1: LiveKit doesn't know the field tls", "web server")
    assert r.levels("config.plan") >= {"error"}, r.checks     # the launcher's own complaint about it


# Environment


def test_variable_of_livekit(one, make):
    r = doctor(one, env={"LIVEKIT_CONFIG": "port: 1"})
    r.one("environment.livekit-config", "warning", "livekit-launcher doesn't pass it on", "livekit.configPath")
    m = make("other", external=True, internalHost=f"http://127.0.0.1:{one.port}")
    for value, seen, fix in (("", "is set and empty", "write $$ for a $"), ("${LK}", "the name of a variable", "$$"),
                             ("port 7880", "is not YAML", "entrypoint: [")):
        doctor(m, env={"LIVEKIT_CONFIG": value}).one("environment.livekit-config", "error", seen, fix)
    doctor(m, env={"LIVEKIT_CONFIG": KEYS}).one("environment.livekit-config", "ok", "our environment: LIVEKIT_CONFIG")


def test_binary_of_the_launchers_environment(one):
    """What $LIVEKIT_SERVER was for the launcher (a service's unit, quickstart) isn't set where somebody asks."""
    env = {"LIVEKIT_SERVER": "", "PATH": "/usr/bin:/bin"}
    doctor(one, env=env).one("livekit.binary", "error", "unable to find livekit-server in PATH", "livekit.binary")
    one.start().ready()
    r = doctor(one, env=env)
    r.one("livekit.binary", "ok", f"{livekit_binary()} is livekit-server version")
    r.one("livekit.accepts", "ok", "")


def test_running_server_with_a_body(one, tmp_path):
    """A livekit-server as containers start it: by --config-body, in a shell and without, and by the variable."""
    p = ports()
    body = (f"port: {p}\nbind_addresses: ['127.0.0.1']\nrtc: {{tcp_port: {p + 1}, udp_port: {p + 2}, "
            "node_ip: 127.0.0.1}\n" + KEYS)
    binary = tmp_path / "livekit-server"
    binary.symlink_to(pathlib.Path(livekit_binary()).resolve())
    env = {"PATH": os.environ["PATH"]}
    cases = [
        ([binary, "--config-body", body], env, "ok", "--config-body is a configuration"),
        ([binary], {**env, "LIVEKIT_CONFIG": body}, "ok", "LIVEKIT_CONFIG is a configuration"),
        (["sh", "-c", f"{binary} --config-body \"$BODY\"; exit $?"], {**env, "BODY": body}, "warning",
         "a shell stands around --config-body"),
    ]
    for argv, environment, level, seen in cases:
        child = subprocess.Popen(argv, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                 start_new_session=True)
        try:
            poll("LiveKit", lambda: socket.create_connection(("127.0.0.1", p), 1).close() or True)
            r = doctor(one)
            r.one("environment.livekit-config", level, f"process {child.pid} ({pathlib.Path(argv[0]).name}): {seen}",
                  "" if level == "ok" else "entrypoint")
            # Its port is another's, of the launcher's LiveKit.
        finally:
            os.killpg(child.pid, 9)
            child.wait()
            poll("the end", lambda: not listening(p))


def test_others_with_long_arguments(one):
    """What other processes of this machine say of themselves takes no memory from the run."""
    sizes = [120000] * 80 + [15000] * 12 + [2000] * 20 + [200] * 20
    others = [subprocess.Popen(["cat", "-", "x" * n, "x" * n], stdin=subprocess.PIPE, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL) for n in sizes]
    try:
        r = doctor(one)
        assert "no memory" not in r.text and r.levels("config.plan") == {"ok"}, r
        r.one("database.file", "ok", "has version")
        r.one("firewall.input", "ok", "media over TCP")
    finally:
        for other in others:
            other.stdin.close()
            other.wait()


def listening(port):
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) == 0


# The program


@pytest.mark.parametrize("kind,seen", [
    ("missing", "unable to find LiveKit at"),
    ("not executable", "may not be executed"),
    ("a folder", "is not a file"),
    ("wrong architecture", "a program for arm64 (aarch64), and this machine is x86_64"),
    ("not found page", "no program (no ELF file and no script)"),
    ("archive", "a gzip archive"),
    ("another program", "is not LiveKit's server"),
])
def test_program_that_does_not_run(one, kind, seen):
    path = one.dir / "livekit-server"
    if kind == "not executable":
        shutil.copy(livekit_binary(), path)
        path.chmod(0o644)
    elif kind == "a folder":
        path.mkdir()
    elif kind != "missing":
        data = {"wrong architecture": aarch64(), "not found page": b"<html>404</html>",
                "archive": b"\x1f\x8b\x08" + bytes(30), "another program": b"#!/bin/sh\necho nginx version 1\n"}[kind]
        path.write_bytes(data)
        path.chmod(0o755)
    if os.uname().machine != "x86_64" and kind == "wrong architecture":
        seen = "a program for"
    one.conf["binary"] = str(path)
    one.write()
    r = doctor(one)
    r.one("livekit.binary", "error", seen, "livekit.binary")
    assert "livekit.accepts" not in {c["check"] for c in r.checks}


def aarch64():
    """The real program with another machine in its ELF header."""
    data = bytearray(pathlib.Path(livekit_binary()).read_bytes())
    machine = {"x86_64": 183, "aarch64": 62}[os.uname().machine]
    data[18:20] = machine.to_bytes(2, "little")
    return bytes(data)


def test_launcher_that_gave_up(one):
    with socket.socket() as s:
        s.bind(("", one.port + 1))
        s.listen()
        one.start()
        assert one.process.wait(40) == 75
        r = doctor(one)
        r.one("launcher.state", "error", "livekit-launcher gave up: ", "follow what it says")
        assert f"port {one.port + 1}" in r.one("launcher.state", "error", "gave up")["seen"]
        taken = r.one("port.taken", "error", f"TCP port {one.port + 1}, which LiveKit needs for ICE/TCP",
                      "livekit.tcpPort")
        if os.geteuid() == 0:
            assert f"process {os.getpid()} (" in taken["seen"] + taken["fix"]


@pytest.mark.parametrize("offset,kind,key", [(0, socket.SOCK_STREAM, "livekit.port"),
                                             (2, socket.SOCK_DGRAM, "livekit.udpPort")])
def test_port_that_is_taken(one, offset, kind, key):
    with contextlib.ExitStack() as holder:
        if kind == socket.SOCK_STREAM:
            holder.enter_context(Says(one.port + offset, ""))  # it hangs up, so that nobody waits for its answer
        else:
            holder.enter_context(socket.socket(socket.AF_INET, kind)).bind(("127.0.0.1", one.port + offset))
        doctor(one).one("port.taken", "error", f"port {one.port + offset}, which LiveKit needs",
                        f"{key} in config.yaml")


def test_launcher_that_never_ran(one):
    doctor(one).one("launcher.state", "error", "livekit-launcher has never run with this configuration",
                    "systemctl start livekit-launcher")


# Configuration, database, rights


def test_plan_that_cannot_be(one):
    one.conf.update(udpPort=3478, turn={"domain": "meet.example.org"})
    one.write()
    p = ctl(one, "--json", "doctor")
    assert "livekit.udpPort and livekit.turn.udpPort" not in p.stderr      # a finding, no line of the log
    doctor(one).one("config.plan", "error", "livekit.udpPort and livekit.turn.udpPort both want UDP port 3478",
                    str(one.dir / "config.yaml"))


def test_configuration_that_is_wrong(one):
    path = one.dir / "config.yaml"
    good = path.read_text()
    path.write_text(good + "\tx: 1\n")
    doctor(one).one("config.file", "error", f"config.yaml:{good.count(chr(10)) + 1}: not YAML at column",
                    "correct that line")
    path.write_text(good.replace("database:", "databse:"))
    doctor(one).one("config.file", "error", "databse: unknown key", "man bedrud-config")
    path.unlink()
    doctor(one).one("config.file", "error", "config.yaml: can't be read: No such file", "--config FILE")
    path.write_text(good)
    path.chmod(0o644)
    doctor(one).one("config.permissions", "error", "has mode 0644", "chmod 640")


def test_database(one):
    path = one.dir / "bedrud.db"
    with sqlite3.connect(path) as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    doctor(one).one("database.file", "error", "version 99, made by a newer bedrud", "db migrate")
    for f in one.dir.glob("bedrud.db*"):
        f.unlink()
    doctor(one).one("database.file", "error", f"there is no database {path}", "db migrate")
    path.write_bytes(b"SQLite format 3\0" + b"garbage" * 1000)
    doctor(one).one("database.file", "error", "bedrud.db", "disk isn't full")
    one.dir.chmod(0o777)
    doctor(one).one("database.folder", "error", "may be changed by everybody", f"chmod o-w {one.dir}")
    one.dir.chmod(0o700)
    one.conf["stateDir"] = str(one.dir / "none")
    one.write()
    doctor(one).one("database.folder", "error", "is no folder that we can see", "install -d")


NOBODY = 65534
as_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root becomes another user")


@pytest.fixture
def open_folder():
    """A folder that other users can enter."""
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bedrud-doctor-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def of_nobody(open_folder):
    """An installation that belongs to another user than root."""
    m = Launcher(open_folder)
    assert ctl(m, "db", "migrate").returncode == 0
    for f in (open_folder, *open_folder.glob("bedrud.db*")):
        os.chown(f, NOBODY, NOBODY)
    return m


@as_root
def test_root_leaves_nothing_of_its_own(of_nobody):
    """The database is opened as its owner: SQLite's files beside it are the owner's."""
    doctor(of_nobody, "--store")
    folder = of_nobody.dir
    reader = sqlite3.connect(f"file:{folder}/bedrud.db?mode=ro", uri=True)      # keeps what is there there
    assert reader.execute("SELECT count(*) FROM doctor_reports").fetchone() == (1,)
    assert all(f.stat().st_uid == NOBODY for f in folder.glob("bedrud.db*")), list(folder.glob("bedrud.db*"))
    reader.close()


@as_root
@pytest.mark.parametrize("words", [[], ["--livekit-config", "/dev/null"]])
def test_root_runs_nothing_of_others(of_nobody, words):
    """Whoever may name or replace the program gets no right by it that he hasn't got."""
    said, binary = of_nobody.dir / "said", of_nobody.dir / "livekit-server"
    binary.write_text(f"#!/bin/sh\ncat /proc/self/status >>{said}\necho livekit-server version 1.13.5\n")
    binary.chmod(0o755)
    of_nobody.conf["binary"] = str(binary)
    of_nobody.write()
    doctor(of_nobody, *words).one("livekit.binary", "ok", "livekit-server version 1.13.5")
    status = said.read_text()
    assert status.count("Uid:") > 1
    assert set(re.findall(r"^[UG]id:\s(.*)", status, re.M)) == {"\t".join([str(NOBODY)] * 4)}, status
    assert {int(c, 16) for c in re.findall(r"^Cap(?:Prm|Eff|Inh|Amb):\s(.*)", status, re.M)} == {0}, status
    assert set(re.findall(r"^Groups:\s*(.*?)\s*$", status, re.M)) <= {"", str(NOBODY)}, status


@as_root
def test_groups_of_the_owner_count(of_nobody, tmp_path):
    """A folder for recordings that the owner may write by a further group of his."""
    folder, groups = of_nobody.dir / "recordings", tmp_path / "group"
    folder.mkdir()
    os.chown(folder, 0, 4242)
    folder.chmod(0o2770)
    with sqlite3.connect(of_nobody.dir / "bedrud.db") as db:
        db.execute("INSERT OR IGNORE INTO system_settings (id) VALUES (1)")
        db.execute("UPDATE system_settings SET recordings_enabled=1")
    db.close()
    with open(of_nobody.dir / "config.yaml", "a") as f:
        f.write(f"recording:\n  storageDir: {folder}\n")
    name = pwd.getpwuid(NOBODY).pw_name
    for member, level in (("", "error"), (name, "ok")):
        groups.write_text(pathlib.Path("/etc/group").read_text() + f"bedrudtest:x:4242:{member}\n")
        doctor(of_nobody, before=["unshare", "-m", "sh", "-c", f'mount --bind {groups} /etc/group && exec "$@"', "sh"]
               ).one("recording.folder", level, f"the folder for recordings, {folder},")


@as_root
def test_who_may_not_look(open_folder):
    """For a user to whom state and database aren't open nothing is wrong that isn't."""
    state, others = open_folder / "state", ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
    state.mkdir(mode=0o700)
    m = Launcher(state)
    (state / "config.yaml").rename(open_folder / "config.yaml")
    path = open_folder / "config.yaml"
    path.write_text(path.read_text().replace("path: bedrud.db", f"path: {state}/bedrud.db"))
    path.chmod(0o640)
    os.chown(path, 0, NOBODY)
    (state / "config.yaml").symlink_to(path)
    assert ctl(m, "db", "migrate").returncode == 0
    m.start().ready()
    try:
        r = Report(path, m.env, before=others)
        r.one("launcher.state", "warning", f"we may not read {state}/livekit-launcher.status", "as root")
        r.one("database.file", "warning", f"{state}/bedrud.db may not be read and written by us", "as root")
        r.one("database.folder", "warning", "may not be written by us", "as root")
        assert r.levels("port.taken") == {"ok"}, r
        path.chmod(0o600)
        Report(path, m.env, before=others).one("config.file", "error", "Permission denied", f"the group of {path}")
    finally:
        m.stop()
    (state / "livekit-launcher.status").write_text("{")
    doctor(m).one("launcher.state", "error", "livekit-launcher.status, can't be read: it is none",
                  f"remove {state}/livekit-launcher.status")


@pytest.mark.parametrize("words,code", [(["--store"], 75), ([], 2)])
def test_one_run_at_a_time(one, words, code):
    """Two that keep their result would stand in each other's way; looking is free."""
    with open(one.dir / "config.yaml", encoding="utf-8") as f:
        fcntl.flock(f, fcntl.LOCK_EX)
        p = ctl(one, "doctor", *words)
    assert p.returncode == code and ("another" in p.stderr and "--store" in p.stderr) == (code == 75), p
    assert ctl(one, "doctor", *words).returncode == 2


def test_clock_that_went_back(one):
    later = time.time() + 3600
    os.utime(one.dir / "config.yaml", (later, later))
    doctor(one).one("clock.time", "error", "behind the time of", "timedatectl")


def test_result_is_kept(one):
    p = ctl(one, "doctor", "--last")
    assert p.returncode == 75 and "no result is kept yet" in p.stderr
    r = doctor(one, "--store")
    p = ctl(one, "--json", "doctor", "--last")
    last = json.loads(p.stdout)
    assert p.returncode == r.code and last["report"]["checks"] == r.checks and 0 <= last["age"] < 60
    one.conf["tokenTTL"] = 30
    one.write()
    doctor(one, "--store").one("token.lifetime", "warning", "30 s")
    p = ctl(one, "doctor", "--last")
    assert "token.lifetime: a join token is good for 30 s" in p.stdout
    assert re.search(r"examined 2\S+Z, \d+ s ago$", p.stdout)
    with sqlite3.connect(one.dir / "bedrud.db") as db:
        assert db.execute("SELECT count(*) FROM doctor_reports").fetchone() == (1,)
        db.execute("UPDATE doctor_reports SET at = at - 3600000000000")
    db.close()
    assert "nothing seems to run `bedrudctl doctor --store`" in ctl(one, "doctor", "--last").stdout


# The packet filter, in a network namespace of its own


@pytest.mark.skipif(os.geteuid() != 0, reason="only root makes network namespaces and reads packet filters")
def test_packet_filter(one):
    udp, path = one.port + 2, one.dir / "rules.nft"

    def run(more):
        path.write_text("table inet filter {\nchain input {\ntype filter hook input priority 0; policy drop;\n"
                        f"iifname lo accept\nct state established accept\ntcp dport {one.port + 1} accept\n{more}\n"
                        "}\n}\n")
        return doctor(one, env={"PATH": one.env["PATH"] + ":/usr/sbin:/sbin"},
                      before=["unshare", "-n", "sh", "-c", f'nft -f {path} && exec "$@"', "sh"])

    r = run("")
    r.one("firewall.input", "ok", f"lets in TCP port {one.port + 1} (media over TCP)")
    r.one("firewall.input", "error", f"drops what comes to UDP port {udp} (media over UDP)",
          f"nft insert rule inet filter input udp dport {udp} accept")
    run(f"ip saddr 192.0.2.0/24 udp dport {udp} accept").one("firewall.input", "warning", "under some condition",
                                                             f"UDP port {udp}")
    run(f"udp dport {udp} accept").one("firewall.input", "ok", f"UDP port {udp}")


@pytest.mark.skipif(os.geteuid() != 0 or not os.path.exists("/usr/sbin/iptables-legacy-save"),
                    reason="only root has packet filters; needs iptables")
def test_old_filter_is_asked_only_where_it_has_rules(one, tmp_path):
    """Asking for them loads its module: a script that stands in its place sees whether it was asked."""
    asked, spy = tmp_path / "asked", tmp_path / "spy"
    spy.write_text(f"#!/bin/sh\necho $0 >>{asked}\nexec {tmp_path}/real \"$@\"\n")
    shutil.copy(os.path.realpath("/usr/sbin/iptables-legacy-save"), tmp_path / "real")
    spy.chmod(0o755)
    mount = f'mount --bind {spy} "$(readlink -f /usr/sbin/iptables-legacy-save)" && exec "$@"'
    doctor(one, before=["unshare", "-n", "-m", "sh", "-c", mount, "sh"])
    assert not asked.exists()
    rule = "iptables-legacy -A INPUT -p tcp --dport 9 -j DROP && "
    doctor(one, before=["unshare", "-n", "-m", "sh", "-c", rule + mount, "sh"])
    assert asked.exists()


def test_nothing_is_changed(one):
    """The doctor looks: beside SQLite's own files nothing in the folder is another."""
    def state():
        return {f.name: (stat.S_IMODE(f.stat().st_mode), f.stat().st_mtime_ns, f.read_bytes())
                for f in one.dir.iterdir() if not f.name.endswith(("-wal", "-shm"))}
    before = state()
    doctor(one)
    assert state() == before


def test_external_address(by_hand, without_stun):
    text, said = without_stun
    r = by_hand(text)
    assert "could not resolve external IP" in said.result().stdout + said.result().stderr
    r.one("yaml.external-ip", "warning", "could not resolve external IP", "set rtc.node_ip")
    r.one("stun.reach", "error", "127.0.0.1:1 (Connection refused)", "rtc.node_ip")
