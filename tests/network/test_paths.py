# SPDX-License-Identifier: Apache-2.0
"""Media flows by every way there is: a router lets through less and less, and people still meet. One is at the
server's own host, the other behind that router, which translates IPv4 addresses; both must see and hear the other. By
IPv4 alone and by IPv6 alone."""
import os
import signal
import time

import pytest

from lib.netstack import DOMAIN, RELAY, NetStack, SharedStack
from lib.stack import poll
from lib.visitor import by_browser, by_sdk

both = pytest.mark.parametrize("stack", [(NetStack, "10.77.0.1"), (NetStack, "fd77::1")], ids=["v4", "v6"],
                               indirect=True)


def log(stack, name):
    return stack.dir / "log" / f"{name}.log"


@pytest.fixture
def room(stack, ann):
    return stack.room(ann)


def call(stack, ann, room, router, way, ports=()):
    """Two people meet; way says what the far one's candidate pair must be. Returns bytes through each of ports."""
    near, far = stack.join(ann, room).must(200), stack.guest_join(room).must(200)
    before = [router.passed(p) for p in ports]
    with by_sdk(stack.host, near, log(stack, "near")) as a, by_sdk(stack.client, far, log(stack, "far")) as b:
        a.receives()
        b.receives()
        pair = b.way()
        got = {k: pair["local"][k] for k in way}
        assert got == way, b.now
        return pair, [router.passed(p) - n for p, n in zip(ports, before)]


@both
def test_direct(stack, ann, room, router):
    pair, _ = call(stack, ann, room, router, {"protocol": "udp", "relay": ""})
    assert pair["remote"]["address"] == stack.address and 50000 <= pair["remote"]["port"] <= 60000, pair


@both
def test_udp_dropped(stack, ann, room, router):
    """Over ICE/TCP."""
    router.only("tcp 80", "tcp 7881")
    pair, (passed,) = call(stack, ann, room, router, {"protocol": "tcp", "relay": ""}, ["tcp 7881"])
    assert (pair["remote"]["address"], pair["remote"]["port"]) == (stack.address, 7881), pair
    assert passed > 20000


@both
def test_turn_udp(stack, ann, room, router):
    router.only("tcp 80", "udp 3478")
    _, (passed,) = call(stack, ann, room, router, {"type": "relay", "relay": "udp"}, ["udp 3478"])
    assert passed > 20000


def by_page(stack, ann, room, router, folder, relay, port):
    """Chromium with the real browser app behind the router, which lets HTTPS through and the relay's port. The SDK
    takes no private authority."""
    router.only(*{"tcp 443", f"tcp {port}"})
    near = stack.join(ann, room).must(200)
    with by_sdk(stack.host, near, log(stack, "near")) as a, by_browser(
            stack.client, f"https://{DOMAIN}", room, "Greta", stack.dir / "ca.pem", folder, log(stack, "far")) as b:
        b.receives(sound=2000)
        a.receives()
        way = b.way()["local"]
        assert (way["type"], way["relay"]) == ("relay", "tls"), b.now
        assert way["url"].startswith(f"turns:{relay}:{port}"), b.now
        poll("the page to say so", lambda: b["route"] == "relayed tls", log=lambda: f"{b.now}")
        assert router.passed(f"tcp {port}") > 20000


@both
def test_turn_tls(stack, ann, room, router, tmp_path):
    by_page(stack, ann, room, router, tmp_path, DOMAIN, 5349)


@pytest.mark.parametrize("stack", [(SharedStack, "10.77.0.1")], ids=["shared"], indirect=True)
def test_nothing_but_https(stack, ann, room, router, tmp_path):
    """Port 443 and nothing else, which nginx shares out by name."""
    by_page(stack, ann, room, router, tmp_path, RELAY, 443)


def test_livekit_killed(stack, ann, room, router, capsys):
    """kill -9 in the middle of a relayed call: both are back, by themselves, with picture and sound."""
    router.only("tcp 80", "udp 3478")
    near, far = stack.join(ann, room).must(200), stack.guest_join(room).must(200)
    with by_sdk(stack.host, near, log(stack, "near")) as a, by_sdk(stack.client, far, log(stack, "far")) as b:
        a.receives()
        b.receives()
        old = stack.livekit_pid()
        os.kill(old, signal.SIGKILL)
        killed = time.monotonic()
        for who in (a, b):
            poll(f"{who.host.name} is back", lambda: (who["events"] or [""])[-1] == "reconnected", 60,
                 log=lambda: f"{who.now}")
            who.receives()
        with capsys.disabled():
            print(f"\nboth are back {time.monotonic() - killed:.1f} s after kill -9 of LiveKit")
        assert stack.livekit_pid() != old
        assert (b.way()["local"]["type"], a["events"], b["events"]) == ("relay", *[["reconnecting", "reconnected"]] * 2)
