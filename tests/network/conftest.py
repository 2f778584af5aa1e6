# SPDX-License-Identifier: Apache-2.0
"""The house (lib/netstack.py) at one host, its visitors at others, where they see what their filters let through."""
import os

import pytest

from lib import netns
from lib.netstack import DOMAIN, RELAY, NetStack, web_app


def pytest_collection_modifyitems(items):
    if os.geteuid() != 0:
        for i in items:
            if "tests/network/" in i.nodeid:
                i.add_marker(pytest.mark.skip(reason="network namespaces need root"))


@pytest.fixture(scope="session")
def made():
    """Hosts that are to be removed in the end."""
    netns.sweep()
    made = []
    yield made
    for h in made:
        h.close()


@pytest.fixture(scope="session")
def stack(made, request):
    """The server is a NetStack at 10.77.0.1, or what the parameter says; the client is behind a router. The server's
    other leg is in a network of its own, 10.78.0.0/24, with one more machine. Where the address is an IPv6 one there is
    no IPv4."""
    kind, address = getattr(request, "param", None) or (NetStack, "10.77.0.1")
    names = {DOMAIN: address, RELAY: address}
    server, client, router, lan = (netns.Host("server", names), netns.Host("client", names), netns.Router("router"),
                                   netns.Host("lan"))
    made += [server, client, router, lan]
    if ":" in address:
        netns.link(server, "net", f"{address}/64", router, "outer", "fd77::fe/64")
        netns.link(client, "net", "fd79::2/64", router, "inner", "fd79::fe/64")
        client.run("ip", "-6", "route", "add", "default", "via", "fd79::fe")
        server.run("ip", "-6", "route", "add", "default", "via", "fd77::fe")
    else:
        netns.link(server, "net", f"{address}/24", router, "outer", "10.77.0.254/24")
        netns.link(client, "net", "10.79.0.2/24", router, "inner", "10.79.0.254/24")
        client.run("ip", "route", "add", "default", "via", "10.79.0.254")
        netns.link(server, "lan", "10.78.0.1/24", lan, "lan", "10.78.0.2/24")
    s = kind(server, address, web_app())
    s.client, s.router, s.lan = client, router, lan
    yield s
    s.close()


@pytest.fixture
def router(stack):
    """What stands between the client and the server, with nothing filtered at the end."""
    yield stack.router
    stack.router.open()
