# SPDX-License-Identifier: Apache-2.0
"""The whole house on a host of its own, as a self-hoster runs it: the ports that firewall documents name, HTTPS with a
certificate of a private authority, TURN over UDP and TLS. Clients sit at other hosts and see what their filters let
through."""
import os
import pathlib
import shutil
import subprocess

import pytest

from lib import netns
from lib.http import Client
from lib.stack import ROOT, Stack, free_port
from lib.visitor import Visitor, by_sdk

DOMAIN = "meet.example.org"


def pytest_collection_modifyitems(items):
    if os.geteuid() != 0:
        for i in items:
            i.add_marker(pytest.mark.skip(reason="network namespaces need root"))


class HostClient(Client):
    """HTTP from a host's own network."""

    def __init__(self, from_, port, host):
        super().__init__(port, host)
        self.from_ = from_

    def request(self, *args, **kw):
        with self.from_.inside():
            return super().request(*args, **kw)


def authority(folder):
    """A private authority and its certificate for DOMAIN."""
    ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"]
    for name, more in (("ca", ["-subj", "/CN=Bedrud's test authority", "-addext", "keyUsage=critical,keyCertSign"]),
                       ("cert", ["-subj", f"/CN={DOMAIN}", "-addext", f"subjectAltName=DNS:{DOMAIN}", "-addext",
                                 "basicConstraints=critical,CA:FALSE", "-CA", folder / "ca.pem", "-CAkey",
                                 folder / "ca.key"])):
        subprocess.run(["openssl", "req", "-x509", *ec, *more, "-keyout", folder / f"{name}.key", "-out",
                        folder / f"{name}.pem"], check=True, capture_output=True)


class NetStack(Stack):
    """A Stack on a host; web: the browser app's folder, where a browser comes."""

    prefix = netns.RUN

    def __init__(self, host, address, web=None):
        self.host, self.address, self.web = host, address, web
        super().__init__({
            "server": {"port": "443", "httpPort": "80", "enableTLS": True, "domain": DOMAIN, "certFile": "cert.pem",
                       "keyFile": "cert.key"},
            "livekit": {"port": 7880, "tcpPort": 7881, "udpPort": 0, "nodeIP": address}})

    def _start(self):
        authority(self.dir)
        bracketed = f"[{self.address}]" if ":" in self.address else self.address
        self.frame = 'server.modules += ("mod_openssl")\n' + "".join(
            f'$SERVER["socket"] == "{a}:80" {{ }}\n' for a in {bracketed, "127.0.0.1"}) + (
            f'$SERVER["socket"] == "{bracketed}:443" {{ ssl.engine = "enable"\n'
            f'ssl.pemfile = "{self.dir}/cert.pem"\nssl.privkey = "{self.dir}/cert.key" }}\n')
        if self.web:
            shutil.rmtree(self.dir / "web")
            (self.dir / "web").symlink_to(self.web)
        self.livekit_port = 7880
        self.http = HostClient(self.host, 80, self.address)
        with self.host.inside():
            super()._start()

    def spawn(self, name, argv, env):
        super().spawn(name, [*self.host.words, *argv], env)


def web_app():
    places = [os.environ.get("BEDRUD_WEB"), os.environ.get("BEDRUD_PREFIX", "/nonexistent") + "/share/bedrud/web",
              ROOT / "web/dist"]
    return next((p for p in places if p and os.path.exists(f"{p}/index.html")), None)


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
def stack(hosts):
    """The server is 10.77.0.1; its other leg is in a network of its own, 10.78.0.0/24, with one more machine."""
    names = {DOMAIN: "10.77.0.1"}
    server, client, lan = hosts("server", names), hosts("client", names), hosts("lan")
    netns.link(server, client, "net", ["10.77.0.1/24"], ["10.77.0.2/24"])
    netns.link(server, lan, "lan", ["10.78.0.1/24"], ["10.78.0.2/24"])
    s = NetStack(server, "10.77.0.1", web_app())
    s.client, s.lan = client, lan
    yield s
    s.close()


@pytest.fixture
def client(stack):
    """The other host, with nothing filtered at the end."""
    yield stack.client
    stack.client.open()
