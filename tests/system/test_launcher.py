# SPDX-License-Identifier: Apache-2.0
"""livekit-launcher in a house of its own, beside test_launcher_life.py: the note it keeps, its delays, its
configuration."""
import os
import pathlib
import signal
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
                [program("livekit-launcher"), "--config", config or state.config], stdin=subprocess.DEVNULL,
                stdout=out, stderr=out,
                env={"PATH": os.environ["PATH"], "LIVEKIT_SERVER": livekit_binary(), **(env or {})},
                preexec_fn=_die_with_parent)

    @property
    def text(self):
        return self.log.read_text("utf-8", "replace")

    def ready(self, times=1):
        """Until it has said so often that LiveKit is ready; then it is."""
        poll("LiveKit", lambda: self.process.poll() is not None or self.text.count("LiveKit is ready") >= times,
             log=lambda: self.text)
        assert self.process.poll() is None, self.text
        assert Client(self.state.livekit_port).get("/").status == 200
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


def test_a_configuration_that_is_wrong(launch, state):
    config = state.variant("wrong", {"livekit": {"port": "seven"}})
    x = launch(config=config)
    assert x.exit() == 78, x.text
    assert "livekit.port" in x.text and "wrong.yaml" in x.text, x.text


def test_a_range_of_ports(state):
    """udpPort 0 means the range of livekit.udpPortStart and End."""
    config = state.variant("range", {"livekit": {"udpPort": 0, "udpPortStart": free_port() + 20000,
                                                 "udpPortEnd": free_port() + 20100}})
    p = subprocess.run([program("livekit-launcher"), "--config", config, "--print-config"], capture_output=True,
                       text=True, timeout=20,
                       env={"PATH": os.environ["PATH"], "LIVEKIT_SERVER": livekit_binary()})
    assert p.returncode == 0 and "port_range_start" in p.stdout and "udp_port" not in p.stdout, p
