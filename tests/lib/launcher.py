# SPDX-License-Identifier: Apache-2.0
"""livekit-launcher with a configuration and a state directory of its own, and a real livekit-server."""
import asyncio
import contextlib
import ctypes
import itertools
import json
import os
import pathlib
import signal
import socket
import subprocess
import urllib.request

import aiohttp
import pytest
from livekit import api
from livekit.protocol.rtc import SignalResponse

from lib.stack import livekit_binary, poll, program, sweep

KEY = "APItest1234"
SECRET = 'a"b\\c: {d} #e\u00e9 ' + "0123456789abcdef" * 2
DOMAIN = "meet.example.org"
BASE = int(os.environ.get("BEDRUD_LAUNCHER_PORT", "18400"))
_next = itertools.cycle(range(BASE, BASE + 96, 4))
kept = set()        # first ports of launchers that go on beside other tests: free for a moment when their LiveKit dies


def ports():
    """Four ports in a row that nobody holds: HTTP, ICE/TCP, UDP, one for the test."""
    for first in itertools.islice(_next, 24):
        if first in kept:
            continue
        try:
            for port in range(first, first + 4):
                for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                    with socket.socket(socket.AF_INET6, kind) as s:
                        if kind == socket.SOCK_STREAM:
                            s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                        s.bind(("::", port))
            return first
        except OSError:
            continue
    raise AssertionError(f"no free ports from {BASE} on")


def parent(pid):
    """The parent of a living process; 0 when there is none (a zombie counts as none)."""
    try:
        state, ppid = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return 0 if state in "ZX" else int(ppid)


def argv(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().decode("utf-8", "replace").split("\0")[:-1]
    except OSError:
        return []


def ice_servers(url, token):
    """What LiveKit at url tells a client that joins with this token: a list of (urls, username, credential)."""
    async def join():
        async with aiohttp.ClientSession() as s:
            async with s.ws_connect(f"{url}/rtc?protocol=15&access_token={token}") as ws:
                while True:
                    frame = await asyncio.wait_for(ws.receive(), 10)
                    reply = SignalResponse.FromString(frame.data)
                    if reply.WhichOneof("message") == "join":
                        return [(list(i.urls), i.username, i.credential) for i in reply.join.ice_servers]
    return asyncio.run(join())


def certificate(folder, name=DOMAIN, days=30):
    """A self-signed certificate and its key in folder: (certificate, key)."""
    cert, key = folder / "cert.pem", folder / "key.pem"
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
                    "-subj", "/CN=relay", "-addext", f"subjectAltName=DNS:{name}", "-days", str(days), "-keyout", key,
                    "-out", cert], check=True, capture_output=True)
    return cert, key


class Held:
    """A process whose end the kernel tells nobody before we let it: ptrace(2). What can't be killed looks like that."""
    SEIZE, DETACH, WALL = 0x4206, 17, 0x40000000

    def __init__(self, pid):
        self.pid, self.libc = pid, ctypes.CDLL(None, use_errno=True)
        self.libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p]

    def __enter__(self):
        if self.libc.ptrace(self.SEIZE, self.pid, None, None) != 0:
            pytest.skip(f"may not trace: {os.strerror(ctypes.get_errno())}")
        return self

    def __exit__(self, *exc):
        os.kill(self.pid, signal.SIGKILL)
        while not os.WIFSIGNALED(status := os.waitpid(self.pid, self.WALL)[1]) and not os.WIFEXITED(status):
            self.libc.ptrace(7, self.pid, None, None)   # PTRACE_CONT


