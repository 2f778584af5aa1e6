# SPDX-License-Identifier: Apache-2.0
"""Bedrud as it really runs, for tests: lighttpd, the responders, livekit-launcher and livekit-server, on ports of its
own."""
import itertools
import json
import os
import pathlib
import re
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
import uuid

from . import hooks
from .fcgi import Cgi, Fastcgi, _die_with_parent
from .http import Client

ROOT = pathlib.Path(__file__).resolve().parents[2]
RESPONDERS = ("auth", "join", "room", "recording", "webhook", "health")
PASSWORD = "correct horse " + secrets.token_hex(8)      # its own in each run: test_secrets and test_leaks look for it
# Two runs at once shall not look at the same port in the same moment.
_ports = itertools.count(int(os.environ.get("BEDRUD_TEST_PORT", 18700 + os.getpid() % 16 * 10)))


def poll(what, fn, timeout=20, every=0.05, log=None):
    """The first true value of fn(). Readiness is asked for, never slept for."""
    end = time.monotonic() + timeout
    last = None
    while True:
        try:
            value = fn()
            if value:
                return value
            last = value
        except (OSError, sqlite3.Error, AssertionError) as e:
            last = e
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {timeout} s; last: {last!r}\n{log() if log else ''}")
        time.sleep(every)


def free_port():
    """The next port that nobody holds, neither by TCP nor by UDP."""
    for port in _ports:
        try:
            for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
                with socket.socket(socket.AF_INET, kind) as s:
                    if kind == socket.SOCK_STREAM:
                        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                    s.bind(("", port))
            return port
        except OSError:
            continue


def program(name):
    """A program of ours: below BEDRUD_PREFIX when it is set, else from the build directory BEDRUD_BUILD."""
    prefix, build = os.environ.get("BEDRUD_PREFIX"), os.environ.get("BEDRUD_BUILD")
    if prefix:
        places = [f"{prefix}/libexec/bedrud", f"{prefix}/bin"]
    elif build:
        places = [build, f"{build}/cgi/{name.split('.')[0]}", f"{build}/ctl", f"{build}/livekit-launcher"]
    else:
        raise RuntimeError("name a build directory in BEDRUD_BUILD, or an installed prefix in BEDRUD_PREFIX")
    for place in places:
        path = pathlib.Path(place, name).absolute()
        if path.is_file() and os.access(path, os.X_OK):
            return path
    raise RuntimeError(f"{name} is in none of {', '.join(map(str, places))}: build it first")


def tool(name):
    """A program of tests/tools: installed trees don't include it, it is built beside the responders."""
    for place in (os.environ.get("BEDRUD_BUILD"), ROOT / "build", ROOT / "b"):
        path = pathlib.Path(place or "/", "tests/tools", name).absolute()
        if path.is_file():
            return path
    raise RuntimeError(f"tests/tools/{name} is not built: run make, and name the build directory in BEDRUD_BUILD")


def livekit_binary():
    path = os.environ.get("LIVEKIT_SERVER") or shutil.which("livekit-server")
    if not path:
        raise RuntimeError("no livekit-server: name one in LIVEKIT_SERVER")
    return path


def yaml(value, indent=0):
    """Block-style YAML of nested dicts, lists and scalars."""
    pad = " " * indent
    out = ""
    for k, v in value.items():
        if isinstance(v, dict):
            out += f"{pad}{k}:\n" + yaml(v, indent + 2)
        elif isinstance(v, list):
            out += f"{pad}{k}:\n" + "".join(f"{pad}  - {json.dumps(x)}\n" for x in v)
        else:
            out += f"{pad}{k}: {json.dumps(v)}\n"
    return out


def merge(base, over):
    for k, v in over.items():
        if isinstance(v, dict) and isinstance(base.get(k), dict):
            merge(base[k], v)
        else:
            base[k] = v
    return base


class Lock:
    """Another writer: BEGIN IMMEDIATE for some seconds."""

    def __init__(self, path, seconds):
        self.db = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10)
        self.db.execute("BEGIN IMMEDIATE")
        self.timer = threading.Timer(seconds, self.free)
        self.timer.start()

    def free(self):
        self.db.execute("ROLLBACK")
        self.db.close()


