# SPDX-License-Identifier: Apache-2.0
"""Accounts, guests, sessions."""
import base64
import concurrent.futures
import datetime
import hashlib
import json
import time
import uuid

import jwt
import pytest

from lib.stack import PASSWORD, Account

USER_KEYS = {"id": str, "email": str, "name": str, "provider": str, "avatarUrl": str, "accesses": list,
             "isActive": bool,
             "createdAt": str, "updatedAt": str, "isAdmin": bool}


def mail():
    return f"m{uuid.uuid4().hex[:12]}@example.org"


def decode(stack, token):
    return jwt.decode(token, stack.secrets["jwt"], algorithms=["HS256"], audience="bedrud", issuer="bedrud")


def claims(who, **more):
    """Bedrud's own claims (2.1), as its Go server writes them: no typ, no sid."""
    now = int(time.time())
    c = {"userId": who.id, "email": who.email, "name": who.name, "provider": "local", "accesses": ["user"],
         "iss": "bedrud", "sub": who.id, "aud": ["bedrud"], "iat": now, "exp": now + 3600}
    c.update(more)
    return {k: v for k, v in c.items() if v is not None}


def check_cookies(r, access, refresh):
    for name, value, age in (("access_token", access, 24 * 3600), ("refresh_token", refresh, 604800)):
        m = r.cookies[name]
        assert m.value == value
        assert m["path"] == "/" and m["httponly"] and m["samesite"] == "Lax" and not m["secure"] and not m["domain"], m
        assert int(m["max-age"]) == age, m


# A1

def test_register(stack, http):
    email = mail()
    r = http.post("/api/auth/register", {"email": email, "password": PASSWORD, "name": "Ann Example"})
    body = r.must(200)
    for k, kind in USER_KEYS.items():
        assert isinstance(body["user"][k], kind), (k, body["user"])
    assert body["user"]["emailVerifiedAt"] is None and body["user"]["passwordChangedAt"] is None
    assert (body["user"]["email"], body["user"]["provider"], body["user"]["accesses"]) == (email, "local", ["user"])
    assert body["user"]["isActive"] is True and body["user"]["isAdmin"] is False and body["user"]["avatarUrl"] == ""
    created = datetime.datetime.fromisoformat(body["user"]["createdAt"][:19] + "+00:00").timestamp()
    assert abs(created - time.time()) < 5, body["user"]["createdAt"]
    assert body["access_token"] == body["tokens"]["accessToken"]
    assert body["refresh_token"] == body["tokens"]["refreshToken"]
    check_cookies(r, body["tokens"]["accessToken"], body["tokens"]["refreshToken"])
    row = stack.one("SELECT * FROM users WHERE id = ?", body["user"]["id"])
    assert row["password"].startswith("$y$") and row["accesses"] == "{user}" and row["is_active"] == 1
    assert row["created_at"][10] == " " and row["created_at"].endswith("+00:00"), row["created_at"]
    assert PASSWORD not in str(dict(row))


@pytest.mark.parametrize("change", [
    {"email": ""}, {"email": None}, {"email": "nope"}, {"email": "@example.org"}, {"email": "a@"},
    {"email": "a b@example.org"},
    {"email": "Ann <ann@example.org>"}, {"email": "a" * 250 + "@example.org"}, {"password": "elevenchars"},
    {"password": ""},
    {"password": "x" * 129}, {"password": None}, {"name": ""}, {"name": "A"}, {"name": None}, {"name": "<<>>\"'&A"},
    {"name": "n" * 256}, {"name": "\u0001\u0002"},
])
def test_register_refuses(http, change):
    body = {"email": mail(), "password": PASSWORD, "name": "Ann", **change}
    r = http.post("/api/auth/register", {k: v for k, v in body.items() if v is not None})
    r.error(400)
    assert not r.cookies


@pytest.mark.parametrize("password", ["x" * 12, "x" * 128, "pässwörter" * 2, " leading and trailing "])
def test_password_bounds(stack, http, password):
    email = mail()
    http.post("/api/auth/register", {"email": email, "password": password, "name": "Ann"}).must(200)
    stack.login(email, password)
    http.post("/api/auth/login", {"email": email, "password": password[:-1]}).error(401)


