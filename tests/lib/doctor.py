# SPDX-License-Identifier: Apache-2.0
"""`bedrudctl doctor` as a test asks it, and peers for it to look at: TLS fronts with certificates of all kinds."""
import datetime
import json
import os
import re
import socket
import ssl
import subprocess
import threading

from lib.stack import ROOT, free_port, poll, program

LEVELS = ["ok", "warning", "error"]
# The names that bedrud-troubleshooting(7) has
LISTED = {name for line in re.findall(r"^\.It Cm (.*)", (ROOT / "man/bedrud-troubleshooting.7").read_text(), re.M)
          for name in line.split(" , ")}


class Report:
    """What the doctor said, by the names of its checks; what holds for every run is looked at here."""

    def __init__(self, config, env=None, exits=(0, 1, 2), before=(), words=()):
        p = subprocess.run([*before, program("bedrudctl"), "--config", config, "--json", "doctor", *words],
                           capture_output=True, text=True, timeout=120, env={**os.environ, **(env or {})})
        assert p.returncode in exits, f"{p.returncode} {p.stdout}{p.stderr}"
        self.text, self.code = p.stdout + p.stderr, p.returncode
        said = json.loads(p.stdout)
        self.checks = said["checks"]
        assert LEVELS.index(said["verdict"]) == max(LEVELS.index(c["level"]) for c in self.checks), self
        for c in self.checks:
            assert set(c) == {"check", "level", "seen", "fix"} and (c["fix"] is None) == (c["level"] == "ok"), c
            assert c["check"] in LISTED, c

    def __getitem__(self, name):
        found = [c for c in self.checks if c["check"] == name]
        assert len(found) == 1, f"{len(found)} of {name} in\n{self}"
        return found[0]

    def every(self, name):
        """(level, seen, fix) of each finding of a check that looks at several things alike."""
        return [(c["level"], c["seen"], c["fix"]) for c in self.checks if c["check"] == name]

    def one(self, name, level, seen, fix=""):
        """The one finding of that check and level whose sentence has these words; its fix has those."""
        found = [c for c in self.checks if c["check"] == name and c["level"] == level and seen in c["seen"]]
        assert len(found) == 1, f"{len(found)} of {name} {level} {seen!r} in\n{self}"
        assert fix in (found[0]["fix"] or ""), found
        return found[0]

    def levels(self, name):
        return {c["level"] for c in self.checks if c["check"] == name}

    def __contains__(self, name):
        return any(c["check"] == name for c in self.checks)

    def expect(self, name, level, seen, fix=None):
        """The check has this level, and its sentences these words."""
        c = self[name]
        assert c["level"] == level and seen in c["seen"], f"{name}: {c}\nin\n{self}"
        assert fix is None or fix in c["fix"], c
        return self

    def __str__(self):
        return "\n".join(f"{c['level']:8} {c['check']}: {c['seen']}\n         {c['fix']}" for c in self.checks)


