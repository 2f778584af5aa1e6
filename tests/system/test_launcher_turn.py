# SPDX-License-Identifier: Apache-2.0
"""TURN as livekit-launcher sets it up: what clients are told, and allocations with exactly that."""
import ipaddress
import os
import socket
import ssl
import subprocess

import pytest

from lib.launcher import DOMAIN, certificate
from lib.turn import Turn


def test_allocations_with_what_clients_are_given(relay):
    m = relay().start().ready()
    servers = m.ice_servers()
    by_url = {u: (name, word) for urls, name, word in servers for u in urls}
    assert set(by_url) == {f"turn:127.0.0.1:{m.port + 1}?transport=udp", f"turns:{DOMAIN}:443?transport=tcp",
                           f"turns:{DOMAIN}:{m.port + 3}?transport=tcp"}, by_url
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as s:
        s.settimeout(5)
        s.connect(("127.0.0.1", m.port + 1))
        assert 42000 <= Turn(s, *by_url[f"turn:127.0.0.1:{m.port + 1}?transport=udp"]).allocate() <= 42100
    context = ssl.create_default_context(cafile=m.dir / "cert.pem")
    own = by_url[f"turns:{DOMAIN}:{m.port + 3}?transport=tcp"]
    for words, good in ((own, True), ((own[0], own[1] + "x"), False)):
        with socket.create_connection(("127.0.0.1", m.port + 3), 5) as s, \
                context.wrap_socket(s, server_hostname=DOMAIN) as tls:
            got = Turn(tls, *words).allocate()
            assert (42000 <= got <= 42100) if good else got < 0, got
    assert m.stop() == 0
    assert own[1] not in m.log()


def test_without_a_certificate_it_relays_over_udp_alone(relay):
    m = relay(with_tls=False).start().ready()
    assert [u for urls, _, _ in m.ice_servers() for u in urls] == [f"turn:127.0.0.1:{m.port + 1}?transport=udp"]
    assert "TURN over TLS is off" in m.log() and "there is no certificate" in m.log()


def test_tls_taken_off_in_front(relay):
    m = relay(with_tls=False, externalTLS=True).start().ready()
    assert [u for urls, _, _ in m.ice_servers() for u in urls] == [
        f"turn:127.0.0.1:{m.port + 1}?transport=udp", f"turns:{DOMAIN}:443?transport=tcp"]
    with socket.create_connection(("127.0.0.1", m.port + 3), 5) as s:
        _, name, word = m.ice_servers()[0]
        assert 42000 <= Turn(s, name, word).allocate() <= 42100


@pytest.mark.parametrize("domain", ["localhost", "under_score.example.org", "192.0.2.1"])
def test_a_domain_that_livekit_refuses_costs_turn_alone(make, domain):
    m = make()
    m.server["domain"] = domain
    m.write()
    m.start().ready()
    assert "TURN is off" in m.log() and domain in m.log()


@pytest.mark.parametrize("spoil,words", [
    (lambda c, k: k.unlink(), "unable to read the private key"),
    (lambda c, k: c.write_text("nothing"), "holds no certificate"),
    (lambda c, k: certificate(c.parent, "www.example.org"), "isn't for " + DOMAIN),
    (lambda c, k: certificate(c.parent, days=3), "expires within a week"),
])
def test_certificates_that_will_not_do(relay, spoil, words):
    m = relay()
    spoil(m.dir / "cert.pem", m.dir / "key.pem")
    m.start().ready()
    assert words in m.log(), m.log()
    assert m.stop() == 0


@pytest.mark.parametrize("offset,kind,key", [(1, socket.SOCK_DGRAM, "livekit.turn.udpPort"),
                                             (3, socket.SOCK_STREAM, "livekit.turn.tlsPort")])
def test_a_port_of_turn_in_use(relay, offset, kind, key):
    m = relay()
    with socket.socket(socket.AF_INET, kind) as s:
        s.bind(("0.0.0.0", m.port + offset))
        if kind == socket.SOCK_STREAM:
            s.listen()
        p = m.run()
    assert p.returncode == 75, p.stderr
    last = p.stderr.strip().split("\n")[-1]
    assert f"port {m.port + offset} is in use by process {os.getpid()} (" in last and f"change {key} in" in last, last


def test_redis_reaches_livekit(make):
    m = make(redis={"address": "127.0.0.1:1", "password": "hidden-word", "db": 2})
    p = m.run("--check")
    assert p.returncode == 0, p.stderr
    p = m.run("--print-config")
    assert '  address: "127.0.0.1:1"' in p.stdout and "hidden-word" not in p.stdout


def udp_relay(m):
    """A socket to the relay of the launcher, and an allocation on it with what LiveKit gives its clients."""
    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    s.settimeout(5)
    s.connect(("127.0.0.1", m.port + 1))
    url = f"turn:127.0.0.1:{m.port + 1}?transport=udp"
    words = next((name, word) for urls, name, word in m.ice_servers() if url in urls)
    turn = Turn(s, *words)
    assert turn.allocate() > 0
    return s, turn


def own_addresses():
    """Addresses of this machine, and a neighbour of each in its network."""
    out = subprocess.run(["ip", "-o", "addr"], capture_output=True, text=True, check=True).stdout
    for i in (ipaddress.ip_interface(line.split()[3]) for line in out.splitlines()):
        yield i.ip
        if i.network.num_addresses > 2:
            yield next(a for a in i.network.hosts() if a != i.ip)


def test_the_relay_reaches_livekit_and_nothing_else(relay):
    m = relay(with_tls=False).start().ready()
    s, a = udp_relay(m)
    with s:
        assert a.permit("127.0.0.1") == 0, "LiveKit itself"
        others = ["127.0.0.2", "0.0.0.0", "169.254.169.254", "10.0.0.1", "172.17.0.1", "192.168.1.1", "100.64.0.1",
                  "198.51.100.1", "224.0.0.1", "255.255.255.255"]
        others += [str(x) for x in own_addresses() if x.version == 4 and str(x) != "127.0.0.1"]
        got = {x: a.permit(x) for x in others}
        assert set(got.values()) == {403}, got
        # An allocation of IPv4 takes no IPv6 peer at all (RFC 8656: 443), or forbids this one.
        got = {x: a.permit(x) for x in ("::1", "::", "fe80::1", "fd00::1", "2001:db8::1", "::ffff:127.0.0.2")}
        assert 0 not in got.values(), got