@pytest.mark.parametrize("typed,kept", [
    ("Ada Lovelace", "Ada Lovelace"), ("<script>Ada</script>", "scriptAda/script"), ("A\u0007d\na", "Ada"),
    ("O'Neil \"x\" & co", "ONeil x  co"), ("Zoë Müller 張", "Zoë Müller 張"), ("  Ada  ", "Ada"),
])
def test_display_names(http, typed, kept):
    body = http.post("/api/auth/register", {"email": mail(), "password": PASSWORD, "name": typed}).must(200)
    assert body["user"]["name"] == kept


def test_register_duplicate(stack, http, ann):
    texts = set()
    for email in (ann.email, ann.email.upper(), "  " + ann.email + " "):
        texts.add(http.post("/api/auth/register", {"email": email, "password": PASSWORD, "name": "Other"}).error(400))
    assert len(texts) == 1
    stack.login(ann.email)      # the account is as it was
    # Any provider's address counts.
    other = mail()
    stack.sql("INSERT INTO users (id, email, name, provider, accesses, is_active, created_at, updated_at) VALUES"
              " (?, ?, 'G', 'google', '{user}', 1, '2026-01-01 00:00:00+00:00', '2026-01-01 00:00:00+00:00')",
              str(uuid.uuid4()), other)
    http.post("/api/auth/register", {"email": other, "password": PASSWORD, "name": "Other"}).error(400)


def test_register_twice_at_once(http):
    email = mail()
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        replies = list(pool.map(lambda _: http.post("/api/auth/register", {
            "email": email, "password": PASSWORD, "name": "Ann"}), range(6)))
    assert sorted(r.status for r in replies) == [200, 400, 400, 400, 400, 400], replies


def test_email_forms(stack, http):
    local = uuid.uuid4().hex[:10]
    http.post("/api/auth/register", {"email": f" {local.upper()}@BÜCHER.example ", "password": PASSWORD,
                                     "name": "Ann"}).must(200)
    who = stack.login(f"{local}@bücher.example")
    assert who.email == f"{local}@xn--bcher-kva.example"
    stack.login(f"{local}@xn--BCHER-kva.example")


@pytest.mark.parametrize("columns,a1,a3", [
    ({"registration_enabled": 0}, 403, 403),
    ({"registration_enabled": 1, "token_registration_only": 1}, 403, 200),
    ({"guest_login_enabled": 0}, 200, 403),
])
def test_gates(stack, http, columns, a1, a3):
    with stack.settings(**columns):
        r = http.post("/api/auth/register", {"email": mail(), "password": PASSWORD, "name": "Ann"})
        assert r.status == a1, r
        r = http.post("/api/auth/guest-login", {"name": "Gast"})
        assert r.status == a3, r
        http.post("/api/auth/login", {"email": stack.admin_email, "password": stack.admin_password}).must(200)


def invite(stack, expires="2099-01-01 00:00:00+00:00", used=None, email=""):
    token = uuid.uuid4().hex
    stack.sql("INSERT INTO invite_tokens (id, token, email, created_by, expires_at, used_at, used_by, "
              "created_at) VALUES"
              " (?, ?, ?, 'x', ?, ?, '', '2026-01-01 00:00:00+00:00')", str(uuid.uuid4()), token, email, expires, used)
    return token


def test_invites(stack, http):
    def go(token, email=None):
        return http.post("/api/auth/register", {"email": email or mail(), "password": PASSWORD, "name": "Ann",
                                                "inviteToken": token})
    with stack.settings(registration_enabled=1, token_registration_only=1):
        good = invite(stack)
        # A registration that fails doesn't burn the invite.
        http.post("/api/auth/register", {"email": "nope", "password": PASSWORD, "name": "Ann",
                                         "inviteToken": good}).error(400)
        user = go(good).must(200)["user"]
        row = stack.one("SELECT * FROM invite_tokens WHERE token = ?", good)
        assert row["used_at"] and row["used_by"] == user["id"]
        assert go(good).status in (403, 409)
        for bad in ("", "0" * 32, invite(stack, "2020-01-01 00:00:00+00:00"),
                    invite(stack, used="2026-01-01 00:00:00+00:00")):
            go(bad).error(403)
        bound = invite(stack, email=(email := mail()))
        go(bound).error(403)
        go(bound, email.upper()).must(200)
        once = invite(stack)
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            replies = sorted(r.status for r in pool.map(lambda _: go(once), range(4)))
        assert replies[0] == 200 and set(replies[1:]) <= {403, 409}, replies


