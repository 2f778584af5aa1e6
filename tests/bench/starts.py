# SPDX-License-Identifier: Apache-2.0
"""From exec to a LiveKit that is ready: by livekit-launcher, and by hand with the file that the launcher made; and what
the launcher itself holds of memory meanwhile."""
import json
import os
import shutil
import statistics
import subprocess
import time
import urllib.error
import urllib.request

from livekit import api

import measure
from tests.lib.stack import free_port, livekit_binary, poll, program


class Starts:
    """Both in turn, of one configuration beside the stack's."""

    def __init__(self, stack):
        self.folder = stack.dir / "bench-launcher"
        self.folder.mkdir()
        self.port = free_port()
        self.config = stack.variant("bench-launcher", {"livekit": {
            "port": self.port, "tcpPort": free_port(), "udpPort": free_port(), "nodeIP": "127.0.0.1",
            "stateDir": str(self.folder)}})
        self.token = api.AccessToken(stack.key, stack.secrets["livekit"]).with_grants(
            api.VideoGrants(room_list=True)).to_jwt()
        self.ours, self.by_hand, self.memory = [], [], []

    def run(self, argv):
        with open(self.folder / "log", "ab") as log:
            return subprocess.Popen(list(map(str, argv)), stdout=log, stderr=log,
                                    env={"PATH": os.environ["PATH"], "LIVEKIT_SERVER": livekit_binary()})

    def is_ready(self, pid):
        """What the launcher itself calls ready: its process has its ports, and has answered a signed call."""
        status = json.loads((self.folder / "livekit-launcher.status").read_text())
        return status["pid"] == pid and status["state"] == "ready" and status["livekitPid"]

    def answers(self):
        """The same by hand: GET / and a signed call say 200."""
        call = urllib.request.Request(f"http://127.0.0.1:{self.port}/twirp/livekit.RoomService/ListRooms", b"{}", {
            "Content-Type": "application/json", "Authorization": f"Bearer {self.token}"})
        try:
            for request in (f"http://127.0.0.1:{self.port}/", call):
                with urllib.request.urlopen(request, timeout=1) as r:
                    if r.status != 200:
                        return False
            return True
        except urllib.error.URLError:
            return False

    def once(self):
        began = time.monotonic()
        p = self.run([program("livekit-launcher"), "--config", self.config])
        livekit = poll("ready by the launcher", lambda: self.is_ready(p.pid), every=0.001)
        self.ours.append((time.monotonic() - began) * 1000)
        self.memory.append(measure.private_dirty_mib([p.pid]))
        with open(f"/proc/{livekit}/cmdline", encoding="utf-8") as f:
            shutil.copy(f.read().split("\0")[2], self.folder / "by-hand.yaml")
        p.terminate()
        p.wait(20)
        began = time.monotonic()
        p = self.run([livekit_binary(), "--config", self.folder / "by-hand.yaml"])
        poll("ready by hand", self.answers, every=0.001)
        self.by_hand.append((time.monotonic() - began) * 1000)
        p.kill()        # a SIGTERM so early is forgotten
        p.wait(20)

    def result(self):
        return {"ms": statistics.median(self.ours), "worst_ms": max(self.ours),
                "by_hand_ms": statistics.median(self.by_hand), "by_hand_worst_ms": max(self.by_hand),
                "mib": max(self.memory), "rounds": len(self.ours)}


def measure_starts(stack, rounds, wait):
    """wait() comes before each round."""
    s = Starts(stack)
    for _ in range(rounds):
        wait()
        s.once()
    return s.result()
