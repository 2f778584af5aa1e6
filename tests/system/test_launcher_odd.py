# SPDX-License-Identifier: Apache-2.0
"""livekit-launcher with an odd parent, an odd livekit-server, an odd moment: signals that its parent ignores, a script
that starts LiveKit, file capabilities, SIGHUP too early and too late."""
import asyncio
import json
import os
import pathlib
import shutil
import signal
import socket
import tempfile
import time

import pytest
from livekit import api

from lib.launcher import KEY, SECRET, Held, Launcher, argv, certificate, parent, silent_name_server
from lib.stack import livekit_binary, poll


def is_free(port):
    """Nobody listens."""
    with socket.socket() as s:
        return s.connect_ex(("127.0.0.1", port)) != 0


def listener(port):
    """The process that listens at that port of TCP."""
    inodes = {f[9] for name in ("tcp", "tcp6") for f in map(str.split, open(f"/proc/net/{name}"))
              if f[3] == "0A" and int(f[1].rpartition(":")[2], 16) == port}
    for fd in pathlib.Path("/proc").glob("[0-9]*/fd/*"):
        try:
            if os.readlink(fd)[8:-1] in inodes:
                return int(fd.parts[2])
        except OSError:
            pass
    return 0


# --- who starts it --------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_parent_that_ignores_signals(make, number):
    """As nohup, a shell's `command &` and some supervisors leave them."""
    def ignore():
        for n in (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT):
            signal.signal(n, signal.SIG_IGN)
    m = make().start(preexec_fn=ignore).ready()
    livekit = m.livekit()
    os.kill(livekit, signal.SIGKILL)
    m.ready(2)
    m.process.send_signal(signal.SIGHUP)
    m.wait_for("nothing in it is new to LiveKit")
    livekit = m.livekit()
    assert m.stop(number) == 0 and parent(livekit) == 0


# --- what it starts -------------------------------------------------------------------------------------------------

@pytest.fixture
def script(make, tmp_path):
    """A launcher whose livekit-server is a script that starts the real one and waits for it."""
    path = tmp_path / "livekit-server"
    path.write_text(f'#!/bin/sh\n"{livekit_binary()}" "$@"\nexit 3\n')
    path.chmod(0o755)
    return make(binary=str(path))


def test_what_a_script_has_started_goes_with_it(script):
    m = script.start()
    poll("LiveKit", lambda: not is_free(m.port), log=m.log)
    server = listener(m.port)
    assert server and parent(server) != m.process.pid
    os.kill(parent(server), signal.SIGKILL)             # the script alone: the next server needs the ports
    poll("the next", lambda: listener(m.port) not in (0, server), log=m.log)
    assert "is in use" not in m.log()
    server = listener(m.port)
    assert m.stop() == 0
    poll("its end", lambda: is_free(m.port) and parent(server) == 0, 10)


def test_a_script_should_use_exec(script, request):
    if not request.config.getoption("--long"):
        pytest.skip("takes half a minute (--long)")
    m = script.start()
    m.wait_for("A script in livekit.binary must start livekit-server with exec", timeout=45)
    m.wait_for("starting LiveKit again")
    assert "is in use" not in m.log()
    assert m.stop() == 0


@pytest.fixture
def capable(tmp_path):
    """A launcher of an ordinary user whose livekit-server has file capabilities."""
    if os.getuid() != 0:
        pytest.skip("needs root, to give file capabilities and to become somebody else")
    folder = pathlib.Path(tempfile.mkdtemp(dir="/tmp"))
    binary = folder / "livekit-server"
    shutil.copy(livekit_binary(), binary)
    binary.chmod(0o755)
    # cap_net_bind_service=ep: struct vfs_cap_data of linux/capability.h, revision 2
    os.setxattr(binary, "security.capability", bytes.fromhex("01000002" "00040000" + "00" * 12))
    m = Launcher(folder, binary=str(binary))
    for p in (folder, folder / "config.yaml"):
        os.chown(p, 65534, 65534)
    yield m
    m.close()
    server = listener(m.port)
    if server and argv(server)[:1] == ["livekit-server"]:
        os.kill(server, signal.SIGKILL)
    shutil.rmtree(folder)