# A2

def test_login(stack, http, ann):
    r = http.post("/api/auth/login", {"email": f"  {ann.email.upper()} ", "password": PASSWORD})
    body = r.must(200)
    assert body["user"]["id"] == ann.id
    check_cookies(r, body["tokens"]["accessToken"], body["tokens"]["refreshToken"])


def test_login_failures_look_alike(stack, http):
    gone = stack.account()
    stack.sql("UPDATE users SET is_active = 0 WHERE id = ?", gone.id)
    guest = stack.guest()
    seen = {}
    for what, email, password in (("unknown", mail(), PASSWORD), ("wrong", stack.admin_email, PASSWORD),
                                  ("deactivated", gone.email, PASSWORD), ("guest", guest.email, PASSWORD)):
        r = http.post("/api/auth/login", {"email": email, "password": password})
        r.error(401)
        assert not r.cookies
        seen[what] = r.body
    assert len(set(seen.values())) == 1, seen


@pytest.mark.parametrize("body", [{}, {"email": "a@example.org"}, {"password": PASSWORD},
                                  {"email": "", "password": PASSWORD},
                                  {"email": "a@example.org", "password": ""},
                                  {"email": "a@example.org", "password": "x" * 129}])
def test_login_refuses(http, body):
    http.post("/api/auth/login", body).error(400)


def test_login_time_does_not_tell(stack, http, ann):
    def median(email):
        times = []
        for _ in range(5):
            t = time.perf_counter()
            http.post("/api/auth/login", {"email": email, "password": "not the password"}).error(401)
            times.append(time.perf_counter() - t)
        return sorted(times)[2]
    known, unknown = median(ann.email), median(mail())
    assert 0.33 < known / unknown < 3, f"known {known:.4f} s, unknown {unknown:.4f} s"


# A3

def test_guest_login(stack, http):
    r = http.post("/api/auth/guest-login", {"name": " Gast <1> "})
    one = Account(r)
    assert one.name == "Gast 1" and one.user["provider"] == "guest" and one.user["accesses"] == ["guest"]
    assert one.email == f"guest_{one.id}@bedrud.guest" or one.email.endswith("@bedrud.guest")
    assert uuid.UUID(one.id)
    check_cookies(r, one.token, one.refresh)
    assert stack.guest().id != one.id
    assert http.get("/api/auth/me", token=one.token).must(200)["id"] == one.id
    http.get("/api/room/list", token=one.token).error(403)
    http.post("/api/room/create", {}, token=one.token).error(403)


@pytest.mark.parametrize("name", ["", "A", " A ", "<>", "n" * 51, "\u0001"])
def test_guest_login_refuses(http, name):
    http.post("/api/auth/guest-login", {"name": name}).error(400)


# Tokens and A6

def test_claims(stack, ann):
    for token, typ, life in ((ann.token, "access", 24 * 3600), (ann.refresh, "refresh", 604800)):
        assert jwt.get_unverified_header(token) == {"alg": "HS256", "typ": "JWT"}
        c = decode(stack, token)
        assert (c["userId"], c["sub"], c["email"], c["name"], c["provider"], c["accesses"]) == \
               (ann.id, ann.id, ann.email, ann.name, "local", ["user"])
        assert c["iss"] == "bedrud" and c["aud"] == ["bedrud"] and c["typ"] == typ and c["jti"] and c["sid"]
        assert c["exp"] - c["iat"] == life and "purpose" not in c
    assert decode(stack, ann.token)["sid"] == decode(stack, ann.refresh)["sid"]


