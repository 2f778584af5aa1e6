# SPDX-License-Identifier: Apache-2.0
"""What a web server can spoil: credentials, bodies, paths, the WebSocket, headers, and one request at a time."""
import asyncio
import concurrent.futures
import http.client
import json
import os
import re
import signal
import subprocess

import pytest

from lib import hooks
from lib.call import Person
from lib.fronts import FRONTS, responders_of
from lib.stack import RESPONDERS, poll, program

HEADERS = {
    "x-xss-protection": "1; mode=block", "x-content-type-options": "nosniff", "x-frame-options": "DENY",
    "referrer-policy": "strict-origin-when-cross-origin", "cross-origin-embedder-policy": "unsafe-none",
    "cross-origin-opener-policy": "unsafe-none", "cross-origin-resource-policy": "same-origin",
    "origin-agent-cluster": "?1",
    "x-dns-prefetch-control": "off", "x-download-options": "noopen", "x-permitted-cross-domain-policies": "none",
}


def all_headers(reply, name):
    return [v for k, v in reply.headers if k == name]


def test_two_people_meet(stack, ann):
    """Join works, and its token opens LiveKit through this server's /livekit."""
    async def call():
        room = stack.room(ann)
        owner, guest = stack.join(ann, room).must(200), stack.guest_join(room, "Gast").must(200)
        for reply in (owner, guest):
            assert reply["livekitHost"] == f"ws://127.0.0.1:{stack.port}/livekit"
        async with Person(owner) as a, Person(guest) as b:
            until = asyncio.get_running_loop().time() + 20
            while not (a.room.remote_participants and b.room.remote_participants):
                assert asyncio.get_running_loop().time() < until, "they don't see each other"
                await asyncio.sleep(0.05)
            assert set(a.room.remote_participants) == {b.identity}
        # LiveKit's webhooks came back through the same server: both seats were taken and given back.
        poll("webhooks of the call", lambda: len(stack.sql(
            "SELECT 1 FROM room_participants WHERE room_id = ? AND left_at IS NOT NULL", room["id"])) == 2,
            log=stack.logs)
    asyncio.run(asyncio.wait_for(call(), 60))


def test_authorization_arrives(stack, http, ann):
    assert http.get("/api/auth/me", token=ann.token).must(200)["email"] == ann.email
    http.get("/api/auth/me").error(401)
    http.get("/api/auth/me", token=ann.token + "x").error(401)


@pytest.mark.parametrize("size", [65534, 65535, 65536, 65537, 99000, 131071, 131072, 131073, 200000, 262144, 1048576])
def test_bodies_arrive_byte_for_byte(stack, size):
    """The webhook's signature covers the raw bytes, so a 200 proves every one of them."""
    raw = hooks.body("track_published", "some-room", hooks.sid("RM"), padding="")
    raw = raw.replace(b'"padding":""', b'"padding":"' + b"x" * (size - len(raw)) + b'"')
    assert len(raw) == size
    assert stack.post_hook(raw).must(200) == {"ok": True}
    stack.post_hook(raw, authorization=hooks.sign(raw + b" ", stack.key, stack.secrets["livekit"])).error(401)


def test_a_body_without_a_length_arrives(stack, ann):
    """Sent in chunks: the responder needs CONTENT_LENGTH, so the web server must count, or ask the client to. Several
    times, because the pieces may or may not be there together."""
    room = stack.room(ann)
    text = json.dumps({"roomName": room["name"], "guestName": "Gast"}).encode()
    for _ in range(12):
        conn = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=30)
        conn.request("POST", "/api/room/guest-join", body=iter([text[:9], text[9:]]), encode_chunked=True,
                     headers={"Content-Type": "application/json", "Transfer-Encoding": "chunked"})
        reply = conn.getresponse()
        body = reply.read()
        conn.close()
        if stack.front == "cgi":
            assert reply.status == 411, body
        else:
            assert reply.status == 200 and json.loads(body)["token"], body


@pytest.mark.parametrize("path", ["/api/room/join", "/api/room/guest-join", "/api/room/create", "/api/auth/login",
                                  "/api/livekit/webhook", "/api/nowhere"])
def test_large_body_gets_our_answer(stack, http, ann, path):
    """200 KB is beyond every JSON limit of ours (the webhook's is more) and within every web server's."""
    size = 1200000 if path == "/api/livekit/webhook" else 200000
    body = b'{"roomName":"' + b"x" * size + b'"}'
    http.post(path, body=body, kind="application/json", token=ann.token).error(413)


def test_huge_body_is_turned_away(stack, http):
    reply = http.post("/api/room/join", body=b"x" * 20_000_000, kind="application/json")
    assert reply.status in (413, 500)
    assert http.get("/api/health").must(200)["status"] == "healthy"


def routes():
    out = []
    for name in RESPONDERS:
        text = subprocess.run([program(f"{name}.fcgi"), "--routes"], check=True, capture_output=True, text=True).stdout
        out += [(name, *line.split()[:2]) for line in text.splitlines()]
    return out


def test_every_route_reaches_its_responder(stack, http):
    """A wrong method on a known path is a 405 that names the right ones; another responder would say 404."""
    table = routes()
    assert len(table) > 15, table
    for name, method, path in table:
        path = re.sub(r":[A-Za-z]+", "abc-def", path)
        for form in (path, path + "/", path.upper().replace("ABC-DEF", "abc-def"), path + "?a=b"):
            reply = http.request("PATCH", form, body=b"{}", kind="application/json")
            reply.error(405)
            allowed = reply.header("allow", "").replace(" ", "").split(",")
            assert method in allowed, f"{name}: {reply} allows {allowed}"


