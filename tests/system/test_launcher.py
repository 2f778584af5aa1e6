# SPDX-License-Identifier: Apache-2.0
"""livekit-launcher around a real livekit-server: started means ready, whatever ends it leaves nothing, faults are one clear sentence."""
import os
import pathlib
import signal
import socket
import stat
import subprocess
import time
import uuid

import pytest

from lib.fcgi import _die_with_parent
from lib.http import Client
from lib.stack import State, free_port, livekit_binary, poll, program


class Launcher:
    def __init__(self, state, env=None, config=None):
        self.state, self.log = state, state.dir / "log" / f"launcher-{uuid.uuid4().hex[:6]}.log"
        with open(self.log, "wb") as out:
            self.process = subprocess.Popen(
                [program("livekit-launcher"), "--config", config or state.config], stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                env={"PATH": os.environ["PATH"], "LIVEKIT_SERVER": livekit_binary(), **(env or {})}, preexec_fn=_die_with_parent)

    @property
    def text(self):
        return self.log.read_text("utf-8", "replace")

    def ready(self, times=1):
        """Until it has said so often that LiveKit is ready; then it is."""
        poll("LiveKit", lambda: self.process.poll() is not None or self.text.count("LiveKit is ready") >= times, log=lambda: self.text)
        assert self.process.poll() is None, self.text
        assert Client(self.state.livekit_port).get("/").status == 200
        # livekit-server 1.13.5 loses a signal that comes in its first 100 ms of answering; the launcher kills it 5 s later then.
        settled = time.monotonic() + 0.15
        poll("150 ms of answers", lambda: time.monotonic() > settled, every=0.01)
        return self

    def child(self):
        """(pid, configuration file) of livekit-server."""
        def look():
            children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
            for pid in children:
                words = pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode().split("\0")
                files = [w for w in words if w.endswith(".yaml")]
                if files:
                    return int(pid), pathlib.Path(files[0])
            return None
        return poll("a child", look, log=lambda: self.text)

    def exit(self, timeout=15):
        try:
            return self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still there after {timeout} s\n{self.text}") from None


@pytest.fixture
def state():
    s = State()
    yield s
    s.close()


@pytest.fixture
def launch(state):
    started = []

    def go(**kw):
        started.append(Launcher(state, **kw))
        return started[-1]
    yield go
    for x in started:
        if x.process.poll() is None:
            x.process.terminate()
            x.exit()


def is_gone(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"
    except FileNotFoundError:
        return True


@pytest.mark.parametrize("sig", [signal.SIGTERM, signal.SIGINT])
def test_stop(launch, sig):
    x = launch().ready()
    pid, file = x.child()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600 and file.name.startswith("bedrud-livekit-"), file
    assert x.state.secrets["livekit"] in file.read_text()
    x.process.send_signal(sig)
    assert x.exit() == 0
    assert is_gone(pid) and not file.exists()


def test_killed_launcher(launch, state):
    """SIGKILL: LiveKit goes with it; the next start removes the file that was left, and no other."""
    x = launch().ready()
    pid, file = x.child()
    decoy = pathlib.Path(f"/tmp/bedrud-livekit-{uuid.uuid4().hex[:6]}.yaml")
    decoy.write_text("another launcher's")
    try:
        x.process.kill()
        x.exit()
        poll("LiveKit is gone", lambda: is_gone(pid), 10)
        assert file.exists()
        y = launch().ready()
        assert not file.exists()
        assert decoy.read_text() == "another launcher's"
        y.process.terminate()
        assert y.exit() == 0
    finally:
        decoy.unlink()


def test_a_forged_note_removes_nothing(launch, state):
    """The note in the state directory may name a file of ours only."""
    victim = state.dir / "victim.yaml"
    victim.write_text("precious")
    for name in (str(victim), "/tmp/../" + str(victim), str(state.config)):
        (state.dir / "livekit-launcher.file").write_text(name + "\n")
        x = launch().ready()
        x.process.terminate()
        assert x.exit() == 0
        assert victim.read_text() == "precious" and state.config.exists()


def test_restart_with_growing_delays(launch):
    x = launch().ready()
    gaps = []
    for i in range(3):
        pid, _ = x.child()
        os.kill(pid, signal.SIGKILL)
        began = time.monotonic()
        poll("another LiveKit", lambda: x.child()[0] != pid, 20, log=lambda: x.text)
        gaps.append(time.monotonic() - began)
        x.ready(i + 2)
    assert gaps[-1] > gaps[0] and gaps[-1] < 10, gaps
    x.process.terminate()
    assert x.exit() == 0


def test_stop_while_backing_off(launch):
    """Between two attempts a stop is a stop."""
    x = launch().ready()
    pid, file = x.child()
    os.kill(pid, signal.SIGKILL)
    x.process.terminate()
    assert x.exit() == 0
    assert not file.exists()


def test_two_launchers_of_one_house(launch):
    x = launch().ready()
    y = launch()
    assert y.exit() == 75, y.text
    assert x.process.poll() is None and Client(x.state.livekit_port).get("/").status == 200


@pytest.mark.parametrize("kind,key", [("tcp", "livekit_port"), ("tcp", "livekit_tcp"), ("udp", "livekit_udp")])
def test_port_in_use(launch, state, kind, key):
    """One sentence with port and what to do, and an end: 75, for somebody else may let go of it."""
    port = getattr(state, key)
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM if kind == "tcp" else socket.SOCK_DGRAM) as s:
        s.bind(("", port))
        if kind == "tcp":
            s.listen()
        x = launch()
        assert x.exit() == 75, x.text
    assert str(port) in x.text and "in use" in x.text, x.text
    assert state.secrets["livekit"] not in x.text