def test_a_livekit_with_file_capabilities(capable):
    """It outlives a launcher that is killed, until it has something to log. That is said, and the one left over isn't
    taken for the next one."""
    m = capable.start(user=65534).ready()
    assert "has file capabilities" in m.log() and "AmbientCapabilities=CAP_NET_BIND_SERVICE" in m.log()
    left = m.livekit()
    m.process.kill()
    m.process.wait()
    assert listener(m.port) == left, "the kernel ended it: then nothing of this is needed"
    m.start(user=65534)
    poll("the second", lambda: m.process.poll() is not None or m.log().count("is ready on port") == 2, log=m.log)
    if m.process.poll() is None:
        assert listener(m.port) == m.livekit() != left
        assert m.stop() == 0
    else:
        assert m.process.returncode == 75 and f"TCP port {m.port} is in use" in m.log().strip().split("\n")[-1]


# --- what has changed meanwhile --------------------------------------------------------------------------------------

def resolves(m, name, hosts=""):
    """The launcher looks that name up for clients, on a machine with these lines in /etc/hosts and the name server of
    m.dir/resolv.conf; the path of hosts."""
    del m.conf["nodeIP"]
    m.server["host"] = name
    m.write()
    path, command = m.dir / "hosts", m.command()
    path.write_text(f"127.0.0.1 localhost\n{hosts}")
    m.command = lambda *_: ["unshare", "--mount", "sh", "-c", 'mount --bind "$0" /etc/hosts && mount --bind "$1" '
                            '/etc/resolv.conf && shift && exec "$@"', path, m.dir / "resolv.conf", *command]
    return path


def test_name_servers_that_are_silent(make):
    """A name that can't be looked up any more moves nobody's media, and the loop isn't held for long; and SIGHUP during
    the first lookup, before there is a LiveKit, is done later, and is not the launcher's end. Side by side: each lookup
    takes its time."""
    if os.getuid() != 0:
        pytest.skip("needs root, for an /etc/hosts of its own and the port of a name server")
    m, first_lookup = make(), make("first")
    hosts = resolves(m, "meet.example", "127.0.0.2 meet.example\n")
    resolves(first_lookup, "meet.example")
    with silent_name_server(m), silent_name_server(first_lookup) as asked:
        m.start().ready()
        first_lookup.start()
        asked.recv(512)
        first_lookup.process.send_signal(signal.SIGHUP)
        assert "clients send their media to 127.0.0.2 (server.host, looked up)" in m.log()
        first = m.livekit()
        hosts.write_text("127.0.0.1 localhost\n")
        m.process.send_signal(signal.SIGHUP)
        m.wait_for("SIGHUP: reading")
        m.wait_for("nothing in it is new to LiveKit", timeout=10)
        assert m.livekit() == first and 'server.host "meet.example" can\'t be looked up at present' in m.log()
        os.kill(first, signal.SIGKILL)
        m.ready(2)
        assert "node_ip: 127.0.0.2" in m.yaml().read_text().replace('"', "")
        assert m.stop() == 0
        first_lookup.ready()
        first_lookup.wait_for("SIGHUP: reading")
        assert first_lookup.stop() == 0


def test_a_key_that_is_gone_when_livekit_dies(relay):
    """TURN over TLS is off then, as after a start of the launcher."""
    m = relay().start().ready()
    (m.dir / "key.pem").unlink()
    os.kill(m.livekit(), signal.SIGKILL)
    m.ready(2)
    assert m.status()["restarts"] == 1 and "TURN over TLS is off" in m.log() and is_free(m.port + 3)
    assert m.stop() == 0


