# SPDX-License-Identifier: Apache-2.0
"""`bedrudctl doctor` on peers: each fault provoked for real, and the sentence compared."""
import base64
import contextlib
import email.utils
import itertools
import json
import os
import pwd
import re
import socket
import sqlite3
import subprocess
import sys
import time

import pytest

from lib import fronts
from lib.doctor import Authority, Redis, Relay, Report, Says, Silent, Tap
from lib.launcher import KEY, SECRET
from lib.stack import State, free_port, poll, program

numbers = itertools.count()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("ca"))


@pytest.fixture
def ask(stack, authority):
    """Runs the doctor with changes to the house's configuration; our own authority is trusted."""
    def one(env=None, **changes):
        path = stack.variant(f"doctor{next(numbers)}", changes)
        return Report(path, {"SSL_CERT_FILE": str(authority.cert), **(env or {})})
    return one


def external(url, **more):
    """A livekit block for a LiveKit that isn't ours to start."""
    return {"external": True, "internalHost": url, **more}


# --- LiveKit's HTTP API

def test_api_well(ask, stack):
    r = ask()
    r.expect("livekit.tcp", "ok", f"127.0.0.1:{stack.livekit_port} accepts connections")
    r.expect("livekit.http", "ok", "answers")
    r.expect("livekit.clock", "ok", "agree")
    r.expect("livekit.call", "ok", "knows our key and our secret")
    assert stack.secrets["livekit"] not in r.text


def test_api_by_ipv6(ask, stack):
    r = ask(livekit=external(f"http://[::1]:{stack.livekit_port}"))
    r.expect("livekit.tcp", "ok", f"[::1]:{stack.livekit_port} accepts connections")
    r.expect("livekit.call", "ok", "knows our key")
    assert "livekit.dns" not in r


def test_api_name(ask):
    ask(livekit=external("http://livekit.invalid:7880")).expect(
        "livekit.dns", "error", "livekit.invalid", "correct the name in livekit.internalHost")


def test_api_nothing_listens(ask, stack):
    port = free_port()
    ask(livekit=external(f"http://127.0.0.1:{port}")).expect(
        "livekit.tcp", "error", f"connection refused by 127.0.0.1:{port}", "start LiveKit on that machine")
    ask(livekit={"port": port}).expect("livekit.tcp", "error", "connection refused", "start livekit-launcher")


def test_api_tls_where_there_is_none(ask, stack):
    url = f"127.0.0.1:{stack.livekit_port}"
    ask(livekit=external(f"https://{url}")).expect(
        "livekit.tls", "error", f"but {url} speaks plain HTTP", f"write http://{url} in livekit.internalHost")


def test_api_no_tls_where_there_is(ask, stack, authority):
    with Relay(0, stack.livekit_port, *authority.issue("good")) as front:
        ask(livekit=external(f"http://localhost:{front.port}")).expect(
            "livekit.tls", "error", "speaks TLS", f"write https://localhost:{front.port} in livekit.internalHost")


def test_api_certificates(ask, stack, authority):
    def seen(name, level, words, fix=None, skip=False, **kind):
        with Relay(0, stack.livekit_port, *authority.issue(name, **kind)) as front:
            r = ask(livekit=external(f"https://localhost:{front.port}", skipTLSVerify=skip))
            r.expect("livekit.certificate", level, words, fix)
            assert ("livekit.call" in r) == (level != "error")
    seen("good", "ok", "the certificate of localhost is good until")
    seen("soon", "warning", "expires on", "renew it now", days=5)
    seen("old", "error", "certificate has expired", "renew the certificate of localhost", begins=-9, days=-2)
    seen("early", "error", "not yet valid", begins=2, days=9)
    seen("other", "error", "hostname mismatch", "a name that the certificate has", names="DNS:elsewhere.example")
    seen("own", "error", "self-signed certificate", "or set livekit.skipTLSVerify: true", self_signed=True)
    seen("own", "error", "self-signed certificate", "update-ca-certificates", self_signed=True)
    seen("own", "ok", "not to be trusted (self-signed certificate), and livekit.skipTLSVerify accepts it",
         skip=True, self_signed=True)
    seen("good", "warning", "has no use", "set livekit.skipTLSVerify: false", skip=True)


