# SPDX-License-Identifier: Apache-2.0
"""What `bedrudctl doctor` says at the server, and at another host that uses it as an external LiveKit, is what media
really finds there (test_paths.py lets through the same)."""
import concurrent.futures
import json
import os
import subprocess

import pytest

from lib import netns
from lib.netstack import DOMAIN, RELAY
from lib.stack import program

LEVELS = ["ok", "warning", "error"]


@pytest.fixture(scope="module")
def far(stack):
    """The configuration of a Bedrud at the client's host."""
    return stack.variant("far", {"livekit": {"external": True, "embedded": False, "host": f"wss://{DOMAIN}/livekit",
                                             "internalHost": "http://10.77.0.1:7880"}})


def doctor(stack, host, config):
    """check -> (its worst level, all that was seen)."""
    p = subprocess.run([*host.words, program("bedrudctl"), "--config", config, "--json", "doctor"], text=True,
                       capture_output=True, env={**os.environ, "SSL_CERT_FILE": str(stack.dir / "ca.pem")}, timeout=90)
    assert p.returncode in (0, 1, 2), p.stderr
    checks = json.loads(p.stdout)["checks"]
    assert p.returncode == max(LEVELS.index(c["level"]) for c in checks)
    assert all(c["fix"] for c in checks if c["level"] != "ok")
    out = {}
    for c in checks:
        worst, seen = out.get(c["check"], ("ok", ""))
        out[c["check"]] = (max(worst, c["level"], key=LEVELS.index), f"{seen}{c['seen']} {c['fix'] or ''}\n")
    return out


def levels(found, *names):
    return {n: found[n][0] if n in found else None for n in names}


ALL = ("media.join", "media.udp", "media.tcp", "turn.udp", "turn.tls", "turn.use")


@pytest.mark.parametrize("where", ["server", "far"])
def test_nothing_in_the_way(stack, far, router, where):
    found = doctor(stack, *{"server": (stack.host, stack.config), "far": (stack.client, far)}[where])
    assert set(levels(found, *ALL, "client.certificate", "livekit.call").values()) == {"ok"}, found
    assert "answered by 10.77.0.1:" in found["media.udp"][1]
    ours = ("media", "turn", "client", "livekit", "firewall", "launcher", "port")
    assert not {k: v for k, v in found.items() if v[0] == "error" and k.split(".")[0] in ours}


STRICT = {
    # ICE/TCP alone, as in test_udp_dropped, with the relay over TLS
    "tcp 7881, tcp 5349": ["ok", "error", "ok", "error", "ok", "ok"],
    "udp 3478": ["ok", "error", "warning", "ok", "error", "warning"],
    "tcp 5349": ["ok", "error", "warning", "error", "ok", "warning"],
    "": ["ok", "error", "warning", "error", "error", "error"],
}


@pytest.fixture(scope="module")
def strict(stack, far, made):
    """What the doctor says behind each of the strict networks, asked at the same time: each silence takes five
    seconds."""
    hosts, router = [], stack.router
    for n, ports in enumerate(STRICT):
        host, device = netns.Host(f"strict{n}", {DOMAIN: stack.address, RELAY: stack.address}), f"strict{n}"
        made.append(host)
        netns.link(host, "net", f"10.80.{n}.2/24", router, device, f"10.80.{n}.254/24")
        host.run("ip", "route", "add", "default", "via", f"10.80.{n}.254")
        router.only("tcp 80", "tcp 443", "tcp 7880", *filter(None, ports.split(", ")), device=device)
        hosts.append(host)
    with concurrent.futures.ThreadPoolExecutor() as pool:
        return dict(zip(STRICT, pool.map(lambda host: doctor(stack, host, far), hosts)))


@pytest.mark.parametrize("ports,expected", STRICT.items())
def test_a_strict_network(strict, ports, expected):
    found = strict[ports]
    assert levels(found, *ALL) == dict(zip(ALL, expected)), found


def test_a_firewall_of_the_server(stack, far):
    """Seen from inside by its rules, from outside by the silence."""
    stack.host.run("nft", "-f", "-", stdin="table inet wall {\nchain input {\ntype filter hook input priority 0\n"
                   'iif "lo" accept\nudp dport 50000-60000 drop\ntcp dport 7881 drop\n}\n}\n')
    try:
        inside, outside = doctor(stack, stack.host, stack.config), doctor(stack, stack.client, far)
    finally:
        stack.host.run("nft", "delete", "table", "inet", "wall")
    level, text = inside["firewall.input"]
    assert level != "ok" and "7881" in text and "50000" in text, inside
    # The relay, which is at the server itself, still leads to the media.
    assert levels(outside, *ALL) == dict(zip(ALL, ["ok", "error", "warning", "ok", "ok", "warning"])), outside