def test_me_takes_the_token_from_header_or_cookie(http, ann, ben):
    for kw in ({"token": ann.token}, {"headers": {"Authorization": "bearer " + ann.token}},
               {"headers": {"Authorization": "BEARER " + ann.token}}, {"headers": {"Authorization": ann.token}},
               {"cookies": {"access_token": ann.token}},
               {"token": ann.token, "cookies": {"access_token": ben.token}},
               {"cookies": {"other": "x", "access_token": ann.token, "z": "y"}}):
        body = http.get("/api/auth/me", **kw).must(200)
        assert body["id"] == ann.id, kw
        for k, kind in USER_KEYS.items():
            assert isinstance(body[k], kind), (k, body)
    http.get("/api/auth/me", token="nonsense", cookies={"access_token": ann.token}).error(401)


def b64(b):
    return base64.urlsafe_b64encode(b).rstrip(b"=").decode()


def forged(stack, who):
    secret, c = stack.secrets["jwt"], claims(who)
    head, payload, mac = jwt.encode(c, secret, algorithm="HS256").split(".")
    yield "empty", ""
    yield "words", "Bearer"
    yield "two parts", head + "." + payload
    yield "four parts", f"{head}.{payload}.{mac}.{mac}"
    yield "no signature", f"{head}.{payload}."
    yield "half a signature", f"{head}.{payload}.{mac[:20]}"
    yield "signature of another", f"{head}.{payload}." + \
        jwt.encode({**c, "x": 1}, secret, algorithm="HS256").split(".")[2]
    yield "alg none", jwt.encode(c, None, algorithm="none")
    yield "alg none in the head", b64(b'{"alg":"none","typ":"JWT"}') + f".{payload}."
    yield "alg None with the mac", b64(b'{"alg":"None","typ":"JWT"}') + f".{payload}.{mac}"
    yield "HS512", jwt.encode(c, secret, algorithm="HS512")
    yield "crit", jwt.encode(c, secret, algorithm="HS256", headers={"crit": ["exp"]})
    yield "another key", jwt.encode(c, "k" * 48, algorithm="HS256")
    yield "LiveKit's key", jwt.encode(c, stack.secrets["livekit"], algorithm="HS256")
    yield "session key", jwt.encode(c, stack.secrets["session"], algorithm="HS256")
    for name, change in {
        "expired": {"exp": int(time.time()) - 1}, "no exp": {"exp": None}, "exp as text": {"exp": "9999999999"},
        "exp as float": {"exp": 1e309}, "issuer": {"iss": "other"}, "no issuer": {"iss": None},
        "audience": {"aud": ["other"]},
        "no audience": {"aud": None}, "no user": {"userId": None, "sub": None}, "purpose": {"purpose": "email_verify"},
        "reset": {"purpose": "password_reset"}, "unknown user": {"userId": str(uuid.uuid4()), "sub": str(uuid.uuid4())},
        "refresh by type": {"typ": "refresh", "jti": "x"},
        "upstream refresh (jti, no type)": {"jti": str(uuid.uuid4())},
        "user as number": {"userId": 5, "sub": 5}, "unknown type": {"typ": "other"},
        "session that is not": {"typ": "access", "jti": "x", "sid": str(uuid.uuid4())},
    }.items():
        yield name, raw_token({**c, **change}, secret)
    yield "a list", raw_token([], secret)
    yield "17 KB", raw_token({**c, "pad": "x" * 17000}, secret)


def raw_token(payload, secret):
    """Signed without PyJWT's own checks of the claims."""
    import hmac
    if isinstance(payload, dict):
        payload = {k: v for k, v in payload.items() if v is not None}
    text = json.dumps(payload).replace("Infinity", "1e309").encode()
    signed = b64(b'{"alg":"HS256","typ":"JWT"}') + "." + b64(text)
    return signed + "." + b64(hmac.new(secret.encode(), signed.encode(), hashlib.sha256).digest())


def test_forged_tokens(stack, ann):
    auth = stack.fastcgi("auth")    # no web server's header limit in between
    try:
        taken = []
        for what, token in forged(stack, ann):
            for kw in ({"headers": {"Authorization": "Bearer " + token}}, {"cookies": {"access_token": token}}):
                r = auth.get("/api/auth/me", **kw)
                if r.status != 401 or "error" not in r.json():
                    taken.append((what, r))
        assert not taken, taken
    finally:
        auth.stop()


