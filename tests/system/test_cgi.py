# SPDX-License-Identifier: Apache-2.0
"""The same binary as a plain CGI, as a FastCGI process and behind lighttpd: the same answers. And what a program says
of itself."""
import concurrent.futures
import ctypes
import os
import re
import socket
import subprocess
import threading

import pytest

from lib.fcgi import variables
from lib.stack import PASSWORD, RESPONDERS, program

# responder, method, path, request; {…} is filled in from the fixture
CASES = [
    ("health", "GET", "/api/health", {}), ("health", "HEAD", "/api/health", {}), ("health", "GET", "/api/ready", {}),
    ("health", "GET", "/health", {}), ("health", "GET", "/api/webxdc/config", {}), ("health", "GET", "/api/nope", {}),
    ("health", "POST", "/api/health", {"json": {}}),
    ("auth", "GET", "/api/auth/settings", {}), ("auth", "GET", "/api/auth/me", {"token": "ann"}),
    ("auth", "GET", "/api/auth/me", {"cookies": "ann"}), ("auth", "GET", "/api/auth/me", {}),
    ("auth", "GET", "/api/auth/preferences", {"token": "ann"}),
    ("auth", "POST", "/api/auth/login", {"json": {"email": "{email}", "password": PASSWORD}}),
    ("auth", "POST", "/api/auth/login", {"json": {"email": "{email}", "password": "wrong password"}}),
    ("auth", "POST", "/api/auth/login", {"body": b"{", "kind": "application/json"}),
    ("auth", "POST", "/api/auth/login", {"body": b"x" * 200_000, "kind": "application/json"}),
    ("auth", "POST", "/api/auth/guest-login", {"json": {"name": "Gast"}}), ("auth", "POST", "/api/auth/refresh", {}),
    ("auth", "POST", "/api/auth/register", {"json": {"email": "{email}", "password": PASSWORD, "name": "Ann"}}),
    ("auth", "PUT", "/api/auth/login", {"json": {}}), ("auth", "POST", "/api/auth/logout", {"cookies": "ann"}),
    ("join", "GET", "/api/room/check/{room}", {}), ("join", "GET", "/api/room/check/a--b", {}),
    ("join", "POST", "/api/room/join", {"json": {"roomName": "{room}"}, "token": "ann"}),
    ("join", "POST", "/api/room/join", {"json": {"roomName": "no-such-room"}, "token": "ann"}),
    ("join", "POST", "/api/room/guest-join", {"json": {"roomName": "{room}", "guestName": "Zoë <b>"}}),
    ("join", "POST", "/api/room/refresh-token", {"json": {"roomName": "{room}"}, "token": "ann"}),
    ("room", "GET", "/api/room/list", {"token": "ann"}), ("room", "GET", "/api/room/list", {}),
    ("room", "POST", "/api/room/create", {"json": {"name": "{room}"}, "token": "ann"}),
    ("room", "POST", "/api/room/create", {"json": {"name": "a--b"}, "token": "ann"}),
    ("room", "GET", "/api/room/{id}/presence?countOnly=1", {}),
    ("room", "DELETE", "/api/room/nobody", {"token": "ann"}),
    ("webhook", "POST", "/api/livekit/webhook", {"body": b"{}", "kind": "application/webhook+json"}),
    ("webhook", "GET", "/api/livekit/webhook", {}),
]


def shape(value, key=""):
    """A body with what differs from call to call taken out."""
    if isinstance(value, dict):
        return {k: shape(v, k) for k, v in value.items()}
    if isinstance(value, list):
        return [shape(v, key) for v in value]
    if key in ("time", "token", "accessToken", "refreshToken", "access_token", "refresh_token", "livekitHost") or (
            isinstance(value, str) and (re.fullmatch(r"[0-9a-f-]{36}", value) or "@bedrud.guest" in value
                                        or value[:2] == "20")):
        return type(value).__name__
    return value


def essence(r, host):
    headers = {k: v for k, v in r.headers if k in ("content-type", "location", "allow", "www-authenticate",
                                                   "cache-control", "vary")}
    if "location" in headers:
        headers["location"] = headers["location"].replace(host, "")
    cookies = {n: {k: v for k, v in m.items() if v} for n, m in r.cookies.items()}
    body = shape(r.json()) if r.body and "json" in headers.get("content-type", "") else r.text
    return {"status": r.status, "headers": headers, "cookies": cookies, "body": body}


@pytest.fixture(scope="module")
def facts(stack, ann):
    room = stack.room(ann)
    return {"email": ann.email, "room": room["name"], "id": room["id"]}, ann