def test_api_key_and_secret(ask, stack):
    url = f"http://127.0.0.1:{stack.livekit_port}"
    ask(livekit=external(url, apiKey="APIother")).expect(
        "livekit.call", "error", "doesn't know the API key", "set livekit.apiKey and livekit.apiSecret")
    r = ask(livekit=external(url, apiSecret="another secret of enough characters")).expect(
        "livekit.call", "error", "with another secret than livekit.apiSecret")
    assert "another secret of" not in r.text and "eyJ" not in r.text
    ask(livekit={"apiKey": "APIother"}).expect("livekit.call", "error", "doesn't know", "restart livekit-launcher")


def test_api_strangers(ask, stack):
    ask(livekit=external(f"http://127.0.0.1:{stack.port}")).expect(
        "livekit.http", "error", "with a web page: it is not LiveKit", "LiveKit's own HTTP port")
    def answers(text, *expected):
        with Says(0, text) as peer:
            ask(livekit=external(f"http://127.0.0.1:{peer.port}")).expect("livekit.http", "error", *expected)
    answers("HTTP/1.1 301 Moved\r\nLocation: https://a.example/\r\nContent-Length: 0\r\n\r\n",
            "sends us on to https://a.example/")
    answers("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n", "a proxy that doesn't reach LiveKit")
    answers("HTTP/1.1 406 Not Acceptable\r\nContent-Length: 0\r\n\r\n", "isn't ready")
    answers("SSH-2.0-OpenSSH_9.2\r\n", "doesn't answer as HTTP does")


@pytest.fixture
def nginx(tmp_path):
    """A proxy with this text in its server block: its port."""
    port = free_port()
    processes = []

    def one(text):
        path = tmp_path / "nginx.conf"
        path.write_text(f"daemon off; pid {tmp_path}/pid; error_log stderr; events {{}}\nhttp {{ access_log off;\n"
                        f"server {{ listen 127.0.0.1:{port};\n{text}\n}} }}\n")
        processes.append(subprocess.Popen(["nginx", "-p", tmp_path, "-e", "stderr", "-c", path],
                                          env={**os.environ, "PATH": os.environ["PATH"] + ":/usr/sbin"}))
        poll("nginx", lambda: socket.create_connection(("127.0.0.1", port), 1).close() or True)
        return port
    yield one
    for p in processes:
        p.terminate()
        p.wait(20)


@pytest.mark.parametrize("path, rest", [("/", "location = / { return 404; }"), ("/lk/", "")])
def test_api_behind_a_proxy(ask, stack, nginx, path, rest):
    """One passes on what we call, and no page of LiveKit's; the other sends who leaves the last slash out to it."""
    port = nginx(f"location {path} {{ proxy_pass http://127.0.0.1:{stack.livekit_port}/; }} {rest}")
    r = ask(livekit=external(f"http://127.0.0.1:{port}{path}"))
    r.expect("livekit.http", "ok", f"LiveKit at 127.0.0.1:{port} answers")
    r.expect("livekit.clock", "ok", "agree")
    r.expect("livekit.call", "ok", "knows our key")
    wrong = ("livekit.http", "error", "not LiveKit") if rest else ("livekit.call", "error", "doesn't know the API key")
    ask(livekit=external(f"http://127.0.0.1:{port}{path}", apiKey="APIother")).expect(*wrong)


def test_a_silent_peer_is_asked_once(ask):
    """It was connected to, and has not answered: whether it speaks TLS instead need not be tried."""
    with Silent() as peer:
        r = ask(livekit=external(f"http://127.0.0.1:{peer.port}",
                                 webhookURL=f"http://127.0.0.1:{peer.port}/api/livekit/webhook"))
        r.expect("livekit.http", "error", "has not answered within 5 s")
        r.expect("webhook.event", "error", "has not answered within 5 s")
    assert any(b"/twirp/" in heard for heard in peer.heard) and any(b"webhook" in heard for heard in peer.heard)
    assert not [heard for heard in peer.heard if heard.startswith(b"\x16\x03")]


def test_no_token_in_a_redirect(ask, stack):
    """Many a server sends on to the same path and query elsewhere."""
    def on(request):
        return (b"HTTP/1.1 301 Moved\r\nLocation: https://a.example" + request.split()[1] +
                b"\r\nContent-Length: 0\r\n\r\n")
    with Says(0, on) as peer:
        r = ask(livekit={"host": f"ws://127.0.0.1:{peer.port}"})
        r.expect("client.websocket", "error", "sends the WebSocket on to https://a.example/rtc, and")
        assert "access_token" not in r.text and "eyJ" not in r.text