def test_refresh_token_is_not_an_access_token(http, ann):
    http.get("/api/auth/me", token=ann.refresh).error(401)
    http.get("/api/room/list", cookies={"access_token": ann.refresh}).error(401)
    http.post("/api/auth/refresh", {"refresh_token": ann.token}).error(401)


def test_mutations_need_the_header(http, ann):
    """J+: a cookie alone must not change anything (CSRF)."""
    for method, path, body in (("POST", "/api/auth/logout", None), ("POST", "/api/room/create", {}),
                               ("POST", "/api/room/join", {"roomName": "abc"}),
                               ("POST", "/api/room/refresh-token", {"roomName": "abc"}),
                               ("DELETE", "/api/room/some-id", None)):
        http.request(method, path, json=body, cookies={"access_token": ann.token}).error(401)
        http.request(method, path, json=body).error(401)
        http.request(method, path, json=body, token="nonsense", cookies={"access_token": ann.token}).error(401)
    assert http.get("/api/auth/me", token=ann.token).status == 200


def test_roles_and_status_come_from_the_row(stack, http):
    who = stack.account()
    assert http.get("/api/auth/me", token=who.token).must(200)["isAdmin"] is False
    stack.sql("UPDATE users SET accesses = '{superadmin,user}', name = 'Renamed' WHERE id = ?", who.id)
    body = http.get("/api/auth/me", token=who.token).must(200)
    assert body["isAdmin"] is True and body["accesses"] == ["superadmin", "user"] and body["name"] == "Renamed"
    stack.sql("UPDATE users SET is_active = 0 WHERE id = ?", who.id)
    http.get("/api/auth/me", token=who.token).error(403)
    http.post("/api/auth/refresh", {"refresh_token": who.refresh}).error(403)
    stack.sql("UPDATE users SET is_active = 1 WHERE id = ?", who.id)
    http.get("/api/auth/me", token=who.token).must(200)
    stack.sql("DELETE FROM users WHERE id = ?", who.id)
    http.get("/api/auth/me", token=who.token).error(401)
    http.post("/api/auth/refresh", {"refresh_token": who.refresh}).error(401)


def test_first_admin(stack, http):
    body = http.get("/api/auth/me", token=stack.admin.token).must(200)
    assert set(body["accesses"]) == {"superadmin", "user"} and body["isAdmin"] is True and body["provider"] == "local"


# A4

def test_refresh(stack, http):
    who = stack.account()
    r = http.post("/api/auth/refresh", {"refresh_token": who.refresh})
    body = r.must(200)
    assert body["access_token"] == body["accessToken"] and body["refresh_token"] == body["refreshToken"]
    check_cookies(r, body["access_token"], body["refresh_token"])
    assert body["refresh_token"] != who.refresh
    assert http.get("/api/auth/me", token=body["access_token"]).must(200)["id"] == who.id
    http.post("/api/auth/refresh", {"refresh_token": who.refresh}).error(401)       # used
    r = http.post("/api/auth/refresh", cookies={"refresh_token": body["refresh_token"]})    # the SPA
    again = r.must(200)
    http.post("/api/auth/refresh", {"Refresh_Token": again["refresh_token"]}).must(200)
    # The body wins over the cookie.
    http.post("/api/auth/refresh", {"refresh_token": "nonsense"},
              cookies={"refresh_token": again["refresh_token"]}).error(401)


@pytest.mark.parametrize("kw,status", [({}, 400), ({"json": {}}, 400), ({"body": b"", "kind": "application/json"}, 400),
                                       ({"json": {"refresh_token": ""}}, 400), ({"json": {"refresh_token": "x"}}, 401),
                                       ({"cookies": {"refresh_token": "a.b.c"}}, 401)])
def test_refresh_refuses(http, kw, status):
    http.request("POST", "/api/auth/refresh", **kw).error(status)


def test_refresh_race(stack, http):
    """Eight at once with the same token: one wins, no one gets a 5xx."""
    who = stack.account()
    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        replies = list(pool.map(lambda _: http.post("/api/auth/refresh", {"refresh_token": who.refresh}), range(8)))
    good = [r for r in replies if r.status == 200]
    assert len(good) == 1, replies
    assert {r.status for r in replies} <= {200, 401, 409}, replies
    http.get("/api/auth/me", token=good[0].json()["access_token"]).must(200)
    http.post("/api/auth/refresh", {"refresh_token": good[0].json()["refresh_token"]}).must(200)