def test_a_static_file_that_has_changed_when_livekit_dies(make):
    m = make(configPath="livekit.yaml")
    file, first = m.dir / "livekit.yaml", m.port

    def put(port):
        file.write_text(f"port: {port}\nkeys: {json.dumps({KEY: SECRET}, ensure_ascii=False)}\nrtc:\n"
                        f"  tcp_port: {first + 1}\n  udp_port: {first + 2}\n  node_ip: 127.0.0.1\n")
        file.chmod(0o600)
    put(first)
    m.start().ready()
    m.port += 3
    put(m.port)
    os.kill(m.livekit(), signal.SIGKILL)
    m.ready()
    assert m.status()["restarts"] == 1
    assert m.stop() == 0


# --- odd moments -----------------------------------------------------------------------------------------------------

def test_a_reload_while_it_starts_for_the_first_time(make):
    """LiveKit has the old file open and hasn't answered yet: the next one has the new one, and nothing has failed."""
    m = make().start()
    first = poll("the child", lambda: m.livekit(), every=0.001)
    os.kill(first, signal.SIGSTOP)
    poll("its state", lambda: m.status()["state"] == "starting")
    m.conf["emptyTimeout"] = 73
    m.write()
    m.process.send_signal(signal.SIGHUP)
    m.ready()
    assert m.livekit() != first and "empty_timeout: 73" in m.yaml().read_text()
    assert m.status()["restarts"] == 0 and m.log().count("is ready on port") == 1
    assert m.stop() == 0


def test_a_reload_while_it_drains(make):
    """It is on its way out: nothing is read again, and nothing started."""
    m = make(drainTimeout=60).start().ready()
    livekit = m.livekit()
    with Held(livekit):                                 # so that the drain lasts
        m.process.send_signal(signal.SIGTERM)
        poll("draining", lambda: m.status()["state"] == "draining", log=m.log)
        m.conf["emptyTimeout"] = 74
        m.write()
        m.process.send_signal(signal.SIGHUP)
        m.process.send_signal(signal.SIGTERM)           # of two that wait, the lower number is taken first
        poll("LiveKit's end", lambda: parent(livekit) == 0, log=m.log)
        assert m.status()["state"] == "draining" and m.process.poll() is None
    assert m.process.wait(20) == 0
    assert "SIGHUP" not in m.log() and m.log().count("started ") == 1 and m.status()["state"] == "stopped"


def test_a_slow_livekit_with_many_rooms(relay, request):
    """Whether anybody is in is asked of each; that comes to an end, so that one that hangs is found out meanwhile."""
    if not request.config.getoption("--long"):
        pytest.skip("takes half a minute (--long)")
    m = relay().start().ready()

    async def fill():
        async with api.LiveKitAPI(f"http://127.0.0.1:{m.port}", KEY, SECRET) as lk:
            for n in range(1000):
                await lk.room.create_room(api.CreateRoomRequest(name=f"r{n}", empty_timeout=600))
    asyncio.run(fill())
    livekit, seen, lives = m.livekit(), {}, []
    certificate(m.dir)
    os.kill(livekit, signal.SIGSTOP)
    m.process.send_signal(signal.SIGHUP)
    m.wait_for("there is a new certificate")
    end = time.monotonic() + 60
    while not any(life > 10 for life in lives) and time.monotonic() < end:
        probes = [p for p in m.children() if p != livekit]
        now = time.monotonic()
        lives += [now - seen.pop(p) for p in list(seen) if p not in probes]
        seen.update({p: now for p in probes if p not in seen})
        time.sleep(0.4)
        os.kill(livekit, signal.SIGCONT)                # slow: it runs for a moment, again and again
        time.sleep(0.002)
        os.kill(livekit, signal.SIGSTOP)
    os.kill(livekit, signal.SIGCONT)
    assert any(19 < life < 25 for life in lives), (lives, seen, time.monotonic())
    m.ready(2)                                          # nobody was in
    assert m.stop() == 0
