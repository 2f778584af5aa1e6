# SPDX-License-Identifier: Apache-2.0
"""What every answer has in common: JSON errors, headers, body limits, static files."""
import gzip
import time

import pytest

POSTS = ["/api/auth/register", "/api/auth/login", "/api/auth/guest-login", "/api/auth/refresh", "/api/auth/logout",
         "/api/room/create", "/api/room/join", "/api/room/guest-join", "/api/room/refresh-token",
         "/api/livekit/webhook"]
GETS = ["/api/health", "/api/ready", "/api/webxdc/config", "/api/auth/me", "/api/auth/preferences",
        "/api/auth/settings", "/api/room/check/some-room", "/api/room/list", "/api/room/some-id/presence"]
SECURITY = {
    "x-xss-protection": "1; mode=block", "x-content-type-options": "nosniff", "x-frame-options": "DENY",
    "referrer-policy": "strict-origin-when-cross-origin", "cross-origin-embedder-policy": "unsafe-none",
    "cross-origin-opener-policy": "unsafe-none", "cross-origin-resource-policy": "same-origin",
    "origin-agent-cluster": "?1", "x-dns-prefetch-control": "off", "x-download-options": "noopen",
    "x-permitted-cross-domain-policies": "none",
}


@pytest.mark.parametrize("path,status", [("/api/health", "healthy"), ("/api/ready", "ready")])
def test_health(http, path, status):
    for url in (path, path + "/", path + "?x=1&y=%2f"):
        body = http.get(url).must(200)
        assert body["status"] == status
        assert abs(body["time"] - time.time()) < 5
    head = http.request("HEAD", path)
    assert head.status == 200 and head.body == b""


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_short_health_redirects(http, path):
    r = http.get(path)
    assert r.status == 302 and r.header("location") in ("/api" + path, f"http://127.0.0.1:{http.port}/api{path}"), r


def test_webxdc_is_off(http):
    body = http.get("/api/webxdc/config").must(200)
    assert body["webxdc"]["enabled"] is False and body["webxdc"]["experimental"] is True


@pytest.mark.parametrize("path", [
    "/api", "/api/", "/api/nope", "/api/health/deeper", "/api/auth", "/api/auth/nope", "/api/auth/login/more",
    "/api/room",
    "/api/room/", "/api/room/check", "/api/room/check/a/b", "/api/livekit", "/api/livekit/nope",
    "/api/livekit/webhook/x",
    "/api/admin/users", "/api/room/id/kick", "/api/auth/%00", "/api/rooms/x/webxdc/packages",
])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_unknown_path_is_json_404(http, method, path):
    r = http.request(method, path)
    if path == "/api/auth/%00" and r.status in (400, 404) and b"<html" in r.body.lower():
        return      # the web server's own refusal of a NUL
    if path == "/api/room/check":
        r.error(405)        # DELETE /api/room/{roomId} for a room with the id "check"
    else:
        r.error(404)


@pytest.mark.parametrize("method,path", [(m, p) for p in POSTS for m in ("GET", "PUT", "DELETE", "PATCH")]
                         + [(m, p) for p in GETS for m in ("POST", "PUT", "PATCH")] + [("GET", "/api/room/some-id")])
def test_wrong_method_is_json_405(http, method, path):
    r = http.request(method, path, body=b"{}" if method != "GET" else None, kind="application/json")
    if (method, path) in (("DELETE", "/api/room/create"), ("DELETE", "/api/room/list")):
        r.error(401)        # DELETE /api/room/{roomId}
    else:
        r.error(405)
        assert r.header("allow"), f"405 without Allow: {r}"


@pytest.mark.parametrize("path", POSTS)
def test_big_body_is_json_413(http, ann, path):
    n = 1_200_000 if path.endswith("webhook") else 200_000
    r = http.post(path, body=b'{"name":"' + b"x" * n + b'"}', kind="application/json", token=ann.token)
    r.error(413)


def test_body_just_below_the_limit_is_read(http):
    pad = "x" * 60_000
    http.post("/api/auth/login", {"email": "nobody@example.org", "password": "y" * 20, "pad": pad}).error(401)