@pytest.mark.parametrize("skew, level", [(-30, "warning"), (90, "error")])
def test_api_clock(ask, skew, level):
    date = email.utils.formatdate(time.time() + skew, usegmt=True)
    with Says(0, f"HTTP/1.1 200 OK\r\nDate: {date}\r\nContent-Length: 2\r\n\r\nOK") as peer:
        ask(livekit=external(f"http://127.0.0.1:{peer.port}")).expect(
            "livekit.clock", level, "ahead of ours" if skew > 0 else "behind ours", "timedatectl set-ntp true")


# --- the address that browsers are given

def test_client_well(ask, stack):
    r = ask()
    r.expect("client.page", "ok", "on this machine")
    r.expect("client.address", "ok", f"ws://127.0.0.1:{stack.port}/livekit")
    r.expect("client.websocket", "ok", "comes through to LiveKit")


def test_client_over_tls(ask, stack, authority):
    with Relay(0, stack.port, *authority.issue("good")) as front:
        r = ask(auth={"frontendURL": f"https://localhost:{front.port}"})
        r.expect("client.page", "ok", "https://")
        r.expect("client.certificate", "ok", "good until")
        r.expect("client.websocket", "ok", f"wss://localhost:{front.port}/livekit/rtc")
    with Relay(0, stack.port, *authority.issue("own", self_signed=True)) as front:
        ask(auth={"frontendURL": f"https://localhost:{front.port}"}).expect(
            "client.certificate", "error", "self-signed", "browsers refuse this one")


def test_client_address(ask, stack):
    public = {"frontendURL": "https://meet.example.org"}
    ask(auth=public, livekit={"host": "ws://localhost:7880"}).expect(
        "client.address", "error", "that is each one's own machine", "leave livekit.host empty")
    ask(auth=public, livekit={"host": "wss://192.168.1.7:7880"}).expect(
        "client.address", "error", "a private address or name")
    ask(auth={"frontendURL": "http://192.168.1.7"}, livekit={"host": f"ws://127.0.0.1:{stack.livekit_port}"}).expect(
        "client.page", "error", "https pages only", "give the web server a certificate")


def test_client_mixed_content(ask, stack, authority):
    """A ws:// address is handed out as wss:// to a page over https: what listens there must speak TLS."""
    with Relay(0, stack.port, *authority.issue("good")) as front:
        ask(auth={"frontendURL": f"https://localhost:{front.port}"},
            livekit={"host": f"ws://localhost:{stack.livekit_port}"}).expect(
                "client.tls", "error", "may not open ws://", "leave livekit.host empty")


def test_client_direct(ask, stack):
    ask(livekit={"host": f"ws://127.0.0.1:{stack.livekit_port}"}).expect("client.websocket", "ok", "comes through")
    ask(livekit=external(f"http://127.0.0.1:{stack.livekit_port}", host=f"ws://127.0.0.1:{stack.livekit_port}",
                         apiKey="APIother")).expect(
        "client.websocket", "error", "refuses the token of a join: it doesn't know the API key")
    ask(livekit={"host": f"ws://127.0.0.1:{stack.port}"}).expect(
        "client.websocket", "error", "is not LiveKit: HTTP", "set livekit.host to LiveKit's own address")


def test_client_behind_a_router(stack):
    """A namespace in which the site's public address is this machine's, and the web server listens elsewhere only."""
    if subprocess.run(["unshare", "-rn", "true"], capture_output=True).returncode != 0:
        pytest.skip("no network namespace can be made here")
    path = stack.variant("router", {"auth": {"frontendURL": f"http://203.0.113.7:{stack.port}"}})
    script = ("ip link set lo up && ip address add 203.0.113.7/32 dev lo || exit 9\n"
              'python=$1 port=$2; shift 2\n'
              '"$python" -m http.server "$port" --bind 127.0.0.1 >/dev/null 2>&1 & server=$!\n'
              'until ss -Hltn "sport = $port" | grep -q .; do kill -0 $server || exit 9; done\n'
              '"$@"; code=$?; kill $server; exit $code')
    Report(path, before=["unshare", "-rn", "sh", "-c", script, "sh", sys.executable, str(stack.port)]).expect(
        "client.tcp", "warning", "connection refused by 203.0.113.7", "open the site from another network")
    Report(stack.variant("closed", {"auth": {"frontendURL": f"http://localhost:{free_port()}"}})).expect(
        "client.tcp", "error", "connection refused", "start the web server")


