# SPDX-License-Identifier: Apache-2.0
"""Many participants of real meetings in one process (tests/tools/gotoken/crowd): their transport, but no media."""
import subprocess
import threading
import time

from . import go
from .fcgi import _die_with_parent
from .stack import poll


class Crowd:
    def __init__(self, folder):
        self.state, self.sids, self.lock = {}, {}, threading.Lock()     # name: coming, in, or why it is out
        self.came, self.stayed = {}, {}                                 # name: monotonic seconds; seconds
        program = go.build(folder / "crowd", "./crowd")
        self.process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1,
                                        preexec_fn=_die_with_parent)
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self.process.stdout:
            word, name, *rest = line.split(None, 2)
            with self.lock:
                self.state[name] = "in" if word == "in" else rest[0].strip() if rest else "?"
                if word == "in":
                    self.sids[name], self.came[name] = rest[0].strip(), time.monotonic()
                elif name in self.came:
                    self.stayed[name] = time.monotonic() - self.came.pop(name)

    def _say(self, *words):
        with self.lock:
            if words[0] == "join":
                self.state[words[1]] = "coming"
            self.process.stdin.write(" ".join(words) + "\n")
            self.process.stdin.flush()

    def join(self, name, reply):
        """reply: what join or guest-join answered."""
        self._say("join", name, reply["livekitHost"], reply["token"])

    def leave(self, name, politely=True):
        self._say("leave" if politely else "drop", name)

    def __getitem__(self, name):
        return self.state.get(name)

    def settles(self, timeout=40):
        """Waits until nobody is on the way in."""
        poll("all are in or out", lambda: "coming" not in self.state.values(), timeout, log=lambda: f"{self.state}")

    def comes(self, name, timeout=20):
        poll(f"{name} in the meeting", lambda: self.state[name] == "in", timeout, log=lambda: self.state[name])

    def goes(self, name, timeout=20):
        """Waits until it is out; why."""
        return poll(f"{name} out", lambda: self.state[name] not in ("in", "coming") and self.state[name], timeout)

    def close(self):
        self.process.stdin.close()
        try:
            self.process.wait(10)
        finally:
            self.process.kill()
            self.process.wait()