def test_guest_refresh(stack, http):
    guest = stack.guest()
    body = http.post("/api/auth/refresh", {"refresh_token": guest.refresh}).must(200)
    assert http.get("/api/auth/me", token=body["access_token"]).must(200)["provider"] == "guest"


# Tokens of Bedrud's Go server

def test_upstream_access_token(stack, http, ann):
    token = jwt.encode(claims(ann), stack.secrets["jwt"], algorithm="HS256")
    assert http.get("/api/auth/me", token=token).must(200)["id"] == ann.id
    # Its roles are a claim there; here the row decides.
    boss = jwt.encode(claims(ann, accesses=["superadmin"]), stack.secrets["jwt"], algorithm="HS256")
    assert http.get("/api/auth/me", token=boss).must(200)["isAdmin"] is False


def test_upstream_refresh_token(stack, http):
    who = stack.account()
    token = jwt.encode(claims(who, jti=str(uuid.uuid4()), exp=int(time.time()) + 7 * 86400), stack.secrets["jwt"],
                       algorithm="HS256")
    http.get("/api/auth/me", token=token).error(401)
    http.post("/api/auth/refresh", {"refresh_token": token}).error(401)         # not the stored one
    stack.sql("UPDATE users SET refresh_token = ? WHERE id = ?", hashlib.sha256(token.encode()).hexdigest(), who.id)
    body = http.post("/api/auth/refresh", {"refresh_token": token}).must(200)
    assert decode(stack, body["refresh_token"])["typ"] == "refresh"
    http.get("/api/auth/me", token=body["access_token"]).must(200)
    http.post("/api/auth/refresh", {"refresh_token": body["refresh_token"]}).must(200)
    http.post("/api/auth/refresh", {"refresh_token": token}).error(401)


def test_upstream_lists_of_revoked_tokens(stack, http, ann):
    token = jwt.encode(claims(ann, name="revoked"), stack.secrets["jwt"], algorithm="HS256")
    http.get("/api/auth/me", token=token).must(200)
    digest = hashlib.sha256(token.encode()).hexdigest()
    stack.sql("INSERT INTO blocked_access_tokens (id, token, expires_at, created_at) VALUES (?, ?, ?, ?)",
              str(uuid.uuid4()), digest, "2099-01-01 00:00:00+00:00", "2026-01-01 00:00:00+00:00")
    http.get("/api/auth/me", token=token).error(401)
    refresh = jwt.encode(claims(ann, jti=str(uuid.uuid4())), stack.secrets["jwt"], algorithm="HS256")
    digest = hashlib.sha256(refresh.encode()).hexdigest()
    stack.sql("UPDATE users SET refresh_token = ? WHERE id = ?", digest, ann.id)
    stack.sql("INSERT INTO blocked_refresh_tokens (id, token, user_id, expires_at, created_at) VALUES (?, ?, ?, ?, ?)",
              str(uuid.uuid4()), digest, ann.id, "2099-01-01 00:00:00+00:00", "2026-01-01 00:00:00+00:00")
    http.post("/api/auth/refresh", {"refresh_token": refresh}).error(401)


# A5

def test_logout_ends_one_device_only(stack, http):
    phone = stack.account()
    laptop = stack.login(phone.email)
    r = http.post("/api/auth/logout", token=phone.token)
    assert isinstance(r.must(200)["message"], str)
    for name in ("access_token", "refresh_token"):
        m = r.cookies[name]
        assert m.value == "" and m["path"] == "/" and (m["max-age"] == "0" or "1970" in m["expires"]), m
    http.get("/api/auth/me", token=phone.token).error(401)
    http.post("/api/auth/refresh", {"refresh_token": phone.refresh}).error(401)
    http.get("/api/auth/me", token=laptop.token).must(200)
    http.post("/api/auth/refresh", {"refresh_token": laptop.refresh}).must(200)