def test_client_leaves_nothing(ask, stack):
    ask().expect("client.websocket", "ok", "")
    def rooms():
        import urllib.request
        from livekit import api
        token = api.AccessToken(stack.key, stack.secrets["livekit"]).with_grants(api.VideoGrants(room_list=True))
        r = urllib.request.Request(f"http://127.0.0.1:{stack.livekit_port}/twirp/livekit.RoomService/ListRooms", b"{}",
                                   {"Content-Type": "application/json", "Authorization": f"Bearer {token.to_jwt()}"})
        with urllib.request.urlopen(r, timeout=5) as answer:
            return [r["name"] for r in json.load(answer)["rooms"]]
    poll("the doctor's room is gone", lambda: not any("octor" in r for r in rooms()))


def test_client_parts_politely(ask, stack):
    """A participant that nobody sees, after whom LiveKit has nothing to complain of."""
    def finished():
        return stack.sql("SELECT count(*) AS n FROM webhook_inbox WHERE event = 'room_finished'")[0]["n"]
    before, seen = finished(), len(stack.logs(1 << 30))
    with Tap(stack.livekit_port) as tap:
        ask(livekit={"host": f"ws://127.0.0.1:{tap.port}"}).expect("client.websocket", "ok", "comes through")
    token = re.search(rb"access_token=[^.]+\.([^.]+)", b"".join(tap.heard))[1]
    grant = json.loads(base64.urlsafe_b64decode(token + b"=="))["video"]
    assert grant["hidden"] is True and grant["room"].startswith("Bedrud doctor ")
    poll("both rooms' end", lambda: finished() >= before + 2)
    new = [line for line in stack.logs(1 << 30)[seen:].split("\n") if "websocket" in line and '"warn"' in line]
    assert not new, new


# --- webhooks

def test_webhook_well(ask, stack):
    r = ask()
    r.expect("webhook.event", "ok", f"webhook.fcgi at http://127.0.0.1:{stack.port}/api/livekit/webhook")
    r.expect("webhook.last", "ok", "has just reported the test participant")
    assert not stack.sql("SELECT 1 FROM webhook_inbox WHERE event_id = 'EV_doctor'")


def test_webhook_dead(ask, stack):
    """A genuine report that nobody can read is no longer only a line in a log."""
    assert "webhook.dead" not in ask()
    for event in (b'{"event":"room_started","id":"EV_dead1","room":[]}', b"[]"):
        stack.post_hook(event).must(200)
    ask().expect("webhook.dead", "warning", "2 reports of LiveKit's had no effect since yesterday",
                 "web server's log")
    stack.sql("UPDATE webhook_inbox SET received_at = received_at - 90000000000000 WHERE state = 'dead'")
    assert "webhook.dead" not in ask()


def test_webhook_is_for_another(ask, stack):
    ask(livekit={"webhookURL": f"http://127.0.0.1:{stack.port}/hook"}).expect(
        "webhook.event", "error", "is not our webhook", "hand that path to webhook.fcgi")
    ask(livekit={"webhookURL": f"http://127.0.0.1:{stack.port}/api/livekit/hook"}).expect(
        "webhook.event", "error", "is not our webhook: HTTP 404", "set livekit.webhookURL")
    port = free_port()
    ask(livekit={"webhookURL": f"http://127.0.0.1:{port}/api/livekit/webhook"}).expect(
        "webhook.tcp", "error", "connection refused", "start the web server")
    ask(livekit={"apiKey": "APIother"}).expect("webhook.event", "error", "doesn't accept our key", "BEDRUD_CONFIG")


def test_webhook_answers(ask):
    def answers(text, *expected):
        with Says(0, text) as peer:
            ask(livekit={"webhookURL": f"http://127.0.0.1:{peer.port}/api/livekit/webhook"}).expect(
                "webhook.event", "error", *expected)
    answers("HTTP/1.1 301 Moved\r\nLocation: https://a.example/hook\r\nContent-Length: 0\r\n\r\n",
            "sends reports on to https://a.example/hook (HTTP 301)", "without a redirect")
    answers("HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 0\r\n\r\n",
            "the web server's own error page", "error log")
    answers("HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic\r\nContent-Length: 0\r\n\r\n",
            "before webhook.fcgi sees them", "no password")