@pytest.fixture(scope="module")
def direct(stack):
    apps = {n: stack.fastcgi(n) for n in RESPONDERS}
    yield apps
    for n, app in apps.items():
        assert app.stop() == 0, n


@pytest.mark.parametrize("name,method,path,kw", CASES,
                         ids=[f"{m} {p} {'+'.join(k)} {i}" for i, (_, m, p, k) in enumerate(CASES)])
def test_same_answer_everywhere(stack, http, direct, facts, name, method, path, kw):
    words, ann = facts
    path = path.format(**words)
    kw = dict(kw)
    if "json" in kw:
        kw["json"] = {k: v.format(**words) if isinstance(v, str) else v for k, v in kw["json"].items()}
    if kw.get("token"):
        kw["token"] = ann.token
    if kw.get("cookies"):
        kw["cookies"] = {"access_token": ann.token}
    host = f"127.0.0.1:{stack.port}"
    web = essence(http.request(method, path, **kw), "http://" + host)
    cgi = essence(stack.cgi(name).request(method, path, host=host, **kw), "http://" + host)
    fast = essence(direct[name].request(method, path, host=host, **kw), "http://" + host)
    assert cgi == fast
    assert web == cgi


def test_script_name_and_path_info(stack, ann):
    """Servers without REQUEST_URI, or with the path split (spawn-fcgi, ScriptAlias)."""
    for extra in ({"REQUEST_URI": None, "SCRIPT_NAME": "/api/auth/me"},
                  {"REQUEST_URI": None, "SCRIPT_NAME": "/api/auth", "PATH_INFO": "/me"},
                  {"REQUEST_URI": None, "SCRIPT_NAME": "", "PATH_INFO": "/api/auth/me"}):
        assert stack.cgi("auth").get("/api/auth/me", token=ann.token, extra=extra).must(200)["id"] == ann.id, extra


STRANGE = [
    {"CONTENT_LENGTH": None}, {"CONTENT_LENGTH": ""}, {"CONTENT_LENGTH": "-1"}, {"CONTENT_LENGTH": "abc"},
    {"CONTENT_LENGTH": "12x"},
    {"CONTENT_LENGTH": "99999999999999999999"}, {"CONTENT_LENGTH": "500"}, {"CONTENT_LENGTH": "0"},
    {"REQUEST_METHOD": None},
    {"REQUEST_METHOD": ""}, {"REQUEST_METHOD": "BREW"}, {"REQUEST_URI": "nonsense"},
    {"REQUEST_URI": "/api/auth/login" + "x" * 9000},
    {"REQUEST_URI": "/api/auth/%zz"}, {"REQUEST_URI": "/api/auth/%00login"},
    {"REQUEST_URI": "/api/auth/../../etc/passwd"},
    {"REQUEST_URI": "http://elsewhere/api/auth/login"},
]


# Without a method it is no CGI call, and the program says so and exits.
@pytest.mark.parametrize("how,extra", [(how, e) for e in STRANGE for how in ("cgi", "fastcgi")
                                       if how == "fastcgi" or e.get("REQUEST_METHOD", "POST")],
                                       ids=lambda e: str(e)[:40])
def test_strange_variables(stack, direct, how, extra):
    """Whatever a server hands over: an answer in JSON, below 500, and no login by accident."""
    app = stack.cgi("auth") if how == "cgi" else direct["auth"]
    body = b'{"email":"nobody@example.org","password":"wrong password"}'
    if how == "fastcgi" and extra.get("CONTENT_LENGTH") == "500":
        extra = {"CONTENT_LENGTH": str(len(body) + 1)}
    r = app.request("POST", "/api/auth/login", body=body, kind="application/json", extra=extra)
    assert 400 <= r.status < 500 or (r.status == 501 and extra.get("REQUEST_METHOD") == "BREW"), r
    r.error(r.status)


def test_cgi_variables_are_no_configuration(stack, ann):
    """SERVER_PORT is the web server's word, and other names that look like overrides come from the request."""
    r = stack.cgi("auth").get("/api/auth/me", token=ann.token, extra={"SERVER_PORT": "nonsense", "SERVER_HOST": "x"})
    r.must(200)