@pytest.mark.parametrize("how", ["body", "cookie", "empty object", "wrong token"])
def test_logout_bodies(stack, http, how):
    who = stack.account()
    kw = {"body": {"json": {"refresh_token": who.refresh}}, "cookie": {"cookies": {"refresh_token": who.refresh}},
          "empty object": {"json": {}}, "wrong token": {"json": {"refresh_token": "nonsense"}}}[how]
    http.request("POST", "/api/auth/logout", token=who.token, **kw).must(200)
    http.get("/api/auth/me", token=who.token).error(401)
    http.post("/api/auth/refresh", {"refresh_token": who.refresh}).error(401)


def test_logout_of_an_upstream_token(stack, http):
    who = stack.account()
    token = jwt.encode(claims(who), stack.secrets["jwt"], algorithm="HS256")
    http.post("/api/auth/logout", token=token).must(200)
    http.get("/api/auth/me", token=token).error(401)
    http.get("/api/auth/me", token=who.token).must(200)


# A18, A20

def test_preferences(http, ann):
    body = http.get("/api/auth/preferences", token=ann.token).must(200)
    assert json.loads(body["preferencesJson"]) == {}
    http.get("/api/auth/preferences").error(401)


def test_settings(stack, http):
    body = http.get("/api/auth/settings").must(200)
    for k, v in {"registrationEnabled": True, "tokenRegistrationOnly": False, "guestLoginEnabled": True,
                 "oauthProviders": [], "requireEmailVerification": False, "chatUploadMaxBytes": 10485760,
                 "chatUploadMaxDimension": 8192, "recordingsEnabled": False, "rnnoiseEnabled": False,
                 "krispEnabled": False}.items():
        assert body[k] == v, (k, body)
    assert isinstance(body["serverName"], str) and isinstance(body["passkeysEnabled"], bool)
    assert isinstance(body["chatMaxMessageCount"], int) and isinstance(body["chatMessageTTLHours"], int)
    assert body["webxdc"]["enabled"] is False and body["webxdc"]["experimental"] is True
    assert isinstance(body["webxdc"]["baseDomain"], str)
    with stack.settings(registration_enabled=0, guest_login_enabled=0):
        body = http.get("/api/auth/settings").must(200)
        assert body["registrationEnabled"] is False and body["guestLoginEnabled"] is False


def test_unverified_accounts(stack):
    """auth.requireEmailVerification: no session before the address is confirmed; guests and logout go on."""
    config = stack.variant("verify", {"auth": {"requireEmailVerification": True}})
    auth, room, join = (stack.cgi(n, config) for n in ("auth", "room", "join"))
    assert auth.get("/api/auth/settings").must(200)["requireEmailVerification"] is True
    email = mail()
    r = auth.post("/api/auth/register", {"email": email, "password": PASSWORD, "name": "Ann"})
    body = r.must(200)
    assert body["requiresVerification"] is True and body["email"] == email and isinstance(body["message"], str)
    assert "tokens" not in body and not r.cookies
    r = auth.post("/api/auth/login", {"email": email, "password": PASSWORD})
    r.error(403)
    assert r.json()["requiresVerification"] is True and r.json()["email"] == email and not r.cookies
    auth.post("/api/auth/login", {"email": email, "password": "wrong password"}).error(401)
    old = stack.account()       # signed in before the gate was closed
    auth.get("/api/auth/me", token=old.token).error(403)
    room.get("/api/room/list", token=old.token).error(403)
    auth.post("/api/auth/refresh", {"refresh_token": old.refresh}).error(403)
    public = stack.room(stack.admin)
    join.post("/api/room/join", {"roomName": public["name"]}, token=old.token).error(403)
    join.post("/api/room/join", {"roomName": public["name"]}, token=stack.guest().token).must(200)
    stack.sql("UPDATE users SET email_verified_at = '2026-01-01 00:00:00+00:00' WHERE id = ?", old.id)
    assert auth.get("/api/auth/me", token=old.token).must(200)["emailVerifiedAt"].startswith("2026-01-01T00:00:00")
    auth.post("/api/auth/refresh", {"refresh_token": old.refresh}).must(200)
    stack.sql("UPDATE users SET email_verified_at = NULL WHERE id = ?", old.id)
    auth.post("/api/auth/logout", token=old.token).must(200)