def test_webhook_tls(ask, stack, authority):
    path = "/api/livekit/webhook"
    with Relay(0, stack.port, *authority.issue("good")) as front:
        ask(livekit={"webhookURL": f"https://localhost:{front.port}{path}"}).expect("webhook.event", "ok", "came")
        ask(livekit={"webhookURL": f"http://localhost:{front.port}{path}"}).expect(
            "webhook.tls", "error", "speaks TLS", f"https://localhost:{front.port}{path}")
    with Relay(0, stack.port, *authority.issue("own", self_signed=True)) as front:
        ask(livekit={"webhookURL": f"https://localhost:{front.port}{path}"}).expect(
            "webhook.certificate", "error", "self-signed", "update-ca-certificates")


def test_webhook_silent(stack, tmp_path, authority):
    """Two houses with one key: the LiveKit of one reports to itself, and the other waits in vain."""
    other = stack.variant("silent", {"database": {"path": str(tmp_path / "bedrud.db")},
                                     "livekit": external(f"http://127.0.0.1:{stack.livekit_port}")})
    subprocess.run([program("bedrudctl"), "--config", other, "db", "migrate"], check=True, capture_output=True)
    def asked(path):
        begin = time.monotonic()
        return Report(path), time.monotonic() - begin
    r, waited = asked(other)
    r.expect("webhook.last", "warning", "let a test participant in and reported nothing",
             f"webhook: {{api_key: {stack.key}, urls: [")
    # What cannot come is not waited for.
    dead = stack.variant("dead", {"database": {"path": str(tmp_path / "bedrud.db")},
                                  "livekit": external(f"http://127.0.0.1:{stack.livekit_port}",
                                                      webhookURL=f"http://127.0.0.1:{free_port()}/hook")})
    r, took = asked(dead)
    r.expect("webhook.tcp", "error", "connection refused").expect("webhook.last", "ok", "has reported nothing yet")
    assert took + 1 < waited
    # From afar, reports come late: a recent one says that they come.
    with contextlib.closing(sqlite3.connect(tmp_path / "bedrud.db")) as db, db:
        db.execute("INSERT INTO webhook_inbox (event_id, event, received_at) VALUES ('EV_x', 'room_finished', ?)",
                   [time.time_ns() - 300 * 10**9])
    Report(other).expect("webhook.last", "ok", "room_finished; that of the test participant is still on its way")


# --- web servers with the faults that people make

class Lighttpd(fronts.Lighttpd):
    def lighttpd_conf(self):
        path = super().lighttpd_conf()
        spoil(self.dir / "run/bedrud.conf", ', "upgrade" => "enable"', "")
        return path


class Nginx(fronts.Nginx):
    def write(self, name, text):
        path = super().write(name, text)
        if name == "bedrud.conf":
            spoil(path, "proxy_set_header Upgrade $http_upgrade;", "")
            spoil(path, "fastcgi_keep_conn off;", 'fastcgi_keep_conn off; fastcgi_param HTTP_AUTHORIZATION "";')
        return path


class Apache(fronts.Apache):
    def write(self, name, text):
        path = super().write(name, text)
        if name == "bedrud.conf":
            spoil(path, "CGIPassAuth On\n\t\tRequire", "Require")
            spoil(path, 'ProxyPass "/livekit/"', 'ProxyPass "/elsewhere/"')
            spoil(path, 'RewriteRule "^/livekit/" "-" [END]', "")
            spoil(path, 'RewriteRule "^/livekit$" "/livekit/" [PT,END]', "")
        return path


def spoil(path, old, new):
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize("front, seen, snippet, authorization", [
    (Lighttpd, "drops the Upgrade header", '"upgrade" => "enable"', None),
    (Nginx, "drops the Upgrade header", "proxy_set_header Upgrade $http_upgrade", "whatever sets HTTP_AUTHORIZATION"),
    (Apache, "/livekit isn't passed on to LiveKit: HTTP 200 with a web page", 'ProxyPass "/livekit/"',
     "CGIPassAuth On"),
], ids=lambda x: getattr(x, "__name__", None))
def test_web_server(front, seen, snippet, authorization):
    house = front()
    try:
        address = f"localhost:{house.livekit_port}"
        elsewhere = house.variant("elsewhere", {"livekit": external(f"http://{address}")})
        there = f'"localhost", "port" => "{house.livekit_port}"' if front is Lighttpd else f"http://{address}/"
        Report(elsewhere).expect("client.websocket", "error", seen, there)
        r = Report(house.config)
        r.expect("client.websocket", "error", seen, snippet)
        if authorization:
            r.expect("webhook.event", "error", "takes the Authorization header away", authorization)
        else:
            r.expect("webhook.event", "ok", "came through")
        house.processes["launcher"].terminate()
        house.processes["launcher"].wait(20)
        r = Report(house.config)
        r.expect("livekit.tcp", "error", "connection refused", "start livekit-launcher")
        if front is not Apache:
            Report(elsewhere).expect("client.websocket", "error", "it doesn't reach LiveKit behind it",
                                     f"start that LiveKit, and see that the web server passes on to {address}")
        if front is not Apache:
            r.expect("client.websocket", "error", "it doesn't reach LiveKit behind it", "livekit-launcher --status")
    finally:
        house.close()