def test_no_proxy_from_the_request(stack, ann):
    """httpoxy: a Proxy header must not lead our calls to LiveKit elsewhere."""
    calls = []
    with socket.create_server(("127.0.0.1", 0)) as trap:
        def serve():
            while True:
                try:
                    conn, _ = trap.accept()
                except OSError:
                    return
                calls.append(conn.recv(100))
                conn.close()
        threading.Thread(target=serve, daemon=True).start()
        url = f"http://127.0.0.1:{trap.getsockname()[1]}"
        room = stack.room(ann)
        stack.cgi("room").request("DELETE", f"/api/room/{room['id']}", token=ann.token,
                                  extra={"HTTP_PROXY": url, "http_proxy": url, "ALL_PROXY": url}).must(202)
        trap.shutdown(socket.SHUT_RDWR)
    assert calls == []


def test_kept_connections_do_not_hold_the_responder(direct):
    """20 connections that say nothing, as keep-alive front ends hold them: others are served."""
    held = []
    for _ in range(20):
        s = socket.socket(socket.AF_UNIX)
        s.connect(direct["health"].path)
        held.append(s)
    try:
        with concurrent.futures.ThreadPoolExecutor(8) as pool:
            assert {r.status for r in pool.map(lambda _: direct["health"].get("/api/health"), range(40))} == {200}
    finally:
        for s in held:
            s.close()


def test_more_kept_connections_than_threads(stack):
    """Each has had its answer and is kept, as by nginx's fastcgi_keep_conn: whoever comes next is served all the
    same."""
    app = stack.fastcgi("health")
    kept = [app.begin("GET", "/api/health", keep=True) for _ in range(40)]
    try:
        for pending in kept:
            pending.finish().must(200)
        for _ in range(5):
            app.get("/api/health").must(200)
    finally:
        for pending in kept:
            pending.sock.close()
    assert app.stop() == 0


def test_a_broken_listener_ends_the_process(stack):
    """No thread is left to serve: the web server sees an end, and starts another."""
    app = stack.fastcgi("health")
    app.get("/api/health").must(200)
    pid = os.pidfd_open(app.process.pid)
    listener = socket.socket(fileno=ctypes.CDLL(None).syscall(438, pid, 0, 0))  # pidfd_getfd
    os.close(pid)
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()
    app.process.wait(10)


def test_an_aborted_request_hurts_nobody(direct):
    for _ in range(10):
        pending = direct["auth"].begin("POST", "/api/auth/guest-login", json={"name": "Gone"}, hold_body=True)
        pending.sock.close()
    direct["auth"].get("/api/auth/settings").must(200)


@pytest.mark.parametrize("name", [f"{n}.fcgi" for n in RESPONDERS] + ["livekit-launcher", "bedrudctl"])
def test_help_and_version(name):
    for flag, word in (("--help", "sage"), ("--version", "0.")):
        p = subprocess.run([program(name), flag], capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=10)
        assert p.returncode == 0 and word in p.stdout and not p.stderr, (name, flag, p)
    p = subprocess.run([program(name), "--no-such-option"], capture_output=True, text=True, stdin=subprocess.DEVNULL,
                       timeout=10)
    assert p.returncode == 64 and p.stderr, (name, p)


@pytest.mark.parametrize("name", RESPONDERS)
@pytest.mark.parametrize("config,word", [
    ({"auth": {"jwtSecret": ""}}, "jwtSecret"), ({"database": {"type": "postgres"}}, "database.type"),
    ({"auth": {"tokenDuration": "soon"}}, "tokenDuration"), ({"nonsense": {"key": 1}}, "nonsense"),
    ({"livekit": {"apiSecret": "short"}}, "apiSecret"),
], ids=lambda v: v if isinstance(v, str) else "")
def test_bad_configuration(stack, name, config, word):
    """Exit 78 and a line that names file and key, not a responder that runs half."""
    path = stack.variant("bad", config)
    env = {**variables("GET", "/api/health", {}, None), "BEDRUD_CONFIG": str(path), "PATH": os.environ["PATH"]}
    p = subprocess.run([program(f"{name}.fcgi")], env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                       timeout=10)
    assert p.returncode == 78, p
    assert word in p.stderr and "bad.yaml" in p.stderr, p.stderr
    assert stack.secrets["session"] not in p.stderr and stack.secrets["livekit"] not in p.stderr


def test_no_configuration(stack):
    env = {**variables("GET", "/api/health", {}, None), "BEDRUD_CONFIG": str(stack.dir / "none.yaml"),
           "PATH": os.environ["PATH"]}
    p = subprocess.run([program("health.fcgi")], env=env, capture_output=True, text=True, stdin=subprocess.DEVNULL,
                       timeout=10)
    assert p.returncode == 78 and "none.yaml" in p.stderr, p