class Launcher:
    """One state directory with a configuration; start() as often as a test wants."""

    def __init__(self, folder, **livekit):
        self.dir, self.port = folder, ports()
        self.conf = {"apiKey": KEY, "apiSecret": SECRET, "port": self.port, "tcpPort": self.port + 1,
                     "udpPort": self.port + 2, "nodeIP": "127.0.0.1", **livekit}
        self.server = {"port": str(self.port + 3)}
        self.process = None
        self.env = {"PATH": os.environ["PATH"], "LIVEKIT_SERVER": livekit_binary()}
        self.write()

    def write(self):
        lines = ["database:", "  type: sqlite", "  path: bedrud.db", "auth:",
                 f"  jwtSecret: {'j' * 40}", f"  sessionSecret: {'s' * 40}", "server:"]
        lines += [f"  {k}: {json.dumps(v)}" for k, v in self.server.items()] + ["livekit:"]
        lines += [f"  {k}: {json.dumps(v, ensure_ascii=False)}" for k, v in self.conf.items()]
        path = self.dir / "config.yaml"
        path.write_text("\n".join(lines) + "\n")
        path.chmod(0o600)

    def command(self, *words):
        return [program("livekit-launcher"), "--config", self.dir / "config.yaml", *words]

    def run(self, *words, env=None, timeout=40, **kw):
        return subprocess.run(self.command(*words), env={**self.env, **(env or {})}, capture_output=True, text=True,
                              timeout=timeout, **kw)

    def start(self, env=None, **kw):
        with open(self.dir / "log", "ab") as log:
            self.process = subprocess.Popen(self.command(), env={**self.env, **(env or {})}, stdout=log, stderr=log,
                                            start_new_session=True, **kw)
        return self

    def log(self):
        return (self.dir / "log").read_text("utf-8", "replace")

    def ready(self, times=1):
        """Waits until it has said so that often, and asks LiveKit itself."""
        poll("ready", lambda: self.log().count(f"LiveKit is ready on port {self.port}") >= times, 40, log=self.log)
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/", timeout=5) as r:
            assert r.status == 200
        return self

    def livekit(self):
        """The pid of its livekit-server."""
        found = [p for p in self.children() if "livekit-server" in argv(p)[:1]]
        assert len(found) == 1, f"{found} {self.log()}"
        return found[0]

    def children(self):
        pids = [int(p.name) for p in pathlib.Path("/proc").iterdir() if p.name.isdigit()]
        return [p for p in pids if parent(p) == self.process.pid]

    def yaml(self):
        return pathlib.Path(argv(self.livekit())[2])

    def status(self):
        """What it wrote for others."""
        return json.loads((self.dir / "livekit-launcher.status").read_text())

    def wait_for(self, *words, timeout=20):
        """Until each of these stands in its log."""
        for w in words:
            poll(w, lambda: w in self.log(), timeout, log=self.log)

    def stop(self, number=signal.SIGTERM):
        self.process.send_signal(number)
        return self.process.wait(20)

    def ice_servers(self):
        """What LiveKit tells a client that joins."""
        token = api.AccessToken(KEY, SECRET).with_identity("ann").with_grants(
            api.VideoGrants(room_join=True, room="r")).to_jwt()
        return ice_servers(f"http://127.0.0.1:{self.port}", token)

    def close(self):
        if self.process and self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        sweep(self.dir)


def with_relay(m, with_tls=True, **turn):
    """The launcher, with TURN over UDP, and over TLS with a certificate of its own."""
    m.server["domain"] = DOMAIN
    if with_tls:
        cert, key = certificate(m.dir)
        m.server.update(enableTLS=True, certFile=str(cert), keyFile=str(key))
    m.conf["udpPort"] = m.port + 2
    m.conf["turn"] = {"udpPort": m.port + 1, "tlsPort": m.port + 3, "relayPortStart": 42000,
                      "relayPortEnd": 42100, **turn}
    m.write()
    return m


@contextlib.contextmanager
def silent_name_server(m):
    """A name server that never answers, at an address of its own, for m.dir/resolv.conf; its socket. Port 53 can't be
    chosen: only root has it."""
    server = f"127.{m.port // 256}.{m.port % 256}.53"
    (m.dir / "resolv.conf").write_text(f"nameserver {server}\noptions timeout:20 attempts:2\n")
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        try:
            silent.bind((server, 53))
        except PermissionError:
            pytest.skip("only root can hold the port of a name server")
        silent.settimeout(20)
        yield silent
