# SPDX-License-Identifier: Apache-2.0
"""Where clients are told to send media, with a real LiveKit on a machine of its own (a network namespace): the rule
that decided and the kind of address are said."""
import os
import subprocess

import pytest

from lib.stack import poll

ROUTE = "address of the outbound route"
CASES = [       # addresses of the machine, server.host, the node IP, the rule, what is pointed out
    (["203.0.113.5/24"], "", "203.0.113.5", ROUTE, None),
    (["192.168.7.5/24"], "0.0.0.0", "192.168.7.5", ROUTE, "a private address"),
    (["100.64.7.5/24"], "", "100.64.7.5", ROUTE, "a carrier-grade NAT address"),
    (["169.254.7.5/24"], "", "169.254.7.5", ROUTE, "a link-local address"),
    (["172.17.0.5/16"], "", "172.17.0.5", ROUTE, "a Docker bridge address"),
    (["2001:db8::5/64"], "::", "2001:db8::5", ROUTE, None),
    (["fd00::5/64"], "", "fd00::5", ROUTE, "a private address"),
    (["2001:db8::5/64", "203.0.113.5/24"], "", "203.0.113.5", ROUTE, None),
    (["203.0.113.5/24", "203.0.113.6/24"], "203.0.113.6", "203.0.113.6", "server.host", None),
    (["203.0.113.5/24"], "localhost", "127.0.0.1", "server.host, looked up", "a loopback address"),
    ([], "", "127.0.0.1", "no route leads out of this machine", "a loopback address"),
]


def in_a_machine(m, *commands):
    """Starts it in a network namespace of its own, made so."""
    with open(m.dir / "log", "wb") as log:
        m.process = subprocess.Popen(["unshare", *([] if os.getuid() == 0 else ["--map-root-user"]), "--net",
                                      "--kill-child", "sh", "-ec", "; ".join([*commands, 'exec "$@"']), "sh",
                                      *m.command()], env=m.env, stdout=log, stderr=log)


def test_a_machine_whose_loopback_is_down(make):
    m = make()
    in_a_machine(m)
    m.wait_for("LiveKit was killed: there is no way to 127.0.0.1, where it would answer: "
               "see that this machine's loopback is up (ip link set lo up); starting LiveKit again in 0.50 s")


@pytest.mark.parametrize("addresses,host,ip,rule,kind", CASES)
def test_the_rule_and_the_kind(make, addresses, host, ip, rule, kind):
    """TURN is on as well: its relay must take a node IP of either family, and not lead to 127.0.0.1 by chance."""
    m = make()
    del m.conf["nodeIP"]
    m.server["domain"] = "meet.example.org"
    if host:
        m.server["host"] = host
    m.write()
    commands = ["ip link set lo up", "ip link add d0 type veth peer name d1", "ip link set d1 up", "ip link set d0 up"]
    commands += [f"ip addr add {a} dev d0{' nodad' if ':' in a else ''}" for a in addresses]
    commands += [f"ip -{6 if ':' in a else 4} route replace default dev d0" for a in addresses]
    in_a_machine(m, *commands)
    poll("ready", lambda: "LiveKit is ready on port" in m.log(), 40, log=m.log)
    assert f"clients send their media to {ip} ({rule})" in m.log()
    if kind:
        assert f"{ip} is {kind}: " in m.log() and "livekit.nodeIP" in m.log()
    else:
        assert " address: " not in m.log()
    if ip == "127.0.0.1":
        assert f"TURN is off: the node IP is 127.0.0.1 ({rule})" in m.log()
    else:
        assert "media is relayed for meet.example.org" in m.log()