def test_cookies_behind_tls(stack, ann):
    """Secure and SameSite=None once TLS is on; Domain when configured."""
    config = stack.variant("tls", {"server": {"enableTLS": True, "domain": "meet.example.org"}})
    r = stack.cgi("auth", config).post("/api/auth/login", {"email": ann.email, "password": PASSWORD},
                                       host="meet.example.org")
    r.must(200)
    for name in ("access_token", "refresh_token"):
        m = r.cookies[name]
        assert m["secure"] and m["samesite"] == "None" and m["domain"].lstrip(".") == "meet.example.org", m
    room = stack.room(ann)
    r = stack.cgi("join", config).post("/api/room/guest-join", {"roomName": room["name"], "guestName": "Gast"})
    m = r.cookies["bedrud_guest_id"]
    assert m["secure"] and m["samesite"] == "Lax" and not m["domain"], m


# Rate limits: responders of their own, with limits on

@pytest.fixture(scope="module")
def tight(stack):
    config = stack.variant("tight", {"rateLimit": {"authMaxRequests": 3, "authWindowSecs": 60, "guestMaxRequests": 2,
                                                   "guestWindowSecs": 60, "apiMaxRequests": 4, "apiWindowSecs": 60}})
    return lambda name: stack.cgi(name, config)


def limited(app, method, path, most, ip, **kw):
    extra = {"REMOTE_ADDR": ip}
    for left in range(most - 1, -1, -1):
        r = app.request(method, path, extra=extra, **kw)
        assert r.status != 429, r
        assert r.header("x-ratelimit-limit") == str(most) or r.status >= 400, r.headers
        if r.status < 400:
            assert r.header("x-ratelimit-remaining") == str(left), r.headers
            assert 0 <= int(r.header("x-ratelimit-reset")) <= 60
    r = app.request(method, path, extra=extra, **kw)
    r.error(429)
    assert 1 <= int(r.header("retry-after")) <= 60
    return r


def test_rate_limits_are_shared_by_processes(tight):
    """Each call is a process of its own: the counter can only be in the store."""
    ip = "192.0.2.1"
    limited(tight("auth"), "POST", "/api/auth/refresh", 3, ip)
    limited(tight("auth"), "POST", "/api/auth/guest-login", 3, ip, json={"name": "Gast"})     # a counter per route
    limited(tight("join"), "GET", "/api/room/check/no-such-room", 2, ip)
    # Another client isn't hit, nor are routes without a limit.
    assert tight("auth").post("/api/auth/refresh", extra={"REMOTE_ADDR": "192.0.2.2"}).status == 400
    for _ in range(6):
        assert tight("auth").get("/api/auth/settings", extra={"REMOTE_ADDR": ip}).status == 200


def test_a_forwarded_header_is_no_way_around(tight):
    for i in range(3):
        tight("auth").post("/api/auth/refresh", extra={"REMOTE_ADDR": "192.0.2.3"},
                           headers={"X-Forwarded-For": f"10.0.0.{i}"})
    tight("auth").post("/api/auth/refresh", extra={"REMOTE_ADDR": "192.0.2.3"},
                       headers={"X-Forwarded-For": "10.0.0.9"}).error(429)


def test_a_trusted_proxy_names_the_client(stack):
    config = stack.variant("proxy", {"rateLimit": {"authMaxRequests": 1, "authWindowSecs": 60},
                                     "server": {"trustedProxies": ["192.0.2.10"]}})
    def go(seen):
        return stack.cgi("auth", config).post("/api/auth/refresh", extra={"REMOTE_ADDR": "192.0.2.10"},
                                              headers={"X-Forwarded-For": seen}).status
    assert go("198.51.100.1") == 400 and go("198.51.100.2") == 400
    assert go("198.51.100.1") == 429
    assert go("203.0.113.7, 198.51.100.1") == 429, "what the client itself wrote in front must not count"


def test_zero_means_no_limit(stack):
    config = stack.variant("nolimit", {"rateLimit": {"authMaxRequests": 0}})
    app = stack.fastcgi("auth", config)
    try:
        assert {app.post("/api/auth/refresh", extra={"REMOTE_ADDR": "192.0.2.77"}).status for _ in range(30)} == {400}
    finally:
        app.stop()
