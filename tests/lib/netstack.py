# SPDX-License-Identifier: Apache-2.0
"""The whole house on a host of its own, as a self-hoster runs it: the ports that firewall documents name, HTTPS with a
certificate of a private authority, TURN over UDP and TLS."""
import os
import shutil
import subprocess

from . import netns
from .fronts import fill
from .http import Client
from .stack import ROOT, Stack, merge

DOMAIN = "meet.example.org"
RELAY = "turn." + DOMAIN


class HostClient(Client):
    """HTTP from a host's own network."""

    def __init__(self, from_, port, host):
        super().__init__(port, host)
        self.from_ = from_

    def request(self, *args, **kw):
        with self.from_.inside():
            return super().request(*args, **kw)


def authority(folder):
    """A private authority and its certificate for DOMAIN and RELAY."""
    ec = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30"]
    for name, more in (("ca", ["-subj", "/CN=Bedrud's test authority", "-addext", "keyUsage=critical,keyCertSign"]),
                       ("cert", ["-subj", f"/CN={DOMAIN}", "-addext", f"subjectAltName=DNS:{DOMAIN},DNS:{RELAY}",
                                 "-addext", "basicConstraints=critical,CA:FALSE", "-CA", folder / "ca.pem",
                                 "-CAkey", folder / "ca.key"])):
        subprocess.run(["openssl", "req", "-x509", *ec, *more, "-keyout", folder / f"{name}.key", "-out",
                        folder / f"{name}.pem"], check=True, capture_output=True)


class NetStack(Stack):
    """A Stack on a host; web: the browser app's folder, where a browser comes."""

    prefix = netns.RUN
    more = {}           # of the configuration

    def __init__(self, host, address, web=None):
        self.host, self.address, self.web = host, address, web
        super().__init__(merge({
            "server": {"port": "443", "httpPort": "80", "enableTLS": True, "domain": DOMAIN, "certFile": "cert.pem",
                       "keyFile": "cert.key"},
            "livekit": {"port": 7880, "tcpPort": 7881, "udpPort": 0, "nodeIP": address}}, self.more))

    def _start(self):
        authority(self.dir)
        bracketed = f"[{self.address}]" if ":" in self.address else self.address
        self.frame = "".join(f'$SERVER["socket"] == "{a}:80" {{ }}\n' for a in {bracketed, "127.0.0.1"})
        self.frame += self.https(f"{bracketed}:443", "")
        if self.web:
            shutil.rmtree(self.dir / "web")
            (self.dir / "web").symlink_to(self.web)
        self.livekit_port = 7880
        self.http = HostClient(self.host, 80, self.address)
        self.start_front()
        with self.host.inside():
            super()._start()

    def https(self, place, more):
        return (f'server.modules += ("mod_openssl")\n$SERVER["socket"] == "{place}" {{ ssl.engine = "enable"\n{more}'
                f'ssl.pemfile = "{self.dir}/cert.pem"\nssl.privkey = "{self.dir}/cert.key" }}\n')

    def start_front(self):
        """Whatever stands before the web server."""

    def spawn(self, name, argv, env):
        super().spawn(name, [*self.host.words, *argv], env)


class SharedStack(NetStack):
    """HTTPS and the relay at port 443, told apart by name: etc/nginx/turn.conf in front."""

    more = {"livekit": {"turn": {"domain": RELAY, "certFile": "cert.pem", "keyFile": "cert.key"}}}

    def https(self, place, more):
        trust = 'extforward.hap-PROXY = "enable"\nextforward.forwarder = ("127.0.0.1" => "trust")\n'
        return super().https("127.0.0.1:8443", trust) + 'server.modules += ("mod_extforward")\n'

    def start_front(self):
        run = self.dir / "run"
        (run / "turn.conf").write_text(fill("nginx/turn.conf", LISTEN=f"{self.address}:443", TURN_DOMAIN=RELAY,
                                            TURN_PORT=5349, HTTPS_PORT=8443, RUN=run))
        (run / "nginx.conf").write_text("load_module /usr/lib/nginx/modules/ngx_stream_module.so;\nuser root;\n"
                                        f"daemon off;\npid {run}/nginx.pid;\nevents {{ }}\ninclude {run}/turn.conf;\n")
        self.spawn("nginx", ["nginx", "-e", self.dir / "log/nginx.log", "-c", run / "nginx.conf"],
                   {"PATH": os.environ["PATH"] + ":/usr/sbin"})


def web_app():
    places = [os.environ.get("BEDRUD_WEB"), os.environ.get("BEDRUD_PREFIX", "/nonexistent") + "/share/bedrud/web",
              ROOT / "web/dist"]
    return next((p for p in places if p and os.path.exists(f"{p}/index.html")), None)