NEEDS_JSON = ["/api/auth/register", "/api/auth/login", "/api/auth/guest-login", "/api/room/create", "/api/room/join",
              "/api/room/guest-join", "/api/room/refresh-token"]


@pytest.mark.parametrize("path", NEEDS_JSON)
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x",
                                  "application/jsonx", None])
def test_wrong_content_type_is_400(http, ann, path, kind):
    body = b'{"email":"a@example.org","password":"aaaaaaaaaaaaa","name":"abc","roomName":"abc","guestName":"abc"}'
    http.post(path, body=body, kind=kind, token=ann.token).error(400)


@pytest.mark.parametrize("kind", ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON",
                                  "application/vnd.bedrud+json"])
def test_json_content_types(stack, http, kind):
    body = f'{{"email":"{stack.admin_email}","password":"{stack.admin_password}"}}'
    http.post("/api/auth/login", body=body, kind=kind).must(200)


@pytest.mark.parametrize("path", NEEDS_JSON)
@pytest.mark.parametrize("body", [
    b"", b" ", b"null", b"[]", b'"x"', b"1", b"{", b'{"a":1}}', b'{"a":1} {"b":2}', b"{'a':1}", b'{"a":tru}',
    b"\xff\xfe{}",
    b'{"name":"\xc3\x28","email":"\xc3\x28"}', b'{"a":' * 500 + b"1" + b"}" * 500, b'{"pad":"\x01"}',
], ids=lambda b: repr(b[:14]))
def test_broken_json_is_400(http, ann, path, body):
    http.post(path, body=body, kind="application/json", token=ann.token).error(400)


@pytest.mark.parametrize("path,body", [
    ("/api/auth/login", {"email": 1, "password": "correct horse battery"}),
    ("/api/auth/login", {"email": "a@example.org", "password": ["x"]}),
    ("/api/auth/login", {"email": {"a": 1}, "password": "correct horse battery"}),
    ("/api/auth/login", {"email": True, "password": "correct horse battery"}),
    ("/api/auth/register", {"email": "q@example.org", "password": 123456789012, "name": "Ann"}),
    ("/api/auth/register", {"email": "q@example.org", "password": "correct horse battery", "name": False}),
    ("/api/auth/register", {"email": "q@example.org", "password": "correct horse battery", "name": "A\u0000nn"}),
    ("/api/auth/guest-login", {"name": 5}),
    ("/api/room/create", {"name": 5}),
    ("/api/room/create", {"isPublic": "yes"}),
    ("/api/room/create", {"isPublic": 1}),
    ("/api/room/create", {"maxParticipants": "5"}),
    ("/api/room/create", {"maxParticipants": 1.5}),
    ("/api/room/create", {"maxParticipants": 1e30}),
    ("/api/room/create", {"mode": 1}),
    ("/api/room/create", {"settings": [1]}),
    ("/api/room/create", {"settings": {"allowChat": "true"}}),
    ("/api/room/join", {"roomName": 5}),
    ("/api/room/guest-join", {"roomName": "abc", "guestName": 7}),
    ("/api/room/refresh-token", {"roomName": []}),
])
def test_wrong_json_type_is_400(http, ann, path, body):
    http.post(path, body, token=ann.token).error(400)


def test_wrong_json_type_where_the_body_is_optional(http):
    http.post("/api/auth/refresh", {"refresh_token": 1}).error(400)


def test_keys_ignore_case(stack, http):
    r = http.post("/api/auth/login", {"EMAIL": stack.admin_email, "PassWord": stack.admin_password, "Unknown": [1]})
    assert r.must(200)["user"]["email"] == stack.admin_email
    http.post("/api/auth/login", body=f'{{"email":"nobody@example.org","email":"{stack.admin_email}",'
              f'"password":"{stack.admin_password}"}}', kind="application/json").error(400)


def test_replies_escape_html(http):
    r = http.post("/api/auth/guest-login", {"name": "Zoë <b>"})
    r.must(200)
    assert b"<" not in r.body and "Zoë b" in r.text


@pytest.mark.parametrize("path", ["/", "/m/some-room", "/api/health", "/api/nope", "/api/auth/me", "/assets/none.js",
                                  "/health",
                                  "/assets/app-0a1b2c3d.js", "/api/room/list", "/favicon.svg"])
