# SPDX-License-Identifier: Apache-2.0
"""`bedrudctl doctor` on peers: each fault provoked for real, and the sentence compared."""
import email.utils
import itertools
import time

import pytest

from lib.doctor import Authority, Relay, Report, Says
from lib.stack import free_port, poll

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
    r.expect("livekit.http", "ok", "says that it is up")
    r.expect("livekit.clock", "ok", "agree")
    r.expect("livekit.call", "ok", "knows our key and our secret")
    assert stack.secrets["livekit"] not in r.text


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


def test_client_leaves_nothing(ask, stack):
    ask().expect("client.websocket", "ok", "")
    def rooms():
        import json
        import urllib.request
        from livekit import api
        token = api.AccessToken(stack.key, stack.secrets["livekit"]).with_grants(api.VideoGrants(room_list=True))
        r = urllib.request.Request(f"http://127.0.0.1:{stack.livekit_port}/twirp/livekit.RoomService/ListRooms", b"{}",
                                   {"Content-Type": "application/json", "Authorization": f"Bearer {token.to_jwt()}"})
        with urllib.request.urlopen(r, timeout=5) as answer:
            return [r["name"] for r in json.load(answer)["rooms"]]
    poll("the doctor's room is gone", lambda: not any("octor" in r for r in rooms()))
