# SPDX-License-Identifier: Apache-2.0
"""Somebody else's LiveKit: the responders against a real livekit-server behind a TLS of its own, with a certificate
that nobody vouches for."""
import asyncio
import os
import socket
import ssl
import subprocess
import threading
import uuid

import pytest
from livekit import api

from lib.stack import program
from test_launcher_turn import certificate

HOST = "wss://sfu.example.org"


class TlsFront:
    """Takes TLS off and hands the bytes on to 127.0.0.1:target."""

    def __init__(self, cert, key, target):
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.context.load_cert_chain(cert, key)
        self.target, self.taken = target, 0
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.one, args=[client], daemon=True).start()

    def one(self, client):
        try:
            with self.context.wrap_socket(client, server_side=True) as tls, \
                    socket.create_connection(("127.0.0.1", self.target)) as there:
                self.taken += 1
                threading.Thread(target=self.pump, args=[there, tls], daemon=True).start()
                self.pump(tls, there)
        except OSError:
            pass            # a client that doesn't like the certificate

    @staticmethod
    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()


@pytest.fixture
def front(stack, tmp_path):
    f = TlsFront(*certificate(tmp_path, "localhost"), stack.livekit_port)
    yield f
    f.close()


def external(stack, **livekit):
    return stack.variant(f"external-{uuid.uuid4().hex[:6]}", {"livekit": {"external": True, "host": HOST, **livekit}})


def at_livekit(stack, call):
    """What the real server answers, asked directly."""
    async def ask():
        async with api.LiveKitAPI(f"http://127.0.0.1:{stack.livekit_port}", stack.key, stack.secrets["livekit"]) as lk:
            return await call(lk)
    return asyncio.run(ask())


def delete_while_livekit_has_it(stack, config, who):
    """(what the responder said of it, whether LiveKit still has the room)."""
    room, responder = stack.room(who), stack.cgi("room", config)
    name = room["name"]
    at_livekit(stack, lambda lk: lk.room.create_room(api.CreateRoomRequest(name=name)))
    responder.request("DELETE", f"/api/room/{room['id']}", token=who.token).must(202)
    left = at_livekit(stack, lambda lk: lk.room.list_rooms(api.ListRoomsRequest(names=[name])))
    return responder.log, len(left.rooms) == 1


@pytest.mark.parametrize("scheme", ["https", "wss"])
def test_its_api_is_used_over_tls_and_its_address_handed_out(stack, front, ann, scheme):
    config = external(stack, internalHost=f"{scheme}://localhost:{front.port}", skipTLSVerify=True)
    room = stack.room(ann)
    joined = stack.cgi("join", config).post("/api/room/join", {"roomName": room["name"]}, token=ann.token).must(200)
    assert joined["livekitHost"] == HOST
    log, is_there = delete_while_livekit_has_it(stack, config, ann)
    assert front.taken == 1 and not is_there and "was not told" not in log, log


def test_its_api_is_used_without_tls(stack, ann):
    log, is_there = delete_while_livekit_has_it(
        stack, external(stack, internalHost=f"http://localhost:{stack.livekit_port}"), ann)
    assert not is_there, log


def test_a_certificate_that_nobody_vouches_for_is_refused(stack, front, ann):
    log, is_there = delete_while_livekit_has_it(
        stack, external(stack, internalHost=f"https://localhost:{front.port}"), ann)
    assert front.taken == 0 and is_there and "certificate" in log and "LiveKit was not told" in log, log


@pytest.mark.parametrize("livekit,env,decider", [
    ({"external": True}, {}, "livekit.external is true ("),
    ({"embedded": False}, {}, "livekit.embedded is false ("),
    ({"internalHost": "http://sfu.example.org:7880"}, {}, "livekit.internalHost isn't this machine ("),
    ({}, {"LIVEKIT_EXTERNAL": "true"}, "livekit.external is true (environment LIVEKIT_EXTERNAL)"),
    ({}, {"LIVEKIT_MANAGED": "true"}, "LIVEKIT_MANAGED is true in the environment"),
])
def test_the_launcher_leaves_with_a_sentence(stack, tmp_path, livekit, env, decider):
    config = stack.variant(f"left-{uuid.uuid4().hex[:6]}", {"livekit": {"host": HOST, **livekit}})
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(str(tmp_path / "notify"))
        p = subprocess.run([program("livekit-launcher"), "--config", config], capture_output=True, text=True,
                           timeout=20,
                           env={"PATH": os.environ["PATH"], "NOTIFY_SOCKET": str(tmp_path / "notify"), **env})
        assert p.returncode == 0, p
        # Otherwise systemd takes it for a service that failed to start, and tries again for ever.
        assert manager.recv(4096, socket.MSG_DONTWAIT) == b"READY=1\nSTATUS=LiveKit is run by somebody else"
    assert f"LiveKit is run by somebody else: {decider}" in p.stderr, p.stderr
