# SPDX-License-Identifier: Apache-2.0
"""The whole house behind each web server that etc/ has a file for, as an unprivileged user."""
import os
import pathlib
import pwd
import subprocess

from .stack import RESPONDERS, ROOT, Stack, livekit_binary, poll, program

APACHE_MODULES = ("mpm_event authz_core dir mime alias env setenvif rewrite headers filter deflate proxy proxy_http "
                  "proxy_wstunnel").split()


def unprivileged():
    """(name, words to put before a command): what root starts must not stay root; Apache refuses, and the others
    shouldn't."""
    if os.getuid() != 0:
        return None, []
    for name in ("bedrud", "nobody"):
        try:
            user = pwd.getpwnam(name)
        except KeyError:
            continue
        return user, ["setpriv", "--reuid", str(user.pw_uid), "--regid", str(user.pw_gid), "--clear-groups",
                      "setpriv", "--pdeathsig", "KILL"]
    raise RuntimeError("neither the user bedrud nor nobody exists")


def fill(sample, **places):
    """A sample of etc/ with its places filled in, as text."""
    return subprocess.run([ROOT / "scripts/fill", ROOT / "etc" / sample, *(f"{k}={v}" for k, v in places.items())],
                          check=True, capture_output=True, text=True).stdout


class Front(Stack):
    """A Stack with another web server; subclasses say which."""

    access_log = False          # True: the distribution's own; for lighttpd, which has none, what the sample advises

    def _start(self):
        self.user, self.before = unprivileged()
        for name in ("assets/app-0a1b2c3d.js", "index.html"):
            (self.dir / "web" / name).chmod(0o644)
        if self.user:
            for path in (self.dir, *self.dir.rglob("*")):
                os.chown(path, self.user.pw_uid, self.user.pw_gid)
        self.start_server()
        self.spawn("launcher", [program("livekit-launcher"), "--config", self.config],
                   {"PATH": os.environ["PATH"], "LIVEKIT_SERVER": livekit_binary()})
        poll("the web server and the responders", lambda: self.http.get("/api/ready").status == 200, log=self.logs)
        self.wait_livekit()

    def start(self, name, argv, **env):
        self.spawn(name, [*self.before, *argv], {"PATH": os.environ["PATH"] + ":/usr/sbin", **env})

    def spawn_responders(self):
        """For a server that starts none: spawn-fcgi gives each its socket."""
        for name in RESPONDERS:
            self.start(f"{name}.fcgi", ["spawn-fcgi", "-n", "-s", self.dir / f"run/{name}.sock", "-M", "0660", "--",
                                        program(f"{name}.fcgi")], BEDRUD_CONFIG=str(self.config))

    def fill(self, sample, **places):
        return fill(sample, **places)

    def write(self, name, text):
        path = self.dir / "run" / name
        path.write_text(text)
        return path

    def libexec(self):
        folders = {program(f"{n}.fcgi").parent for n in RESPONDERS}
        assert len(folders) == 1, f"responders in several folders: {folders}"
        return folders.pop()


class Lighttpd(Front):
    def start_server(self):
        if self.access_log:
            self.frame = ('server.modules += ("mod_accesslog")\n'
                          f'accesslog.filename = "{self.dir}/log/lighttpd.access.log"\n'
                          'accesslog.format = "%h %t \\"%m %U\\" %>s %b"\n')
        self.start("lighttpd", ["lighttpd", "-D", "-f", self.lighttpd_conf()])


class Nginx(Front):
    """nginx starts no responders."""

    def start_server(self):
        run = self.dir / "run"
        self.spawn_responders()
        self.write("bedrud.conf", self.fill("nginx/bedrud.conf", LISTEN=f"127.0.0.1:{self.port}", WEB=self.dir / "web",
                                            RUN=run,
                                            LIVEKIT_PORT=self.livekit_port, CONNECT=""))
        access_log = self.dir / "log/nginx.access.log" if self.access_log else "off"
        temp = "".join(f"{k}_temp_path {run}/{k};" for k in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        conf = self.write("nginx.conf", f"daemon off; pid {run}/nginx.pid; error_log {self.dir}/log/nginx.log;\n"
                          f"events {{ worker_connections 512; }}\n"
                          f"http {{ access_log {access_log}; include /etc/nginx/mime.types;\n"
                          f"{temp} include {run}/bedrud.conf; }}\n")
        self.start("nginx", ["nginx", "-e", self.dir / "log/nginx.log", "-c", conf])


class NginxUnkept(Nginx):
    """With a connection to the responder for each request."""

    def fill(self, sample, **places):
        text = super().fill(sample, **places)
        assert "fastcgi_keep_conn on;" in text
        return text.replace("fastcgi_keep_conn on;", "fastcgi_keep_conn off;")


class Apache(Front):
    """mod_fcgid: one request at a time for each process."""

    by, module = "FCGID", "fcgid"
    own = """
FcgidSpawnScoreUpLimit 100
FcgidIPCDir {run}/fcgid
FcgidProcessTableFile {run}/fcgid.shm"""

    def start_server(self):
        run = self.dir / "run"
        self.write("bedrud.conf", self.fill("apache2/bedrud.conf", BY=self.by, LIBEXEC=self.libexec(),
                                            WEB=self.dir / "web", RUN=run, CONFIG=self.config,
                                            LIVEKIT_PORT=self.livekit_port, CONNECT=""))
        modules = "".join(f"LoadModule {m}_module /usr/lib/apache2/modules/mod_{m}.so\n"
                          for m in (*APACHE_MODULES, self.module))
        access_log = ""
        if self.access_log:
            access_log = f'CustomLog {self.dir}/log/apache.access.log "%h %t \\"%r\\" %>s %b"'
        conf = self.write("apache.conf", modules + f"""
ServerName localhost
Listen 127.0.0.1:{self.port}
PidFile {run}/apache.pid
ErrorLog {self.dir}/log/apache.log
DefaultRuntimeDir {run}
Mutex pthread default
ThreadLimit 128
ThreadsPerChild 128
MaxRequestWorkers 384
MaxSpareThreads 384
{self.own.format(run=run).strip()}
TypesConfig /etc/mime.types
{access_log}
<VirtualHost *:{self.port}>
Include {run}/bedrud.conf
</VirtualHost>
""")
        self.start("apache2", ["apache2", "-DFOREGROUND", "-f", conf])


class ApacheProxy(Apache):
    """mod_proxy_fcgi: the responders have sockets, several requests at a time for each process."""

    by, module, own = "PROXY", "proxy_fcgi", ""

    def start_server(self):
        self.spawn_responders()
        super().start_server()


class ApacheCgi(Apache):
    """A program for each request."""

    by, module, own = "CGI", "cgid", "ScriptSock {run}/cgid.sock"


def responders_of(stack, name=""):
    """Process ids of responders (or of one of them) that work with this stack's configuration."""
    found = []
    for proc in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if f"BEDRUD_CONFIG={stack.config}".encode() in (proc / "environ").read_bytes().split(b"\0") and \
                    (proc / "cmdline").read_bytes().split(b"\0")[0].endswith(f"{name}.fcgi".encode()):
                found.append(int(proc.name))
        except (OSError, ValueError):
            continue
    return found


FRONTS = {"lighttpd": Lighttpd, "nginx": Nginx, "nginx-unkept": NginxUnkept, "apache2": Apache,
          "apache2-proxy": ApacheProxy, "cgi": ApacheCgi}
