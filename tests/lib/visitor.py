# SPDX-License-Identifier: Apache-2.0
"""Somebody in a call who sits at another host: a process there that tells, line by line, what arrives. By the LiveKit
SDK (tests/network/visitor.py) or in Chromium (tests/browser/visitor.mjs)."""
import json
import os
import subprocess
import sys
import threading
import types

from .fcgi import _die_with_parent
from .stack import ROOT, poll


HERE = types.SimpleNamespace(name="this machine", words=[])     # a host, as lib/netns.py has others


class Visitor:
    def __init__(self, host, argv, hello, log, env=None):
        self.host, self.now, self.log = host, {}, log
        with open(log, "ab") as err:
            self.process = subprocess.Popen(
                [*host.words, *map(str, argv)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=err, text=True,
                env={**os.environ, **(env or {})}, preexec_fn=_die_with_parent)
        self.process.stdin.write(json.dumps(hello) + "\n")
        self.process.stdin.flush()
        threading.Thread(target=self._listen, daemon=True).start()

    def _listen(self):
        for line in self.process.stdout:
            if line.startswith("{"):
                self.now = json.loads(line)

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.process.stdin.close()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def tell(self, deed):
        """Has an actor (lib/actor.py) do something."""
        self.process.stdin.write(json.dumps(deed) + "\n")
        self.process.stdin.flush()

    def __getitem__(self, name):
        if self.process.poll() is not None:
            with open(self.log, "rb") as f:
                raise RuntimeError(f"the visitor at {self.host.name} ended: {self.process.returncode}\n"
                                   + f.read()[-3000:].decode("utf-8", "replace"))
        return self.now.get(name)

    def comes(self, timeout=60):
        """Waits until it is in the call."""
        poll(f"a call at {self.host.name}", lambda: self["events"] is not None, timeout)

    def is_cut_off(self):
        return self.process.poll() is not None or bool(self["events"])

    def receives(self, frames=20, sound=20000, timeout=60):
        """Waits for so much more picture and sound to arrive."""
        wanted = {"frames": (self["frames"] or 0) + frames, "sound": (self["sound"] or 0) + sound}
        poll(f"{wanted} at {self.host.name}", lambda: all((self[k] or 0) >= n for k, n in wanted.items()), timeout,
             log=lambda: f"{self.now}")

    def way(self):
        """The pair that media takes, once there is one."""
        return poll(f"a candidate pair at {self.host.name}", lambda: self["pairs"])[0]


def by_sdk(host, reply, log):
    return Visitor(host, [sys.executable, ROOT / "tests/network/visitor.py"], reply, log)


def by_actor(reply, log):
    """On this machine, by the LiveKit SDK, doing what tell() says."""
    return Visitor(HERE, [sys.executable, ROOT / "tests/lib/actor.py"], reply, log)


def by_browser(host, url, room, name, ca, home, log):
    """A guest in Chromium, with the real browser app. ca: the authority it trusts; home: a folder that it may fill."""
    store = home / ".pki/nssdb"
    if not store.exists():
        store.mkdir(parents=True)
        subprocess.run(["certutil", "-N", "-d", f"sql:{store}", "--empty-password"], check=True)
        subprocess.run(["certutil", "-A", "-d", f"sql:{store}", "-n", "test", "-t", "C,,", "-i", ca], check=True)
    folder = os.environ.get("BEDRUD_BROWSER", ROOT / "tests/browser")
    return Visitor(host, ["node", f"{folder}/visitor.mjs"], {"room": room["name"], "name": name}, log, {
        "HOME": str(home), "BEDRUD_URL": url, "SCREENSHOT_DIR": str(home)})
