# SPDX-License-Identifier: Apache-2.0
"""Servers that a join is measured beside: the smallest that LiveKit's own server libraries make. They only mint a
token: no session, no room, no ban, no database."""
import os
import pathlib
import shutil
import socket
import subprocess
import sys
import time

from measure import HERE, ROOT, version
from tests.lib.stack import free_port, poll


def cache(name):
    path = pathlib.Path(os.environ.get("BEDRUD_CACHE") or pathlib.Path.home() / ".cache/bedrud") / name
    path.mkdir(parents=True, exist_ok=True)
    return path


class Peer:
    """A server process on a port of its own. Subclasses say what runs."""

    def __init__(self, key, secret):
        self.env = dict(os.environ, PEER_KEY=key, PEER_SECRET=secret)
        self.prepare()
        self.start()

    def start(self):
        """Returns the milliseconds from exec to the first connection taken."""
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}/"
        began = time.monotonic()
        self.process = subprocess.Popen(list(map(str, self.argv())), cwd=self.folder,
                                        env=dict(self.env, PEER_PORT=str(self.port)))
        poll(self.name, self.answers, every=0.001)
        return (time.monotonic() - began) * 1000

    def answers(self):
        if self.process.poll() is not None:
            raise RuntimeError(f"the peer {self.name} ended: {self.process.returncode}")
        with socket.create_connection(("127.0.0.1", self.port), 1):
            return True

    def close(self):
        self.process.terminate()
        self.process.wait(10)

    @property
    def pids(self):
        return [self.process.pid]


class Node(Peer):
    name = "Node, livekit-server-sdk"

    def prepare(self):
        self.folder = cache("bench-node")
        lock = HERE / "node/package-lock.json"
        for name in ("package.json", "server.mjs"):
            shutil.copy(HERE / "node" / name, self.folder)
        if not (self.folder / "node_modules").exists() or not same(lock, self.folder / lock.name):
            shutil.copy(lock, self.folder)
            subprocess.run(["npm", "ci", "--silent"], cwd=self.folder, check=True)
        self.version = f"Node {version('node', '--version')}"

    def argv(self):
        return ["node", "server.mjs"]


class Go(Peer):
    name = "Go, protocol/auth"

    def prepare(self):
        self.folder = cache("bench-go")
        go = os.environ.get("GO") or shutil.which("go")
        if not go:
            raise RuntimeError("no go: name it in GO, or leave this peer out (--peers)")
        subprocess.run([go, "build", "-o", self.folder / "peer", "./peer"], cwd=ROOT / "tests/tools/gotoken",
                       check=True,
                       env=dict(os.environ, GOFLAGS="-mod=readonly -buildvcs=false"))
        self.version = f"Go {version(go, 'version')}"

    def argv(self):
        return [self.folder / "peer"]


class Python(Peer):
    name = "Python, livekit-api, uvicorn"

    def prepare(self):
        self.folder = HERE / "python"
        wanted, place = self.folder / "requirements.txt", cache("bench-python")
        if not same(wanted, place / wanted.name):
            shutil.rmtree(place)
            subprocess.run([getattr(sys, "_base_executable", sys.executable), "-m", "venv", place], check=True)
            subprocess.run([place / "bin/pip", "install", "-q", "--disable-pip-version-check", "-r", wanted],
                           check=True)
            shutil.copy(wanted, place)
        self.python = place / "bin/python"
        self.version = f"Python {version(self.python, '--version')}"

    def argv(self):
        return [self.python, "-B", "-m", "uvicorn", "peer:app", "--host", "127.0.0.1", "--port", self.port,
                "--no-access-log",
                "--log-level", "warning"]


def same(a, b):
    return b.exists() and a.read_bytes() == b.read_bytes()


PEERS = {"go": Go, "node": Node, "python": Python}
