# SPDX-License-Identifier: Apache-2.0
"""The whole house on a host of its own, as a self-hoster runs it: the ports that firewall documents name, HTTPS with a
certificate of a private authority, TURN over UDP and TLS."""
import os
import shutil
import subprocess

from . import netns
from .http import Client
from .stack import ROOT, Stack

DOMAIN = "meet.example.org"


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
