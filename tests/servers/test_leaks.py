# SPDX-License-Identifier: Apache-2.0
"""Behind each web server, after all else: every route once more, and wrong in every way that might be logged. Then no
secret of the run is in a log, a command line, an environment, or a file that others can read."""
import base64
import json
import os
import signal
import subprocess
import time

import pytest

from lib import hooks, leaks
from lib.stack import PASSWORD, livekit_binary, poll, program

LIMIT_BODY_SMALL = 65536


def act_auth(stack, http):
    who = stack.account("Secret Keeper")
    stack.login(who.email)
    basic = base64.b64encode(f"{who.email}:{PASSWORD}".encode()).decode()
    stack.seen.add("Basic credentials", basic)
    for body in ({"email": who.email, "password": "wrong-" + PASSWORD},
                 {"email": "nobody@example.org", "password": PASSWORD + "-2"}):
        http.post("/api/auth/login", body).error(401)
    http.post("/api/auth/register", {"email": who.email, "password": PASSWORD + "-3", "name": "x"}).error(400)
    http.post("/api/auth/register", {"email": PASSWORD + "-4", "password": PASSWORD + "-4", "name": "x"}).error(400)
    # Bodies that no parser takes, the password in them.
    text = json.dumps({"email": who.email, "password": PASSWORD})
    for body, kind in ((text[:-3], "application/json"), (text, "text/plain"), (f"[{text}]", "application/json"),
                       (text.replace('"' + PASSWORD, PASSWORD), "application/json"), (text + text, "application/json"),
                       (text.replace("password", PASSWORD), "application/json"),
                       (f"email={who.email}&password={PASSWORD}", "application/x-www-form-urlencoded")):
        assert http.post("/api/auth/login", body=body, kind=kind).status in (400, 415)
    http.post("/api/auth/login", {"email": who.email, "password": PASSWORD, "more": "x" * LIMIT_BODY_SMALL}).error(413)
    http.get("/api/auth/me", token=who.token).must(200)
    for wrong in (who.refresh, who.token + "x", who.token[:-3], "x" + who.token):
        http.get("/api/auth/me", token=wrong).error(401)
    http.get("/api/auth/me", headers={"Authorization": "Basic " + basic}).error(401)
    # In the address no token opens anything, and our clients write none there; a responder that is asked so says
    # nothing of it.
    for name, path in (("auth", "/api/auth/me"), ("room", "/api/room/list"), ("health", "/api/nowhere")):
        alone = stack.fastcgi(name)
        assert alone.get(f"{path}?access_token={who.token}").status in (401, 404)
        assert alone.get(f"{path}/{who.token}").status == 404
        assert alone.stop() == 0
    # A second device, whose session is used up, used again and ended.
    other = stack.login(who.email)
    new = http.post("/api/auth/refresh", {"refresh_token": other.refresh}).must(200)
    http.post("/api/auth/refresh", cookies={"refresh_token": new["refresh_token"] + "x"}).error(401)
    http.post("/api/auth/refresh", {"refresh_token": who.token}).error(401)
    http.post("/api/auth/logout", {"refresh_token": "bad" + new["refresh_token"]}, token=new["access_token"]).must(200)
    http.get("/api/auth/me", token=new["access_token"]).error(401)
    return who


def act_rooms(stack, http, who):
    room = stack.room(who)
    join = stack.join(who, room).must(200)
    first = stack.guest_join(room)
    cookie = {k: m.value for k, m in first.cookies.items()}
    guest = first.must(200)
    stack.guest_join(room, cookies=cookie).must(200)
    stack.guest_join(room, cookies={k: v + "x" for k, v in cookie.items()}).must(200)
    http.post("/api/room/refresh-token", {"roomName": room["name"]}, token=who.token).must(200)
    http.post("/api/room/refresh-token", {"roomName": room["name"]}, token=join["token"]).error(401)
    http.post("/api/room/join", {"roomName": "nowhere-" + room["name"]}, token=guest["accessToken"]).error(404)
    http.delete(f"/api/room/{room['id']}", token=guest["accessToken"])
    http.get("/api/room/list", token=who.token).must(200)
    return room, join


def act_webhook(stack, room, who):
    raw = hooks.body("participant_joined", room["name"], "RM_x", identity=who.id)
    proof = hooks.sign(raw, stack.key, stack.secrets["livekit"])
    for body, authorization, status in ((raw, proof, 200), (raw + b" ", proof, 401),
                                        (raw, "Bearer " + proof + "x", 401),
                                        (raw, proof[:-2], 401),
                                        (raw, hooks.sign(raw, stack.key, "another " + proof), 401),
                                        (raw, hooks.sign(raw, stack.key, stack.secrets["livekit"],
                                                         now=time.time() - 9999), 401)):
        stack.post_hook(body, authorization).must(status)
    broken = b'{"event": "participant_joined", "token": "' + proof.encode()
    stack.post_hook(broken).must(200)       # dead: it is logged