# --- Redis

@pytest.fixture
def redis(tmp_path):
    made = []

    def one(*options, **kw):
        made.append(Redis(tmp_path, *options, **kw))
        return made[-1]
    yield one
    for r in made:
        r.close()


def block(port, **more):
    return {"redis": {"address": f"127.0.0.1:{port}", **more}}


def test_redis(ask, redis):
    r = redis()
    ask(livekit=block(r.port)).expect("redis.ping", "ok", "answers PING")
    ask(livekit=block(r.port, db=99)).expect("redis.db", "error", "refuses database 99", "below `databases`")
    ask(livekit=block(r.port, password="no-such-pw")).expect("redis.auth", "error", "has no password", "take ")
    ask(livekit=block(r.port, useTLS=True)).expect("redis.tls", "error", "has not answered TLS", "useTLS: false")
    ask(livekit=block(free_port())).expect("redis.tcp", "error", "connection refused", "start redis-server")
    for address in (f"redis://127.0.0.1:{r.port}", "127.0.0.1", "[::1]", "redis.example.org"):
        ask(livekit={"redis": {"address": address}}).expect(
            "redis.address", "error", "is no host and port", "with the port and without redis://")


def test_redis_password(ask, redis):
    password = "pw-" + "0123456789abcdef" * 2
    r = redis("--requirepass", password)
    ask(livekit=block(r.port)).expect("redis.auth", "error", "wants a password", "livekit.redis.password")
    wrong = ask(livekit=block(r.port, password="wr0ng-one")).expect(
        "redis.auth", "error", "refuses the user name or the password", "ACL LIST")
    right = ask(livekit=block(r.port, password=password))
    right.expect("redis.auth", "ok", "accepts the password").expect("redis.ping", "ok", "answers PING")
    assert "wr0ng-one" not in wrong.text and password not in right.text


def test_redis_user(ask, redis):
    r = redis("--user", "livekit", "on", ">s3cret", "allkeys", "allchannels", "allcommands")
    ask(livekit=block(r.port, username="livekit", password="s3cret")).expect("redis.auth", "ok", "of user livekit")
    ask(livekit=block(r.port, username="nobody", password="s3cret")).expect("redis.auth", "error", "refuses the user")


def test_redis_tls(ask, redis, authority):
    cert, key = authority.issue("redis")
    r = redis("--tls-port", "PORT", "--port", "0", "--tls-cert-file", cert, "--tls-key-file", key, "--tls-ca-cert-file",
              authority.cert, "--tls-auth-clients", "no")
    ask(livekit=block(r.port, useTLS=True)).expect("redis.certificate", "ok", "good until").expect(
        "redis.ping", "ok", "answers PING")
    ask(livekit=block(r.port)).expect("redis.ping", "error", "", "useTLS: true")


# --- recording

@pytest.mark.timeout(900)     # a worker is compiled
def test_recording(ask, stack, redis, egress_worker, tmp_path):
    ask().expect("recording.redis", "ok", "recording is not configured")
    r = redis()
    ask(livekit=block(r.port)).expect("recording.worker", "ok", "recordings are switched off")
    with stack.settings(recordings_enabled=1):
        ask().expect("recording.redis", "error", "LiveKit has no Redis", "install redis-server")
        ask(livekit=block(r.port)).expect(
            "recording.worker", "error", "no response from servers", "egress worker").expect(
            "recording.livekit", "error", "runs without Redis", "restart livekit-launcher").expect(
            "recording.folder", "error", "No such file", "install -d -m 2770")
        with contextlib.closing(egress_worker(r.port, stack.livekit_port, stack.key, stack.secrets["livekit"])):
            poll("the worker", lambda: ask(livekit=block(r.port), recording={"storageDir": str(tmp_path)}).expect(
                "recording.folder", "ok", "there and writable").expect(
                "recording.worker", "ok", "an egress worker listens"))
        ask(livekit=block(r.port)).expect("recording.worker", "error", "no egress worker")
        ask(recording={"storageDir": str(stack.config)}).expect("recording.folder", "error", "is no folder")
        ask(livekit=external(f"http://127.0.0.1:{stack.livekit_port}")).expect(
            "recording.livekit", "error", "runs without Redis", "that LiveKit's configuration").expect(
            "recording.redis", "warning", "isn't known here")