@pytest.mark.parametrize("env,code,word", [
    ({"LIVEKIT_SERVER": "/nonexistent/livekit-server"}, 78, "/nonexistent/livekit-server"),
    ({"LIVEKIT_SERVER": "/etc/passwd"}, 78, "/etc/passwd"),
])
def test_no_program(launch, env, code, word):
    x = launch(env=env)
    assert x.exit() == code, x.text
    assert word in x.text, x.text


def test_a_configuration_that_is_wrong(launch, state):
    config = state.variant("wrong", {"livekit": {"port": "seven"}})
    x = launch(config=config)
    assert x.exit() == 78, x.text
    assert "livekit.port" in x.text and "wrong.yaml" in x.text, x.text


def test_somebody_elses_livekit(launch, state):
    """Nothing to run: it says so and leaves; it doesn't spin."""
    config = state.variant("external", {"livekit": {"external": True, "internalHost": "http://192.0.2.1:7880"}})
    x = launch(config=config)
    assert x.exit() in (0, 78), x.text
    assert "livekit" in x.text.lower(), x.text
    with pytest.raises(OSError):
        Client(state.livekit_port).get("/")


def test_print_config_and_check(state):
    def go(*words):
        return subprocess.run([program("livekit-launcher"), "--config", state.config, *words], capture_output=True, text=True, timeout=20,
                              env={"PATH": os.environ["PATH"], "LIVEKIT_SERVER": livekit_binary()})
    p = go("--print-config")
    assert p.returncode == 0 and str(state.livekit_port) in p.stdout, p
    assert state.secrets["livekit"] not in p.stdout + p.stderr
    assert f"http://127.0.0.1:{state.port}/api/livekit/webhook" in p.stdout, p.stdout
    for gone in ("tls:", "egress"):
        assert gone not in p.stdout
    p = go("--check")
    assert p.returncode == 0, p


def test_a_range_of_ports(state):
    """udpPort 0 means the range of livekit.udpPortStart and End."""
    config = state.variant("range", {"livekit": {"udpPort": 0, "udpPortStart": free_port() + 20000, "udpPortEnd": free_port() + 20100}})
    p = subprocess.run([program("livekit-launcher"), "--config", config, "--print-config"], capture_output=True, text=True, timeout=20,
                       env={"PATH": os.environ["PATH"], "LIVEKIT_SERVER": livekit_binary()})
    assert p.returncode == 0 and "port_range_start" in p.stdout and "udp_port" not in p.stdout, p