class Account:
    def __init__(self, reply, password=PASSWORD):
        body = reply.must(200)
        self.reply, self.user, self.password = reply, body["user"], password
        self.id, self.email, self.name = (body["user"][k] for k in ("id", "email", "name"))
        self.token, self.refresh = body["tokens"]["accessToken"], body["tokens"]["refreshToken"]


def sweep(folder):
    """Takes away LiveKit's configuration, if the last launcher of this state directory was killed."""
    note = folder / "livekit-launcher.file"
    name = note.read_text().strip() if note.exists() else ""
    if re.fullmatch(r"/tmp/bedrud-livekit-[A-Za-z0-9]{6}\.yaml", name):
        pathlib.Path(name).unlink(missing_ok=True)


class State:
    """A state directory: configuration, database, first administrator. Enough for responders that run without a web
    server."""

    prefix = "bst"      # of the directory's name

    def __init__(self, config=None, database=None):
        self.dir = pathlib.Path(tempfile.mkdtemp(prefix=self.prefix, dir="/tmp"))
        for d in ("run", "log", "web/assets"):
            (self.dir / d).mkdir(parents=True)
        self.port, self.livekit_port = free_port(), free_port()
        self.livekit_tcp, self.livekit_udp = free_port(), free_port()
        self.secrets = {n: secrets.token_hex(32) for n in ("jwt", "session", "livekit")}
        self.key = "APIsystemtest"
        self.admin_email, self.admin_password = "admin@example.org", "admin-" + secrets.token_hex(12)
        self.conf = merge({
            "server": {"port": str(self.port)},
            "database": {"type": "sqlite", "path": "bedrud.db"},
            "livekit": {"apiKey": self.key, "apiSecret": self.secrets["livekit"], "port": self.livekit_port,
                        "tcpPort": self.livekit_tcp, "udpPort": self.livekit_udp, "emptyTimeout": 20,
                        "departureTimeout": 2},
            "auth": {"jwtSecret": self.secrets["jwt"], "sessionSecret": self.secrets["session"]},
            "rateLimit": {f"{g}{k}": v for g in ("auth", "guest", "api")
                          for k, v in (("MaxRequests", 1000000), ("WindowSecs", 60))},
        }, config or {})
        self.config = self.dir / "config.yaml"
        self.write_config(self.config, self.conf)
        self.database = self.dir / "bedrud.db"
        try:
            self._prepare(database)
        except BaseException:
            shutil.rmtree(self.dir, ignore_errors=True)
            raise

    def _prepare(self, database):
        if database:
            database(self.database)
        self.ctl("db", "migrate")
        self.ctl("user", "create", "--email", self.admin_email, "--name", "First Admin", "--admin", "--password-file",
                 "-", stdin=self.admin_password)

    @staticmethod
    def write_config(path, conf):
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
            f.write(yaml(conf))

    def variant(self, name, config):
        """Another configuration file over the same database."""
        path = self.dir / f"{name}.yaml"
        self.write_config(path, merge(json.loads(json.dumps(self.conf)), config))
        return path

    def ctl(self, *words, stdin=""):
        p = subprocess.run([program("bedrudctl"), "--config", self.config, *words], input=stdin, text=True,
                           capture_output=True, timeout=60)
        assert p.returncode == 0, f"bedrudctl {' '.join(words)} exited {p.returncode}: {p.stdout}{p.stderr}"
        return p.stdout

    def cgi(self, name, config=None):
        return Cgi(program(f"{name}.fcgi"), config or self.config)

    def fastcgi(self, name, config=None, env=None, **kw):
        return Fastcgi(program(f"{name}.fcgi"), config or self.config, self.dir / "run" / f"t{uuid.uuid4().hex[:8]}",
                       self.dir / "log" / f"{name}.direct.log", env, **kw)

    def sql(self, query, *args):
        """Runs one statement in a transaction of its own; the rows."""
        db = sqlite3.connect(self.database, timeout=10)
        db.row_factory = sqlite3.Row
        try:
            with db:
                return db.execute(query, args).fetchall()
        finally:
            db.close()

    def one(self, query, *args):
        rows = self.sql(query, *args)
        assert len(rows) == 1, f"{len(rows)} rows for {query} {args}"
        return rows[0]

    def settings(self, **columns):
        """Changes the row of system_settings; a context that puts it back."""
        return Settings(self, columns)

    def close(self):
        sweep(self.dir)
        shutil.rmtree(self.dir, ignore_errors=True)


