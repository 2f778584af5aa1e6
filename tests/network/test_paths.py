# SPDX-License-Identifier: Apache-2.0
"""Media flows by every way there is: the client's host lets through less and less, and the call goes on. One person is
at the server's own host, the other behind the filter; both must see and hear the other. By IPv4 alone and by IPv6
alone."""
import os
import signal
import time

import pytest

from lib.netstack import DOMAIN
from lib.stack import poll
from lib.visitor import by_browser, by_sdk

both = pytest.mark.parametrize("stack", ["10.77.0.1", "fd77::1"], indirect=True)


def log(stack, name):
    return stack.dir / "log" / f"{name}.log"


@pytest.fixture
def room(stack, ann):
    return stack.room(ann)


def call(stack, ann, room, host, way, ports=()):
    """Two people meet; way says what the far one's candidate pair must be. Returns bytes through each of ports."""
    near, far = stack.join(ann, room).must(200), stack.guest_join(room).must(200)
    before = [host.passed(p) for p in ports]
    with by_sdk(stack.host, near, log(stack, "near")) as a, by_sdk(host, far, log(stack, "far")) as b:
        a.receives()
        b.receives()
        pair = b.way()
        got = {k: pair["local"][k] for k in way}
        assert got == way, b.now
        return pair, [host.passed(p) - n for p, n in zip(ports, before)]


@both
def test_direct(stack, ann, room, client):
    pair, _ = call(stack, ann, room, client, {"protocol": "udp", "relay": ""})
    assert pair["remote"]["address"] == stack.address and 50000 <= pair["remote"]["port"] <= 60000, pair


@both
def test_udp_dropped(stack, ann, room, client):
    """Over ICE/TCP."""
    client.only("tcp 80", "tcp 7881")
    pair, (passed,) = call(stack, ann, room, client, {"protocol": "tcp", "relay": ""}, ["tcp 7881"])
    assert (pair["remote"]["address"], pair["remote"]["port"]) == (stack.address, 7881), pair
    assert passed > 20000


@both
def test_turn_udp(stack, ann, room, client):
    client.only("tcp 80", "udp 3478")
    _, (passed,) = call(stack, ann, room, client, {"type": "relay", "relay": "udp"}, ["udp 3478"])
    assert passed > 20000


@both
def test_turn_tls(stack, ann, room, client, tmp_path):
    """Nothing but HTTPS and TURN's TLS port, in Chromium with the real browser app. The SDK takes no private
    authority."""
    client.only("tcp 443", "tcp 5349")
    near = stack.join(ann, room).must(200)
    with by_sdk(stack.host, near, log(stack, "near")) as a, by_browser(
            client, f"https://{DOMAIN}", room, "Greta", stack.dir / "ca.pem", tmp_path, log(stack, "far")) as b:
        b.receives(sound=2000)
        a.receives()
        way = b.way()["local"]
        assert (way["type"], way["relay"]) == ("relay", "tls"), b.now
        assert way["url"].startswith(f"turns:{DOMAIN}:5349"), b.now
        poll("the page to say so", lambda: b["route"] == "relayed tls", log=lambda: f"{b.now}")
        assert client.passed("tcp 5349") > 20000


def test_livekit_killed(stack, ann, room, client, record_property):
    """kill -9 in the middle of a relayed call: both are back, by themselves, with picture and sound."""
    client.only("tcp 80", "udp 3478")
    near, far = stack.join(ann, room).must(200), stack.guest_join(room).must(200)
    with by_sdk(stack.host, near, log(stack, "near")) as a, by_sdk(client, far, log(stack, "far")) as b:
        a.receives()
        b.receives()
        old = stack.livekit_pid()
        os.kill(old, signal.SIGKILL)
        killed = time.monotonic()
        for who in (a, b):
            poll(f"{who.host.name} is back", lambda: (who["events"] or [""])[-1] == "reconnected", 60,
                 log=lambda: f"{who.now}")
            who.receives()
        record_property("back_after_s", round(time.monotonic() - killed, 1))
        assert stack.livekit_pid() != old
        assert (b.way()["local"]["type"], a["events"], b["events"]) == ("relay", *[["reconnecting", "reconnected"]] * 2)
