# SPDX-License-Identifier: Apache-2.0
"""What the relay is no way to: whoever may join a meeting gets credentials for it, so it must lead to LiveKit's own
media and nowhere else; not to the server itself, not to its neighbours."""
import contextlib
import select
import socket
import ssl
import struct

import pytest

from lib.launcher import ice_servers
from lib.netstack import DOMAIN
from lib.turn import CHANNEL_BIND, CONNECT, CONNECTION, FAMILY, NUMBER, TCP, UDP, Turn, attribute

FORBIDDEN = ("127.0.0.1", "127.8.8.8", "0.0.0.0", "169.254.169.254", "10.78.0.1", "10.78.0.2", "10.77.0.254",
             "10.79.0.2", "100.64.0.2", "203.0.113.2", "224.0.0.1", "255.255.255.255")
FORBIDDEN_6 = ("::1", "::", "::ffff:127.0.0.1", "::ffff:10.78.0.2", "fe80::1", "fd78::2", "2001:db8:78::2")


@pytest.fixture(scope="module")
def given(stack, ann):
    """url -> (username, credential), as anyone who joins is given them."""
    room = stack.room(ann)
    with stack.client.inside():
        servers = ice_servers("http://10.77.0.1/livekit", stack.guest_join(room).must(200)["token"])
    return {u: (name, word) for urls, name, word in servers for u in urls}


@pytest.fixture(scope="module", autouse=True)
def neighbours(stack):
    """Addresses that the server could reach, and must not for a guest; one of each kind."""
    stack.host.run("ip", "address", "add", "169.254.169.254/32", "dev", "lo")
    for mine, theirs in (("100.64.0.1/24", "100.64.0.2/24"), ("203.0.113.1/24", "203.0.113.2/24"),
                         ("fd78::1/64", "fd78::2/64"), ("2001:db8:78::1/64", "2001:db8:78::2/64")):
        stack.host.address("lan", mine)
        stack.lan.address("lan", theirs)


@contextlib.contextmanager
def over(stack, given, way):
    """A Turn client at the client's host, over UDP or TLS, with what is given for that."""
    with contextlib.ExitStack() as s:
        with stack.client.inside():
            if way == "udp":
                sock = s.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
                sock.connect(("10.77.0.1", 3478))
                words = given["turn:10.77.0.1:3478?transport=udp"]
            else:
                plain = s.enter_context(socket.create_connection(("10.77.0.1", 5349), 5))
                context = ssl.create_default_context(cafile=stack.dir / "ca.pem")
                sock = s.enter_context(context.wrap_socket(plain, server_hostname=DOMAIN))
                words = given[f"turns:{DOMAIN}:5349?transport=tcp"]
        sock.settimeout(5)
        yield Turn(sock, *words)


class Ears:
    """UDP sockets at hosts, on every address of theirs: who hears a datagram?"""

    def __init__(self, *hosts):
        self.socks = {}
        for h in hosts:
            for family, address in ((socket.AF_INET, "0.0.0.0"), (socket.AF_INET6, "::")):
                with h.inside():
                    s = socket.socket(family, socket.SOCK_DGRAM)
                if family == socket.AF_INET6:
                    s.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
                s.bind((address, 5005))
                self.socks[s] = h.name

    def hear(self, timeout):
        """The next datagram, or None."""
        ready, _, _ = select.select(list(self.socks), [], [], timeout)
        return ready[0].recv(2048) if ready else None

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        for s in self.socks:
            s.close()


@pytest.mark.parametrize("way", ["udp", "tls"])
def test_no_way_to_anybody_else(stack, given, way):
    """Permission is refused, channels too; and data sent all the same goes nowhere, while LiveKit's own address, which
    it is sent to next, gets it."""
    with over(stack, given, way) as turn, Ears(stack.host, stack.lan, stack.client, stack.router) as ears:
        assert 30000 <= turn.allocate() <= 40000
        let_in = []
        for n, address in enumerate(FORBIDDEN + FORBIDDEN_6):
            to = (address, 5005)
            bound = turn.ask(CHANNEL_BIND, [attribute(NUMBER, struct.pack(">HH", 0x4000 + n, 0))], to)
            if turn.permit(*to) == 0 or not isinstance(bound, int):
                let_in.append(address)
            turn.send(address.encode(), to)
        own = ("10.77.0.1", 5005)
        assert turn.permit(*own) == 0
        assert not isinstance(turn.ask(CHANNEL_BIND, [attribute(NUMBER, struct.pack(">HH", 0x4100, 0))], own), int)
        turn.send(b"itself", own)
        heard = []
        while not heard or heard[-1] not in (b"itself", None):
            heard.append(ears.hear(5))
        assert (let_in, heard) == ([], [b"itself"])


def test_no_connection_to_anybody_else(stack, given):
    """LiveKit's relay also makes TCP connections (RFC 6062), by the same permission."""
    with over(stack, given, "tls") as turn, contextlib.ExitStack() as s:
        for h in (stack.host, stack.lan):
            with h.inside():
                s.enter_context(socket.create_server(("0.0.0.0", 5006)))
        assert 30000 <= turn.allocate(TCP) <= 40000
        for address in FORBIDDEN + FORBIDDEN_6:
            answer = turn.ask(CONNECT, to=(address, 5006))
            assert isinstance(answer, int), (address, answer)
        assert CONNECTION in turn.ask(CONNECT, to=("10.77.0.1", 5006))


def test_no_relayed_address_of_the_other_family(stack, given):
    """It would lead to ::1."""
    with over(stack, given, "udp") as turn:
        assert turn.allocate(UDP, [attribute(FAMILY, b"\x02\0\0\0")]) < 0


def test_no_allocation_with_a_secret_that_is_off(stack, given):
    name, word = given["turn:10.77.0.1:3478?transport=udp"]
    for words in ((name, word[:-1] + ("a" if word[-1] != "a" else "b")), (name[:-1], word), ("", "")):
        with over(stack, {"turn:10.77.0.1:3478?transport=udp": words}, "udp") as turn:
            assert turn.allocate() < 0