class Settings:
    def __init__(self, state, columns):
        self.state, self.columns = state, columns

    def __enter__(self):
        if not self.state.sql("SELECT 1 FROM system_settings WHERE id = 1"):
            self.state.sql("INSERT INTO system_settings (id) VALUES (1)")
        self.old = dict(self.state.one("SELECT * FROM system_settings WHERE id = 1"))
        self._set(self.columns)

    def __exit__(self, *exc):
        self._set({k: self.old[k] for k in self.columns})

    def _set(self, columns):
        names = ", ".join(f"{k} = ?" for k in columns)
        self.state.sql(f"UPDATE system_settings SET {names} WHERE id = 1", *columns.values())


class Stack(State):
    """The whole house."""

    frame = ""          # more of lighttpd's configuration

    def __init__(self, config=None, database=None):
        super().__init__(config, database)
        self.processes = {}
        self.http = Client(self.port)
        self._admin = None
        (self.dir / "web/index.html").write_text("<!doctype html><title>shell</title><p>the shell</p>"
                                                 + "<p>and more of it</p>\n" * 40)
        (self.dir / "web/assets/app-0a1b2c3d.js").write_text("export const here = 1;\n")
        (self.dir / "web/favicon.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")
        try:
            self._start()
            # One account makes hundreds of rooms here.
            self.sql("INSERT OR IGNORE INTO system_settings (id) VALUES (1)")
            self.sql("UPDATE system_settings SET max_rooms_per_user = 100000 WHERE id = 1")
        except BaseException:
            print(self.logs(20000))
            self.close()
            raise

    def _start(self):
        self.spawn("lighttpd", ["lighttpd", "-D", "-f", self.lighttpd_conf()],
                   {"PATH": os.environ["PATH"] + ":/usr/sbin", "BEDRUD_CONFIG": str(self.config)})
        self.spawn("launcher", [program("livekit-launcher"), "--config", self.config],
                   {"PATH": os.environ["PATH"], "LIVEKIT_SERVER": livekit_binary()})
        poll("lighttpd and the responders", lambda: self.http.get("/api/ready").status == 200, log=self.logs)
        self.wait_livekit()

    def spawn(self, name, argv, env):
        with open(self.dir / "log" / f"{name}.out", "ab") as out:
            self.processes[name] = subprocess.Popen(list(map(str, argv)), stdin=subprocess.DEVNULL, stdout=out,
                                                    stderr=out, env=env, cwd="/", preexec_fn=_die_with_parent)

    def stop(self, name, with_signal=signal.SIGTERM):
        p = self.processes.pop(name)
        p.send_signal(with_signal)
        assert p.wait(30) in (0, -with_signal), f"{name} exited {p.returncode}\n{self.logs()}"

    def wait_livekit(self):
        def ready():
            for name, p in self.processes.items():
                if p.poll() is not None:
                    raise RuntimeError(f"{name} exited {p.returncode}\n{self.logs()}")
            return Client(self.livekit_port).get("/").status == 200
        poll("livekit-server", ready, 30, log=self.logs)

    def lighttpd_conf(self):
        """etc/lighttpd/bedrud.conf as it is shipped, inside a frame with this stack's port and files."""
        d = self.dir
        libexec = {program(f"{n}.fcgi").parent for n in RESPONDERS}
        assert len(libexec) == 1, f"responders in several folders: {libexec}"
        filled = subprocess.run(
            [ROOT / "scripts/fill", ROOT / "etc/lighttpd/bedrud.conf", f"LIBEXEC={libexec.pop()}", f"WEB={d}/web",
             f"CONFIG={self.config}", f"RUN={d}/run", f"LIVEKIT_PORT={self.livekit_port}", "CONNECT="],
            check=True, capture_output=True, text=True).stdout
        (d / "run/bedrud.conf").write_text(filled)
        path = d / "run/lighttpd.conf"
        path.write_text(f"""
server.port = {self.port}
server.bind = "127.0.0.1"
server.document-root = "{d}/web"
server.upload-dirs = ("{d}/run")
server.errorlog = "{d}/log/lighttpd.log"
server.breakagelog = "{d}/log/responders.log"
include "{d}/run/bedrud.conf"
{self.frame}""")
        return path

    def logs(self, limit=6000):
        out = ""
        for f in sorted((self.dir / "log").iterdir()):
            text = f.read_text("utf-8", "replace")
            out += f"--- {f.name}\n{text[-limit:]}\n"
        return out

    def close(self):
        for p in reversed(list(self.processes.values())):
            if p.poll() is None:
                p.send_signal(signal.SIGTERM)
        for name, p in self.processes.items():
            try:
                p.wait(20)
            except subprocess.TimeoutExpired:
                print(f"{name} did not end within 20 s of SIGTERM\n{self.logs()}")
                p.kill()
                p.wait()
        super().close()

    # What people do.

    @property
    def admin(self):
        if not self._admin:
            self._admin = self.login(self.admin_email, self.admin_password)
        return self._admin

    def login(self, email, password=PASSWORD):
        return Account(self.http.post("/api/auth/login", {"email": email, "password": password}), password)

    def account(self, name="Ann Example"):
        """A new account."""
        email = f"u{uuid.uuid4().hex[:10]}@example.org"
        return Account(self.http.post("/api/auth/register", {"email": email, "password": PASSWORD, "name": name}))

    def guest(self, name="Gast"):
        """A new guest of A3."""
        return Account(self.http.post("/api/auth/guest-login", {"name": name}), None)

    def room(self, owner, **wishes):
        """A new room, public unless said otherwise."""
        wishes = {"isPublic": True, "settings": ALL_ON, **wishes}
        return self.http.post("/api/room/create", wishes, token=owner.token).must(200)

    def join(self, who, room):
        return self.http.post("/api/room/join", {"roomName": room["name"]}, token=who.token)

    def guest_join(self, room, name="Gast", **kw):
        return self.http.post("/api/room/guest-join", {"roomName": room["name"], "guestName": name}, **kw)

    def hook(self, event, room, room_sid=None, **kw):
        """A webhook as the real server signs it. Who has a token of ours comes with its admission, unless told
        otherwise."""
        if kw.get("identity") and "admission" not in kw:
            kw["admission"] = next((r["id"] for r in self.sql(
                "SELECT id FROM admissions WHERE room_id = ? AND identity = ? "
                                                              "AND voided_at = 0", room["id"], kw["identity"])), None)
        raw = hooks.body(event, room["name"], room_sid or "RM_" + room["id"][:12], **kw)
        return self.post_hook(raw)

    def post_hook(self, raw, authorization=None, **kw):
        if authorization is None:
            authorization = hooks.sign(raw, self.key, self.secrets["livekit"])
        headers = {"Authorization": authorization} if authorization else {}
        return self.http.post("/api/livekit/webhook", body=raw, kind="application/webhook+json", headers=headers, **kw)

    def active(self, room):
        """Identities that hold a seat, as the shared table says."""
        rows = self.sql("SELECT user_id FROM room_participants WHERE room_id = ? AND is_active = 1", room["id"])
        return {r["user_id"] for r in rows}

    def responders(self, name):
        """Process ids of the responder that the web server runs here."""
        found = []
        for p in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                if (p / "exe").samefile(program(f"{name}.fcgi")) and \
                        str(self.config).encode() in (p / "environ").read_bytes():
                    found.append(int(p.name))
            except OSError:
                pass        # it has ended meanwhile
        return found

    def livekit_pid(self):
        """The livekit-server that the launcher runs."""
        launcher = self.processes["launcher"].pid
        for task in pathlib.Path(f"/proc/{launcher}/task").iterdir():
            for pid in (task / "children").read_text().split():
                if b"livekit-server" in pathlib.Path(f"/proc/{pid}/cmdline").read_bytes():
                    return int(pid)
        raise AssertionError(f"the launcher has no livekit-server\n{self.logs()}")


ALL_ON = {"allowChat": True, "allowVideo": True, "allowAudio": True}