@pytest.mark.parametrize("path", ["/api", "/api/", "/api/nowhere", "/apix", "/api/room", "/api/room/joinx",
                                  "/api/authx",
                                  "/api/livekit", "/api/livekit/webhookx", "/api/room/check/a%2Fb"])
def test_unknown_api_paths_are_json(stack, http, path):
    reply = http.get(path)
    reply.error(reply.status)
    assert reply.status in (400, 401, 404, 405), reply


def test_a_nul_in_the_path_is_refused(stack, http):
    """lighttpd and Apache refuse it themselves, with their own page."""
    assert http.get("/api/a%00b").status in (400, 404)


def test_encoded_letters_lead_to_the_same_place(stack, http):
    http.request("PATCH", "/api/room/%6aoin", body=b"{}", kind="application/json").error(405)


@pytest.mark.parametrize("path", ["/", "/m/some-room", "/dashboard", "/auth/login?next=a.png", "/livekitx", "/assetsx",
                                  "/healthy"])
def test_the_page(stack, http, path):
    reply = http.get(path)
    assert reply.status == 200 and "shell" in reply.text, reply
    assert reply.header("content-type") == "text/html; charset=utf-8"
    assert all_headers(reply, "cache-control") == ["no-cache"]
    assert http.request("HEAD", path).status == 200


def test_hashed_assets_are_kept_and_missing_ones_are_not(stack, http):
    reply = http.get("/assets/app-0a1b2c3d.js")
    assert reply.status == 200 and "here" in reply.text
    assert re.match(r"(?:text|application)/javascript\b", reply.header("content-type"))
    kept = ", ".join(all_headers(reply, "cache-control"))
    assert {"max-age=31536000", "public", "immutable"} <= {x.strip() for x in kept.split(",")}
    for path in ("/assets/app-ffffffff.js", "/assets/", "/assets/../nowhere.js", "/nowhere.png", "/m/x.css"):
        reply = http.get(path)
        assert reply.status in (400, 403, 404) and "shell" not in reply.text, reply
        assert not any("max-age" in v for v in all_headers(reply, "cache-control")), reply.headers


@pytest.mark.parametrize("path", ["/", "/assets/app-0a1b2c3d.js", "/api/health", "/api/nowhere", "/assets/nowhere.js"])
def test_headers_of_every_answer(stack, http, path):
    reply = http.get(path)
    for name, value in HEADERS.items():
        assert all_headers(reply, name) == [value], (name, reply.headers)
    policies = all_headers(reply, "content-security-policy")
    assert len(policies) == 1
    policy = dict(p.strip().split(" ", 1) for p in policies[0].split(";"))
    assert policy["frame-ancestors"] == "'none'"
    if path.startswith("/api/"):        # JSON is no page
        assert policy["default-src"] == "'none'" and policy.keys() == {"default-src", "media-src", "frame-ancestors"}
    else:
        assert policy["default-src"] == "'self'" and policy["connect-src"].strip() == "'self'"
        assert "unsafe-inline" not in policy["script-src"]


def test_page_takes_no_other_method(stack, http):
    for method in ("POST", "PUT", "DELETE"):
        assert http.request(method, "/m/some-room", body=b"x").status in (403, 405)


def test_text_is_compressed(stack, http):
    asset = stack.dir / "web/assets/big-0a1b2c3d.js"
    asset.write_text("export const many = 1;\n" * 2000)
    asset.chmod(0o644)
    reply = http.get("/assets/big-0a1b2c3d.js", headers={"Accept-Encoding": "gzip"})
    assert reply.status == 200 and reply.header("content-encoding") == "gzip" and len(reply.body) < 5000


def test_livekit_without_its_prefix(stack, http):
    assert http.get("/livekit/").text == "OK"
    assert http.get("/livekit").text == "OK"
    assert http.get("/livekit/rtc/validate").status in (400, 401)


def test_many_at_once(stack, ann):
    """64 requests at a time, whatever the number of processes: nobody is turned away or left waiting."""
    room = stack.room(ann)
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        replies = list(pool.map(lambda _: stack.join(ann, room), range(256)))
    assert {r.status for r in replies} == {200}


def test_a_responder_that_dies_is_replaced(stack, http):
    """libfcgi calls abort() when memory can't hold what the web server announces: others hear 5xx for a moment."""
    if stack.front not in ("lighttpd", "apache2"):
        pytest.skip("this web server starts no responders: what made their sockets does")
    old = responders_of(stack, "health")
    assert old or stack.front == "apache2"      # which starts them when asked
    http.get("/api/health").must(200)
    for pid in responders_of(stack, "health"):
        os.kill(pid, signal.SIGABRT)
    seen = []

    def answers():
        seen.append(http.get("/api/health").status)
        return seen[-1] == 200
    poll("another responder", answers, 10)
    assert set(seen) <= {200, 500, 502, 503}, seen
    assert responders_of(stack, "health") and not set(responders_of(stack, "health")) & set(old)


@pytest.mark.parametrize("front", FRONTS)
def test_nothing_is_left_when_the_server_ends(front):
    s = FRONTS[front]()
    try:
        assert s.http.get("/api/health").status == 200
        # Plain CGI leaves none between two requests.
        assert responders_of(s) or front == "cgi"
    finally:
        s.close()
    poll("responders gone", lambda: not responders_of(s), 10)