def test_recording_over_tls(ask, stack, authority):
    """No token that may record goes to a peer whose certificate is not to be trusted."""
    with stack.settings(recordings_enabled=1):
        for skip in (False, True):
            with Relay(0, stack.livekit_port, *authority.issue("own", self_signed=True)) as front:
                r = ask(livekit=external(f"https://localhost:{front.port}", skipTLSVerify=skip))
                r.expect("livekit.certificate", "ok" if skip else "error", "self-signed")
                assert ("recording.livekit" in r) == skip


def test_recording_livekit_has_redis(make, redis, ask, stack):
    house = make(redis={"address": f"127.0.0.1:{redis().port}"})
    house.start().ready()
    with stack.settings(recordings_enabled=1):
        r = ask(livekit=external(f"http://127.0.0.1:{house.port}", apiKey=KEY, apiSecret=SECRET))
        r.expect("recording.livekit", "ok", "has a Redis").expect("recording.redis", "ok", "in livekit.redis")
    r = Report(house.dir / "config.yaml")
    r.expect("recording.livekit", "ok", "has a Redis").expect("recording.worker", "ok", "no egress worker listens")


def test_recording_folder_of_another(tmp_path):
    """Root looks with the rights of the user that the database belongs to."""
    state = State({"recording": {"storageDir": "recordings"}})
    try:
        folder = state.dir / "recordings"
        folder.mkdir(mode=0o755)
        state.sql("INSERT OR IGNORE INTO system_settings (id) VALUES (1)")
        state.sql("UPDATE system_settings SET recordings_enabled = 1")
        if os.getuid() == 0:
            nobody = pwd.getpwnam("nobody")
            for path in (state.dir, *state.dir.glob("bedrud.db*")):
                os.chown(path, nobody.pw_uid, nobody.pw_gid)
        else:
            folder.chmod(0o555)
        Report(state.config).expect(
            "recording.folder", "error", "not writable for the user of our programs", "chmod 2770")
    finally:
        state.close()


def test_s3(ask, s3):
    block = s3.block

    def examine(level, *expected, check="s3.write", **changes):
        r = ask(chat={"uploads": {"backend": "s3", "s3": {**block, **changes}}})
        r.expect(check, level, *expected)
        assert block["secretKey"] not in r.text
    examine("ok", "lets us write into and delete from the bucket meet")
    assert not list(s3.bucket.glob("bedrud-doctor-*"))
    examine("error", "NoSuchBucket", "make that bucket", bucket="elsewhere")
    examine("error", "no such access key", "correct chat.uploads.s3.accessKey", accessKey="AKOTHER")
    examine("error", "SignatureDoesNotMatch", "correct chat.uploads.s3.secretKey", secretKey="another-secret")
    examine("error", "in another region", "s3.region", region="eu-west-9")
    r = ask(recording={"s3": {**block, "bucket": "elsewhere"}}, chat={"uploads": {"s3": block}})
    r.expect("s3.write", "error", "NoSuchBucket", "correct recording.s3.bucket")
    examine("ok", "lets us read and list the bucket meet", check="s3.read")
    few = s3.other("s3:PutObject", "s3:DeleteObject")
    examine("ok", "lets us write", **few)
    examine("error", "we may write, and not read: ", "s3:GetObject, s3:ListBucket", check="s3.read", **few)
    examine("error", "may not do this", "s3:PutObject, s3:DeleteObject", **s3.other("s3:GetObject"))
    examine("error", "incomplete", "accessKey and secretKey", check="s3.address", bucket="")
    examine("error", "connection refused", "start the S3 server", check="s3.tcp",
            endpoint=f"http://127.0.0.1:{free_port()}")