class Authority:
    """A certificate authority of the test's own, made with openssl."""

    def __init__(self, folder):
        self.dir = folder
        self.cert, self.key = folder / "ca.pem", folder / "ca.key"
        self._openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "30",
                      "-subj", "/CN=test authority", "-keyout", self.key, "-out", self.cert)

    @staticmethod
    def _openssl(*words, **kw):
        subprocess.run(["openssl", *map(str, words)], check=True, capture_output=True, **kw)

    def issue(self, name, names="DNS:localhost,IP:127.0.0.1", days=60, begins=-1, self_signed=False):
        """(certificate, key) for the names, good from begins to days, in days from now."""
        cert, key, request, ext = (self.dir / f"{name}.{e}" for e in ("pem", "key", "csr", "ext"))
        self._openssl("req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj",
                      f"/CN={name}", "-keyout", key, "-out", request)
        ext.write_text(f"subjectAltName={names}\n")
        signer = ["-signkey", key] if self_signed else ["-CA", self.cert, "-CAkey", self.key, "-CAcreateserial"]
        if begins + 1 == 0 and days >= 0:
            self._openssl("x509", "-req", "-in", request, *signer, "-days", days, "-extfile", ext, "-out", cert)
        else:
            self._dated(request, cert, ext, begins, days)
        return cert, key

    def _dated(self, request, cert, ext, begins, days):
        """`openssl ca` alone takes two dates in Debian 12."""
        now = datetime.datetime.now(datetime.timezone.utc)
        begin, end = ((now + datetime.timedelta(days=d)).strftime("%Y%m%d%H%M%SZ") for d in (begins, days))
        (self.dir / "index.txt").write_text("")
        (self.dir / "ca.conf").write_text(
            "[ca]\ndefault_ca = a\n[a]\n" f"database = {self.dir}/index.txt\nserial = {self.dir}/serial\n"
            f"new_certs_dir = {self.dir}\ndefault_md = sha256\npolicy = p\n[p]\ncommonName = supplied\n")
        self._openssl("ca", "-batch", "-create_serial", "-rand_serial", "-config", self.dir / "ca.conf", "-cert",
                      self.cert, "-keyfile", self.key, "-in", request, "-out", cert, "-extfile", ext, "-startdate",
                      begin, "-enddate", end, "-notext")


class Relay:
    """Passes connections on to a port of this machine, byte for byte; TLS is taken off when there is a certificate."""

    def __init__(self, port, to, cert=None, key=None):
        self.to, self.context = to, None
        if cert:
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(cert, key)
        self.socket = socket.create_server(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(peer,), daemon=True).start()

    def _serve(self, peer):
        try:
            if self.context:
                peer = self.context.wrap_socket(peer, server_side=True)
            with peer, socket.create_connection(("127.0.0.1", self.to)) as on:
                back = threading.Thread(target=self._copy, args=(on, peer), daemon=True)
                back.start()
                self._copy(peer, on)
                back.join()
        except OSError:
            pass

    @staticmethod
    def _copy(source, to):
        try:
            while data := source.recv(65536):
                to.sendall(data)
            to.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.socket.close()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.close()


class Tap(Relay):
    """Passes on, and keeps what clients sent."""

    def __init__(self, to):
        self.heard = []
        super().__init__(0, to)

    def _copy(self, source, to):
        try:
            while data := source.recv(65536):
                if to.getpeername()[1] == self.to:
                    self.heard.append(data)
                to.sendall(data)
            to.shutdown(socket.SHUT_WR)
        except OSError:
            pass


class Says:
    """An HTTP server that gives every request the same answer (a function makes it of the request), for peers that no
    real program can be made to be."""

    def __init__(self, port, answer):
        self.answer = answer if callable(answer) else lambda _: answer.encode()
        self.socket = socket.create_server(("127.0.0.1", port))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            with peer:
                try:
                    peer.sendall(self.answer(peer.recv(65536)))
                except OSError:
                    pass

    close, __enter__, __exit__ = Relay.close, Relay.__enter__, Relay.__exit__


class Silent(Relay):
    """Accepts connections, keeps what comes (`heard`, one for each connection), and never answers."""

    def __init__(self):
        self.heard = []
        super().__init__(0, None)

    def _serve(self, peer):
        with peer:
            self.heard.append(peer.recv(65536))
            while peer.recv(65536):
                pass


class Redis:
    """A real redis-server on a port of its own, with more of its options."""

    def __init__(self, folder, *options, port=None):
        self.port, self.dir = port or free_port(), folder
        plain = [] if port == 0 or "--tls-port" in options else ["--port", str(self.port)]
        words = [str(self.port) if w == "PORT" else str(w) for w in options]
        self.process = subprocess.Popen(
            ["redis-server", "--bind", "127.0.0.1", "--save", "", "--dir", str(folder), "--loglevel", "warning", *plain,
             *words], stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
        poll("redis-server", lambda: socket.create_connection(("127.0.0.1", self.port), 1).close() or True)

    def close(self):
        self.process.terminate()
        self.process.wait(20)

    __enter__, __exit__ = Relay.__enter__, Relay.__exit__