def test_security_headers(http, path):
    r = http.get(path)
    missing = {k: (v, r.header(k)) for k, v in SECURITY.items() if r.header(k) != v}
    assert not missing, f"{r}: wanted and got {missing}"
    twice = [k for k in SECURITY if sum(1 for name, _ in r.headers if name == k) > 1]
    assert not twice, f"sent twice: {twice}"


def test_page_policy(http):
    policy = http.get("/").header("content-security-policy")
    assert policy, "no Content-Security-Policy on the page"
    parts = {p.split()[0]: p.split()[1:] for p in policy.split(";") if p.strip()}
    scripts = parts.get("script-src", parts.get("default-src", []))
    assert "'self'" in scripts and "'unsafe-inline'" not in scripts, policy
    assert "'self'" in parts["connect-src"], policy
    assert {"'self'", "https:"} <= set(parts["media-src"]), policy          # recordings, here and by a link into S3


@pytest.mark.parametrize("path,status,kind,word", [
    ("/", 200, "text/html", "the shell"), ("/index.html", 200, "text/html", "the shell"),
    ("/m/some-room", 200, "text/html", "the shell"), ("/dashboard", 200, "text/html", "the shell"),
    ("/auth/login?next=%2Fnew", 200, "text/html", "the shell"), ("/m/name.with.dots", 200, "text/html", "the shell"),
    ("/assets/app-0a1b2c3d.js", 200, ("text/javascript", "application/javascript"), "here"),
    ("/favicon.svg", 200, "image/svg+xml", "svg"),
    ("/assets/missing-1234.js", 404, None, None), ("/assets/none", 404, None, None), ("/missing.js", 404, None, None),
    ("/fonts/none.woff2", 404, None, None), ("/picture.png", 404, None, None), ("/x/y.css", 404, None, None),
    ("/m/app.js.map", 404, None, None),
])
def test_static(http, path, status, kind, word):
    r = http.get(path)
    assert r.status == status, r
    if kind:
        assert r.header("content-type", "").startswith(kind), r.headers
        assert word in r.text, r
    else:
        assert "the shell" not in r.text, r


def test_static_caching(http):
    r = http.get("/assets/app-0a1b2c3d.js")
    said = {w.strip() for k, v in r.headers if k == "cache-control" for w in v.split(",")}
    assert said == {"public", "max-age=31536000", "immutable"}, r.headers
    for page in ("/", "/m/some-room", "/index.html"):
        assert http.get(page).header("cache-control") == "no-cache", page
    assert not [v for k, v in http.get("/assets/missing-1234.js").headers if k == "cache-control" and "max-age" in v]


@pytest.mark.parametrize("path", ["/assets/big-0a1b2c3d.js", "/api/auth/settings", "/m/some-room"])
def test_compression(stack, http, path):
    (stack.dir / "web/assets/big-0a1b2c3d.js").write_text("export const line = 1;\n" * 2000)
    plain = http.get(path)
    r = http.get(path, headers={"Accept-Encoding": "gzip"})
    assert r.header("content-encoding") == "gzip" and gzip.decompress(r.body) == plain.body, r.headers
    assert r.header("content-type") == plain.header("content-type")
    assert "accept-encoding" in (r.header("vary") or "").lower(), r.headers


@pytest.mark.parametrize("path", ["/config.yaml", "/bedrud.db", "/run/auth.sock", "/..%2fconfig.yaml",
                                  "/assets/..%2f..%2fconfig.yaml", "/%2e%2e/config.yaml", "/assets/"])
def test_nothing_outside_the_web_root_is_served(stack, http, path):
    r = http.get(path)
    assert stack.secrets["jwt"] not in r.text and b"SQLite" not in r.body, r
    assert r.status in (400, 403, 404) or "the shell" in r.text, r


def test_post_to_the_page_is_refused(http):
    assert http.post("/m/some-room", {"a": 1}).status in (403, 404, 405, 411)


def test_api_answers_are_not_cached(http, ann):
    for path in ("/api/auth/me", "/api/room/list"):
        value = http.get(path, token=ann.token).header("cache-control") or ""
        assert "immutable" not in value and "max-age=3" not in value and "public" not in value, value