def act_livekit(stack, http, join):
    """Its signalling is asked with the token in the address; also while nobody listens there."""
    path = "/livekit/rtc/validate?access_token=" + join["token"]
    assert http.get(path).status == 200
    assert http.get(path + "x").status == 401

    def unanswered():
        try:
            os.kill(stack.livekit_pid(), signal.SIGKILL)
        except AssertionError:
            pass        # not started again yet
        return http.get(path).status in (500, 502, 503, 504)
    poll("LiveKit is away", unanswered, 10, log=stack.logs)
    stack.wait_livekit()
    poll("the web server goes to LiveKit again", lambda: http.get(path).status == 200, 30, log=stack.logs)


def act_bedrudctl(stack):
    """Its output goes where the other logs are: a terminal is seen by others, too."""
    def run(words, config=stack.config, stdin="", executable=program("bedrudctl"), env=None):
        p = subprocess.run([executable, "--config", config, *words] if words else [executable], input=stdin, text=True,
                           capture_output=True, timeout=60, env={"PATH": os.environ["PATH"], **(env or {})})
        with open(stack.dir / "log/bedrudctl.out", "a") as out:
            out.write(f"$ {words} {p.returncode}\n{p.stdout}{p.stderr}")
        return p.returncode
    for words in (["config", "check"], ["config", "show"], ["--json", "config", "show"], ["db", "migrate"],
                  ["db", "status"]):
        assert run(words) == 0, words
    user = ["user", "create", "--name", "Xenia", "--password-file", "-", "--email"]
    assert run([*user, f"x{time.time_ns()}@example.org"], stdin=PASSWORD + "\n") == 0
    assert run([*user, stack.admin_email], stdin=PASSWORD + "-5\n") != 0
    # A configuration that no program takes: the sentence names the key and the line, never the value.
    text, secret = stack.config.read_text(), json.dumps(stack.secrets["jwt"])
    for n, wrong in enumerate((secret + ": x", "[" + secret, secret[:-1], secret + "\n  " + secret, f"{{a: {secret}}}",
                               f"\n  {stack.secrets['jwt']}: 1", "&x " + secret + " *y")):
        path = stack.dir / f"wrong{n}.yaml"
        stack.write_config(path, {})
        path.write_text(text.replace(secret, wrong))
        assert run(["config", "check"], path) == 78, wrong
        assert run(["x"], path, executable=program("livekit-launcher"), env={"LIVEKIT_SERVER": livekit_binary()}) != 0
        assert run([], executable=program("join.fcgi"), env={"BEDRUD_CONFIG": str(path), "REQUEST_METHOD": "GET"}) == 78


def commands(watch):
    return b"".join(data for what, data in list(watch.seen) if what == "cmdline")


@pytest.fixture(scope="module")
def run(stack, http):
    """All of it done: what every process of it was started with."""
    began = time.time()
    with leaks.Watch(os.getpid()) as watch:
        who = act_auth(stack, http)
        room, join = act_rooms(stack, http, who)
        act_webhook(stack, room, who)
        act_livekit(stack, http, join)
        act_bedrudctl(stack)
        # A CGI program is there for milliseconds: asked until it was seen.
        for name, knock in (("join.fcgi", lambda: http.get("/api/room/check/nowhere")),
                            ("auth.fcgi", lambda: http.get("/api/auth/settings")),
                            ("webhook.fcgi", lambda: stack.post_hook(b"{}", "no proof"))):
            poll(name, lambda: name.encode() in commands(watch) or not knock(), every=0)
        http.post("/api/auth/logout", token=who.token).must(200)
    leaks.add_database(stack.seen, stack)
    watch.began = began
    return watch


def test_logs(stack, run):
    logs = list((stack.dir / "log").iterdir())
    # lighttpd writes its access log every few seconds. The sample for Apache stops the one that a host inherits.
    poll("the access log tells of the last request", lambda: stack.front in ("apache2", "apache2-proxy", "cgi") or any(
        b"/api/auth/logout" in f.read_bytes() for f in logs))
    bad = {f.name: stack.seen.found(f.read_bytes()) for f in logs}
    assert not any(bad.values()), bad


def is_cgi_request(what, data):
    """CGI is made so: the request stands in the environment, which only the user who runs the program can read."""
    return what == "environ" and b"GATEWAY_INTERFACE=CGI/1.1" in data.split(b"\0")


def test_command_lines_and_environments(stack, run):
    for name in ("bedrudctl", "livekit-launcher", "livekit-server", "join.fcgi", "auth.fcgi", "webhook.fcgi"):
        assert name.encode() in commands(run), f"{name} was not seen"
    bad = [(what, data.split(b"\0")[0], found) for what, data in run.seen if (found := stack.seen.found(data))
           and not is_cgi_request(what, data)]
    assert not bad, bad


def test_files(stack, run):
    """Whatever was written meanwhile, wherever programs write: where a secret is, no one else may read."""
    found = leaks.holders(stack.seen, [stack.dir])
    found += leaks.holders(stack.seen, ["/tmp", "/var/tmp", "/dev/shm"], run.began)
    bad = [(str(f), what) for f, what, others in found if others]
    assert not bad, bad
    names = {f.name for f, _, _ in found}
    for name in ("config.yaml", "bedrud.db", "bedrud-livekit-"):
        assert any(n.startswith(name) for n in names), names
