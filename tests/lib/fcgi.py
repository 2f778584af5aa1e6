# SPDX-License-Identifier: Apache-2.0
"""Running a responder without a web server: as plain CGI, or as a FastCGI process that is spoken to record by
record."""
import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import struct
import subprocess
import termios
import time

from .http import Reply, encode

BEGIN, END, PARAMS, STDIN, STDOUT, STDERR = 1, 3, 4, 5, 6, 7


def variables(method, path, headers, body, host="localhost", extra=None):
    """The CGI variables of a request (RFC 3875), as lighttpd and Apache set them."""
    bare, _, query = path.partition("?")
    env = {
        "GATEWAY_INTERFACE": "CGI/1.1", "SERVER_PROTOCOL": "HTTP/1.1", "SERVER_SOFTWARE": "test",
        "SERVER_NAME": host.split(":")[0], "SERVER_PORT": "80", "REMOTE_ADDR": "127.0.0.1", "HTTP_HOST": host,
        "REQUEST_METHOD": method, "REQUEST_URI": path, "SCRIPT_NAME": bare, "QUERY_STRING": query,
    }
    if body is not None:
        env["CONTENT_LENGTH"] = str(len(body))
    for k, v in headers.items():
        name = k.upper().replace("-", "_")
        env[name if name == "CONTENT_TYPE" else "HTTP_" + name] = v
    env.update(extra or {})
    return {k: v for k, v in env.items() if v is not None}      # None takes a variable away


def parse(what, raw):
    """A CGI reply: headers, empty line, body."""
    head, sep, body = raw.partition(b"\r\n\r\n")
    if not sep:
        head, sep, body = raw.partition(b"\n\n")
    assert sep, f"{what}: no CGI reply in {raw[:300]!r}"
    headers = [tuple(x.strip() for x in line.split(":", 1)) for line in head.decode("latin-1").splitlines()]
    status = next((v for k, v in headers if k.lower() == "status"), "200")
    return Reply(what, int(status.split()[0]), headers, body)


class Cgi:
    """The responder as a plain CGI program: one process a request."""

    def __init__(self, program, config, env=None):
        self.program, self.config, self.env, self.log = str(program), str(config), env or {}, ""

    def request(self, method, path, json=None, body=None, headers=None, token=None, cookies=None, kind=None,
                host="localhost", extra=None, timeout=30):
        headers, body = encode(json, body, headers, token, cookies, kind)
        env = variables(method, path, headers, body, host, extra)
        env.update({"BEDRUD_CONFIG": self.config, "PATH": os.environ["PATH"]}, **self.env)
        p = subprocess.run([self.program], input=body or b"", env=env, capture_output=True, timeout=timeout, cwd="/")
        self.log = p.stderr.decode("utf-8", "replace")
        assert p.returncode == 0, f"{self.program} exited {p.returncode}: {self.log}"
        return parse(f"CGI {method} {path}", p.stdout)

    def get(self, path, **kw):
        return self.request("GET", path, **kw)

    def post(self, path, json=None, **kw):
        return self.request("POST", path, json=json, **kw)


def _die_with_parent():
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)


class Fastcgi:
    """The responder as a FastCGI process of ours, on a socket of its own."""

    def __init__(self, program, config, path, log, env=None, blocking=True):
        self.path = str(path)
        listener = socket.socket(socket.AF_UNIX)
        listener.setblocking(blocking)
        listener.bind(self.path)
        listener.listen(64)
        with open(log, "ab") as out:
            self.process = subprocess.Popen(
                [str(program)], stdin=listener, stdout=out, stderr=out, cwd="/", preexec_fn=_die_with_parent,
                env={"BEDRUD_CONFIG": str(config), "PATH": os.environ["PATH"], **(env or {})})
        listener.close()

    def stop(self, timeout=15):
        if self.process.poll() is None:
            self.process.terminate()
        return self.process.wait(timeout)

    def begin(self, method, path, json=None, body=None, headers=None, token=None, cookies=None, kind=None,
              host="localhost", extra=None, hold_body=False, keep=False):
        """Sends a request and returns the connection; finish() takes the answer, and closes it unless it is to be
        kept."""
        headers, body = encode(json, body, headers, token, cookies, kind)
        return Pending(self.path, f"FastCGI {method} {path}", variables(method, path, headers, body, host, extra),
                       body or b"", hold_body, keep)

    def request(self, method, path, **kw):
        return self.begin(method, path, **kw).finish()

    def get(self, path, **kw):
        return self.request("GET", path, **kw)

    def post(self, path, json=None, **kw):
        return self.request("POST", path, json=json, **kw)


def _record(kind, content):
    return struct.pack("!BBHHBB", 1, kind, 1, len(content), 0, 0) + content


def _pairs(env):
    out = b""
    for k, v in env.items():
        k, v = k.encode(), v.encode("latin-1")
        for s in (k, v):
            out += struct.pack("!B", len(s)) if len(s) < 128 else struct.pack("!I", len(s) | 1 << 31)
        out += k + v
    return out


class Pending:
    def __init__(self, path, what, env, body, hold_body, keep=False):
        self.what, self.body, self.keep = what, body, keep
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(path)
        params = _pairs(env)
        self.sock.sendall(_record(BEGIN, struct.pack("!HB5x", 1, keep))
                          + b"".join(_record(PARAMS, params[i:i + 60000]) for i in range(0, len(params), 60000))
                          + _record(PARAMS, b""))
        if not hold_body:
            self.send_body()

    def send_body(self):
        for i in range(0, len(self.body), 60000):
            self.sock.sendall(_record(STDIN, self.body[i:i + 60000]))
        self.sock.sendall(_record(STDIN, b""))

    def wait_read(self, timeout=10):
        """Until the responder has taken all that was sent."""
        end = time.monotonic() + timeout
        while True:
            buf = fcntl.ioctl(self.sock, termios.TIOCOUTQ, b"\0\0\0\0")
            if struct.unpack("i", buf)[0] == 0:
                return
            assert time.monotonic() < end, f"{self.what}: nobody reads the request"
            time.sleep(0.002)

    def finish(self):
        out = b""
        with contextlib.nullcontext() if self.keep else self.sock, self.sock.makefile("rb") as f:
            while True:
                head = f.read(8)
                if len(head) < 8:
                    raise AssertionError(f"{self.what}: connection closed before the answer ended, got {out[:300]!r}")
                _, kind, _, n, pad, _ = struct.unpack("!BBHHBB", head)
                content = f.read(n)
                f.read(pad)
                if kind == STDOUT:
                    out += content
                elif kind == END:
                    return parse(self.what, out)