HOSTS = [   # livekit.host, request's host and headers, what livekitHost must be
    ("", "meet.example.org", {}, {}, "ws://meet.example.org/livekit"),
    ("", "meet.example.org:8090", {}, {}, "ws://meet.example.org:8090/livekit"),
    ("", "meet.example.org", {"Origin": "https://meet.example.org"}, {}, "wss://meet.example.org/livekit"),
    ("", "meet.example.org", {"Referer": "https://meet.example.org/m/x"}, {}, "wss://meet.example.org/livekit"),
    ("", "meet.example.org", {"Origin": "http://meet.example.org"}, {}, "ws://meet.example.org/livekit"),
    ("", "meet.example.org", {}, {"HTTPS": "on"}, "wss://meet.example.org/livekit"),
    ("", "meet.example.org", {}, {"REQUEST_SCHEME": "https"}, "wss://meet.example.org/livekit"),
    ("ws://sfu.example.org:7880", "meet.example.org", {}, {}, "ws://sfu.example.org:7880"),
    ("ws://sfu.example.org:7880", "x", {"Origin": "https://x"}, {}, "wss://sfu.example.org:7880"),
    ("http://sfu.example.org", "x", {"Origin": "https://x"}, {}, "https://sfu.example.org"),
    ("http://sfu.example.org", "x", {"Referer": "https://x/m/y"}, {}, "https://sfu.example.org"),
    ("wss://sfu.example.org", "x", {"Origin": "http://x"}, {}, "wss://sfu.example.org"),
]


@pytest.mark.parametrize("configured,host,headers,extra,wanted", HOSTS)
def test_livekit_host(stack, ann, configured, host, headers, extra, wanted):
    room = stack.room(ann)
    config = stack.variant("host", {"livekit": {"host": configured}}) if configured else stack.config
    r = stack.cgi("join", config).post("/api/room/join", {"roomName": room["name"]}, token=ann.token, host=host,
                                       headers=headers, extra=extra)
    assert r.must(200)["livekitHost"] == wanted


def test_livekit_host_through_the_web_server(stack, http, ann):
    room = stack.room(ann)
    assert room["livekitHost"] == f"ws://127.0.0.1:{stack.port}/livekit"
    r = http.post("/api/room/join", {"roomName": room["name"]}, token=ann.token,
                  headers={"Host": "meet.example.org:81"})
    assert r.must(200)["livekitHost"] == "ws://meet.example.org:81/livekit"


def test_livekit_behind_the_web_server(http):
    assert http.get("/livekit/").body == b"OK"
    r = http.get("/livekit/rtc/validate?access_token=nonsense")
    assert r.status == 401, r


def test_cors(stack):
    closed = stack.cgi("health", stack.variant("cors", {
        "cors": {"allowedOrigins": "https://a.example,https://b.example",
                 "allowedHeaders": "Authorization,Content-Type"}}))
    r = closed.request("OPTIONS", "/api/health", headers={"Origin": "https://b.example",
                                                          "Access-Control-Request-Method": "GET"})
    assert r.status == 204 and r.header("access-control-allow-origin") == "https://b.example", r.headers
    assert r.header("access-control-allow-methods", "").replace(" ", "") == "GET,POST,PUT,DELETE,OPTIONS"
    assert r.header("access-control-allow-credentials") is None
    r = closed.get("/api/health", headers={"Origin": "https://b.example"})
    assert r.header("access-control-allow-origin") == "https://b.example"
    assert "origin" in (r.header("vary") or "").lower()
    r = closed.get("/api/health", headers={"Origin": "https://evil.example"})
    r.must(200)
    assert r.header("access-control-allow-origin") is None
    strict = stack.cgi("health", stack.variant("cors2",
                                               {"cors": {"allowedOrigins": "https://a.example",
                                                         "allowCredentials": True}}))
    r = strict.get("/api/health", headers={"Origin": "https://a.example"})
    assert r.header("access-control-allow-credentials") == "true"
    r = stack.cgi("health").get("/api/health", headers={"Origin": "https://any.example"})
    assert r.header("access-control-allow-origin") in ("*", None)
