# SPDX-License-Identifier: Apache-2.0
"""The house (lib/netstack.py) at one host, its visitors at others, where they see what their filters let through."""
import os

import pytest

from lib import netns
from lib.netstack import DOMAIN, NetStack, web_app


def pytest_collection_modifyitems(items):
    if os.geteuid() != 0:
        for i in items:
            if "tests/network/" in i.nodeid:
                i.add_marker(pytest.mark.skip(reason="network namespaces need root"))


@pytest.fixture(scope="session")
def hosts():
    """make(role, addresses of others) -> Host."""
    netns.sweep()
    made = []

    def make(role, names=None):
        made.append(netns.Host(role, names))
        return made[-1]
    yield make
    for h in made:
        h.close()


@pytest.fixture(scope="session")
def stack(hosts, request):
    """The server is 10.77.0.1, or what the parameter says; its other leg is in a network of its own, 10.78.0.0/24, with
    one more machine. Without IPv4 where the address is an IPv6 one."""
    address = getattr(request, "param", "10.77.0.1")
    names = {DOMAIN: address}
    server, client, lan = hosts("server", names), hosts("client", names), hosts("lan")
    if ":" in address:
        netns.link(server, client, "net", [f"{address}/64"], ["fd77::2/64"])
    else:
        netns.link(server, client, "net", [f"{address}/24"], ["10.77.0.2/24"])
        netns.link(server, lan, "lan", ["10.78.0.1/24"], ["10.78.0.2/24"])
    s = NetStack(server, address, web_app())
    s.client, s.lan = client, lan
    yield s
    s.close()


@pytest.fixture
def client(stack):
    """The other host, with nothing filtered at the end."""
    yield stack.client
    stack.client.open()
