# SPDX-License-Identifier: Apache-2.0
"""livekit-launcher with a real livekit-server: comes up, comes back, goes away, leaves nothing, and says why when it
can't."""
import json
import os
import pathlib
import re
import signal
import socket
import stat
import time

import pytest

from lib.launcher import KEY, SECRET, argv, parent
from lib.stack import poll


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


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGQUIT])
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
    assert ("LiveKit was killed by signal 9, by somebody or for want of memory (then dmesg says so); "
            "starting LiveKit again in 0.25 s") in m.log()
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


@pytest.mark.parametrize("line,field", [(1, "port"), (2, "keys"), (9, "stun_servers")])
def test_a_livekit_that_is_too_old(make, tmp_path, line, field):
    """It refuses what Bedrud can't do without (or names a key that isn't there), in LiveKit's own words."""
    old = tmp_path / "old-livekit"
    old.write_text("#!/bin/sh\n[ \"$1\" = --version ] && { echo livekit-server version 0.9; exit; }\n"
                   "printf 'could not parse config: yaml: unmarshal errors:\\n'\n"
                   f"printf '  line {line}: field {field} not found in type config.Config\\n'\n")
    old.chmod(0o755)
    m = make(binary=str(old))
    for words in ([], ["--check"]):
        p = m.run(*words)
        assert p.returncode == 78, p.stderr
        last = p.stderr.strip().split("\n")[-1]
        assert f"field {field} not found in type config.Config" in last and "a key that Bedrud can't do without" in last
        assert p.stderr.count("started ") <= 1


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
    """Only servers at our own node IP, and no STUN server of Google or Twilio."""
    m = make().start().ready()
    urls = [u for urls, _, _ in m.ice_servers() for u in urls]
    assert urls and all("127.0.0.1" in u for u in urls), urls
    assert m.stop() == 0
    assert "eyJ" not in m.log()


def test_a_forged_note_removes_nothing(make):
    """The note in the state directory may name a file of ours only."""
    m = make()
    victim = m.dir / "victim.yaml"
    victim.write_text("precious")
    for n, name in enumerate((victim, f"/tmp/../{victim}", m.dir / "config.yaml"), 1):
        (m.dir / "livekit-launcher.file").write_text(f"{name}\n")
        m.start().ready(n)
        assert m.stop() == 0
        assert victim.read_text() == "precious" and (m.dir / "config.yaml").exists()


def test_a_range_of_ports(make):
    """udpPort 0 means the range of livekit.udpPortStart and End."""
    p = make(udpPort=0, udpPortStart=42000, udpPortEnd=42100).run("--print-config")
    assert p.returncode == 0 and "port_range_start: 42000" in p.stdout and "udp_port" not in p.stdout, p


def test_a_configuration_that_is_wrong(make):
    m = make(port="seven")
    p = m.run()
    assert p.returncode == 78 and "livekit.port" in p.stderr and "config.yaml" in p.stderr, p
