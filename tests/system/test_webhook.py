# SPDX-License-Identifier: Apache-2.0
"""LiveKit's reports: proof, each id once, order and loss of order, a locked database."""
import base64
import concurrent.futures
import gzip
import hashlib
import hmac
import json
import os
import pathlib
import random
import signal
import time
import uuid

import jwt
import pytest

from lib import hooks
from lib.stack import Lock, poll

SAMPLES = pathlib.Path(__file__).parents[1] / "fixtures/livekit/webhooks-1.13.5.jsonl"


@pytest.fixture(scope="module")
def ann(stack):
    """Her own rooms: there is a limit to what one account may have."""
    return stack.account("Ann Example")


@pytest.fixture
def room(stack, ann):
    return stack.room(ann)


def state(stack, room):
    return stack.active(room), stack.one("SELECT is_active FROM rooms WHERE id = ?", room["id"])["is_active"]


# Proof

def test_a_real_event_counts(stack, ann, room):
    assert stack.hook("room_started", room).must(200) == {"ok": True}
    assert stack.hook("participant_joined", room, identity=ann.id).must(200) == {"ok": True}
    assert stack.active(room) == {ann.id}
    row = stack.one("SELECT * FROM room_participants WHERE room_id = ?", room["id"])
    assert row["left_at"] is None and row["joined_at"].endswith("+00:00") and row["is_banned"] == 0


def test_with_and_without_bearer(stack, ann, ben, room):
    for who, prefix in ((ann, ""), (ben, "Bearer ")):
        raw = hooks.body("participant_joined", room["name"], "RM_x", identity=who.id)
        stack.post_hook(raw, prefix + hooks.sign(raw, stack.key, stack.secrets["livekit"])).must(200)
    assert stack.active(room) == {ann.id, ben.id}


@pytest.mark.parametrize("kind", ["application/webhook+json", "application/json", None])
def test_content_types(stack, http, ann, room, kind):
    raw = hooks.body("participant_joined", room["name"], "RM_x", identity=ann.id)
    http.post("/api/livekit/webhook", body=raw, kind=kind,
              headers={"Authorization": hooks.sign(raw, stack.key, stack.secrets["livekit"])}).must(200)
    assert stack.active(room) == {ann.id}


def b64(raw):
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def forge(head, payload, secret, mac=lambda key, text: hmac.digest(key, text, "sha256")):
    """Any header and payload (bytes as they are, else JSON), with a signature over them."""
    parts = [b64(p if isinstance(p, bytes) else json.dumps(p).encode()) for p in (head, payload)]
    text = ".".join(parts)
    return f"{text}.{b64(mac(secret.encode(), text.encode()))}"


def forged_bodies(stack, raw):
    """A good signature, over another body."""
    good = hooks.sign(raw, stack.key, stack.secrets["livekit"])
    yield "one byte changed", raw.replace(b'"version":2', b'"version":3'), good
    yield "one space less", raw.replace(b", ", b",", 1), good
    yield "one byte more", raw + b" ", good
    yield "one line more", raw + b"\n", good
    yield "one byte less", raw[:-1], good
    yield "written anew", json.dumps(json.loads(raw)).encode(), good
    yield "packed", gzip.compress(raw), good
    yield "twice", raw + raw, good
    yield "another event", hooks.body("participant_joined", "other", "RM_x", identity="other"), good
    yield "no body", b"", good
    yield "empty body", b"", hooks.sign(b"", stack.key, stack.secrets["livekit"])


def forged_headers(stack, raw):
    """What isn't a JWT of this key at all, or is one with another algorithm."""
    key, secret, now = stack.key, stack.secrets["livekit"], int(time.time())
    good = hooks.sign(raw, key, secret)
    head, payload, mac = good.split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    yield "no header", ""
    yield "Bearer alone", "Bearer"
    yield "nonsense", "nonsense"
    yield "dots", "..."
    yield "Basic", "Basic " + base64.b64encode(b"a:b").decode()
    yield "Basic, then a good one", "Basic " + good
    yield "Bearer twice", "Bearer Bearer " + good
    yield "two tokens", f"{good} {good}"
    yield "two parts", f"{head}.{payload}"
    yield "four parts", f"{good}.{mac}"
    yield "five parts, as a JWE", f"{head}.{payload}.{mac}.{payload}.{mac}"
    yield "no signature", f"{head}.{payload}."
    yield "half a signature", f"{head}.{payload}.{mac[:20]}"
    yield "a longer signature", f"{good}AA"
    yield "a padded signature", f"{good}="
    yield "flipped signature", f"{head}.{payload}." + ("A" if mac[0] != "A" else "B") + mac[1:]
    yield "another's signature", f"{head}.{payload}." + hooks.sign(b"{}", key, secret).split(".")[2]
    for alg in ("none", "None", "", "hs256", "HS256 ", "HS384", "HS512", "RS256", "ES256", None, 256):
        yield f"algorithm {alg!r}", forge({"alg": alg, "typ": "JWT"}, claims, secret)
    yield "no algorithm", forge({"typ": "JWT"}, claims, secret)
    yield "two algorithms", forge(b'{"alg":"none","alg":"HS256"}', claims, secret)
    yield "HS384", hooks.sign(raw, key, secret, algorithm="HS384")
    yield "HS512 that says HS256", forge({"alg": "HS256", "typ": "JWT"}, claims, secret,
                                         lambda k, t: hmac.digest(k, t, "sha512"))
    yield "another type", forge({"alg": "HS256", "typ": "JWE"}, claims, secret)
    yield "a critical extension", forge({"alg": "HS256", "crit": ["b64"], "b64": False}, claims, secret)
    yield "a header that is none", forge(b"HS256", claims, secret)
    yield "alg none, unsigned", jwt.encode({**claims, "exp": now + 300}, None, "none")
    yield "the API key as secret", forge({"alg": "HS256", "typ": "JWT"}, claims, key)
    for what, other in (("another secret", "another" * 8), ("the session key", stack.secrets["jwt"]),
                        ("half the secret", secret[:32]),
                        ("secret and newline", secret + "\n"),
                        ("the secret's hash", hashlib.sha256(secret.encode()).hexdigest())):
        yield what, hooks.sign(raw, key, other)


def forged_claims(stack, raw):
    """Signed with the right secret by somebody who says something else."""
    key, secret, now = stack.key, stack.secrets["livekit"], int(time.time())
    digest = hashlib.sha256(raw).digest()
    good = {"iss": key, "nbf": now, "exp": now + 300, "sha256": base64.b64encode(digest).decode()}

    def but(**other):
        return forge({"alg": "HS256", "typ": "JWT"}, {**good, **other}, secret)

    def without(name):
        return forge({"alg": "HS256", "typ": "JWT"}, {k: v for k, v in good.items() if k != name}, secret)

    for name in ("iss", "exp", "sha256"):
        yield f"no {name}", without(name)
    for iss in ("APIother", key.lower(), key + " ", key + "\0", key[:-1], "", None, 5, [key], {"iss": key}):
        yield f"issuer {iss!r}", but(iss=iss)
    for exp in (now - 61, now - 1000, 0, -1, str(now + 300), now + 300.5, None, True, [now + 300]):
        yield f"exp {exp!r}", but(exp=exp)
    yield "exp 1e309", forge({"alg": "HS256"}, json.dumps(good).replace(str(now + 300), "1e309").encode(), secret)
    for nbf in (now + 90, now + 600, str(now)):
        yield f"nbf {nbf!r}", but(nbf=nbf)
    text = base64.b64encode(digest).decode()
    for what, sha256 in (("empty", ""), ("a space", " "), ("in hex", digest.hex()), ("in lower case", text.lower()),
                         ("without padding", text.rstrip("=")), ("with a newline", text + "\n"), ("half", text[:20]),
                         ("and more", text + "AAAA"), ("a number", 5), ("a list", [text]),
                         ("url-safe", base64.urlsafe_b64encode(digest + b"\xff").decode()),
                         ("of nothing", base64.b64encode(hashlib.sha256(b"").digest()).decode()),
                         ("SHA-1", base64.b64encode(hashlib.sha1(raw).digest()).decode()),
                         ("SHA-512", base64.b64encode(hashlib.sha512(raw).digest()).decode()),
                         ("of its hash", base64.b64encode(hashlib.sha256(digest).digest()).decode())):
        yield f"sha256 {what}", but(sha256=sha256)
    yield "two hashes", forge({"alg": "HS256"}, json.dumps(good)[:-1].encode() + b',"sha256":"x"}', secret)
    yield "a list of claims", forge({"alg": "HS256"}, [good], secret)
    yield "no claims", forge({"alg": "HS256"}, b"", secret)


def forgeries(stack, raw):
    """Name, body, Authorization of each."""
    yield from forged_bodies(stack, raw)
    for what, authorization in (*forged_headers(stack, raw), *forged_claims(stack, raw)):
        yield what, raw, authorization


def test_forgeries(stack, ann, room):
    # LiveKit itself may report the end of a room of an earlier test meanwhile.
    count = "SELECT count(*) AS n FROM webhook_inbox WHERE event <> 'room_finished'"
    before = stack.one(count)["n"]
    raw = hooks.body("participant_joined", room["name"], "RM_x", identity=ann.id)
    taken, tried = [], list(forgeries(stack, raw))
    assert len({what for what, _, _ in tried}) == len(tried) >= 60
    # So that a forgery of the table fails for its own reason: this is how a good one is made.
    key, secret, now = stack.key, stack.secrets["livekit"], int(time.time())
    other = hooks.body("room_started", room["name"], "RM_x")
    digest = base64.b64encode(hashlib.sha256(other).digest()).decode()
    stack.post_hook(other, forge({"alg": "HS256", "typ": "JWT"}, {"iss": key, "exp": now + 9, "sha256": digest},
                                 secret)).must(200)
    before += 1
    # The tokens of people are signed with the same secret, or for the same server.
    token = stack.join(ann, stack.room(ann)).must(200)["token"]
    tried += [("a join token", raw, token), ("a join token as Bearer", raw, "Bearer " + token),
              ("an access token", raw, "Bearer " + ann.token)]
    for what, body, authorization in tried:
        r = stack.post_hook(body, authorization)
        if r.status != 401 or "error" not in r.json():
            taken.append((what, r))
    assert not taken, taken
    assert stack.active(room) == set()
    assert stack.one(count)["n"] == before
    # The same body with a good proof still counts: nothing of the forgeries was remembered.
    stack.post_hook(raw).must(200)
    assert stack.active(room) == {ann.id}


def test_leeway_is_a_minute(stack, ann, room):
    now = int(time.time())
    raw = hooks.body("participant_joined", room["name"], "RM_x", identity=ann.id)
    stack.post_hook(raw, hooks.sign(raw, stack.key, stack.secrets["livekit"], now=now + 30)).must(200)
    raw = hooks.body("participant_joined", room["name"], "RM_x", identity=ann.id)
    stack.post_hook(raw, hooks.sign(raw, stack.key, stack.secrets["livekit"], now=now - 330)).must(200)


@pytest.mark.parametrize("raw", [b"[]", b"null", b"{", b'{"event":5}', b'{"event":"participant_joined","room":7}',
                                 b'{"event":"room_started","id":"EV_%s","room":[]}', b"\xff"])
def test_signed_nonsense_is_dead(stack, raw):
    """200, so that LiveKit doesn't send it again and block what is behind it; and it stands in the inbox, once."""
    raw = raw.replace(b"%s", uuid.uuid4().hex.encode())
    name = json.loads(raw)["id"] if b'"id"' in raw else hashlib.sha256(raw).hexdigest()
    for _ in range(2):
        assert stack.post_hook(raw).must(200) == {"ok": True}
    row = stack.one("SELECT * FROM webhook_inbox WHERE event_id = ?", name)
    assert row["state"] == "dead" and "can't be read" in row["detail"], dict(row)
    log = "".join(f.read_text("utf-8", "replace") for f in (stack.dir / "log").iterdir())
    assert log.count(f"webhook {name} ") == 1
    stack.sql("DELETE FROM webhook_inbox WHERE event_id = ?", name)      # so that no doctor minds


def test_a_poisoned_event_holds_up_nobody(stack, ann, ben, room):
    """Its effect fails whenever it is tried: it is dead, and those behind it count."""
    stack.sql("CREATE TRIGGER poison BEFORE INSERT ON seats WHEN NEW.identity = 'poison' "
              "BEGIN SELECT RAISE(ABORT, 'poisoned'); END")
    try:
        raw = hooks.body("participant_joined", room["name"], "RM_x", identity="poison")
        stack.post_hook(raw).must(200)
        stack.hook("participant_joined", room, identity=ann.id).must(200)
    finally:
        stack.sql("DROP TRIGGER poison")
    row = stack.one("SELECT * FROM webhook_inbox WHERE event_id = ?", json.loads(raw)["id"])
    assert (row["state"], row["event"], row["detail"]) == ("dead", "participant_joined", "conflict")
    stack.post_hook(raw).must(200)      # dead stays dead
    assert stack.active(room) == {ann.id}
    stack.sql("DELETE FROM webhook_inbox WHERE state = 'dead'")


@pytest.mark.parametrize("event", ["track_published", "track_unpublished", "room_started", "ingress_started",
                                   "egress_updated",
                                   "something_new", ""])
def test_other_events_are_accepted(stack, room, event):
    assert stack.hook(event, room, identity="someone").must(200) == {"ok": True}
    assert stack.active(room) == set()


@pytest.mark.parametrize("size", [65534, 65535, 65536, 65537, 99000, 131072, 200000])
def test_every_byte_arrives(stack, ann, room, size):
    """The web server hands the body on byte for byte: a proof over it holds at every length a buffer may end at."""
    bare = len(hooks.body("participant_joined", room["name"], "RM_x", identity=ann.id, event_id="EV_" + "0" * 12,
                          pad=""))
    raw = hooks.body("participant_joined", room["name"], "RM_x", identity=ann.id, pad="x" * (size - bare))
    assert abs(len(raw) - size) < 4
    stack.post_hook(raw).must(200)
    assert stack.active(room) == {ann.id}


def test_unknown_room_is_accepted(stack):
    ghost = {"name": "no-such-room", "id": "00000000-0000"}
    for event in ("room_started", "participant_joined", "participant_left", "room_finished"):
        assert stack.hook(event, ghost, identity="someone").status == 200


def test_real_bodies(stack, ann):
    """Every webhook of one real call, signed anew, into the books: two people came and went."""
    stack.sql("UPDATE rooms SET is_active = 0 WHERE name = 'r1'")
    # A room called r1 is too short for us: the table doesn't mind.
    room = stack.room(ann)
    stack.sql("UPDATE rooms SET name = 'r1' WHERE id = ?", room["id"])
    seen = []
    for line in SAMPLES.read_text().splitlines():
        raw = json.loads(line)["body"].encode()
        raw = raw.replace(b'"id":"EV_', b'"id":"EV_' + uuid.uuid4().hex[:6].encode())
        assert stack.post_hook(raw).must(200) == {"ok": True}
        seen.append((json.loads(raw)["event"], frozenset(stack.active(room))))
    assert ("participant_joined", frozenset({"alice", "bob"})) in seen, seen
    assert seen[-1] == ("room_finished", frozenset()), seen
    left = [s for e, s in seen if e == "participant_left"]
    assert len(left[0]) == 1 and left[1] == frozenset(), seen


# Each id once

def test_replay_has_no_second_effect(stack, ann, room):
    raw = hooks.body("participant_joined", room["name"], "RM_x", identity=ann.id, participant_sid="PA_1")
    stack.post_hook(raw).must(200)
    stack.hook("participant_left", room, identity=ann.id, participant_sid="PA_1").must(200)
    assert stack.active(room) == set()
    for _ in range(100):
        assert stack.post_hook(raw).must(200) == {"ok": True}
    assert stack.active(room) == set()
    assert stack.one("SELECT count(*) AS n FROM webhook_inbox WHERE event_id = ?", json.loads(raw)["id"])["n"] == 1


def test_replay_at_once(stack, ann, room):
    raw = hooks.body("participant_joined", room["name"], "RM_x", identity=ann.id)
    with concurrent.futures.ThreadPoolExecutor(12) as pool:
        assert {r.status for r in pool.map(lambda _: stack.post_hook(raw), range(24))} == {200}
    assert stack.active(room) == {ann.id}
    assert stack.one("SELECT count(*) AS n FROM seats WHERE room_id = ?", room["id"])["n"] == 1


# Order

def test_leaving_and_finishing(stack, ann, ben, room):
    stack.hook("participant_joined", room, identity=ann.id, participant_sid="PA_a").must(200)
    stack.hook("participant_joined", room, identity=ben.id, participant_sid="PA_b").must(200)
    stack.hook("participant_left", room, identity=ann.id, participant_sid="PA_a").must(200)
    assert stack.active(room) == {ben.id}
    row = stack.one("SELECT * FROM room_participants WHERE room_id = ? AND user_id = ?", room["id"], ann.id)
    assert row["left_at"] and row["left_at"].endswith("+00:00")
    stack.hook("room_finished", room).must(200)
    assert stack.active(room) == set()


def test_left_before_joined(stack, ann, room):
    """The webhooks of one participant arrive the wrong way round."""
    stack.hook("participant_left", room, identity=ann.id, participant_sid="PA_1").must(200)
    stack.hook("participant_joined", room, identity=ann.id, participant_sid="PA_1").must(200)
    assert stack.active(room) == set()


def test_old_leave_after_a_new_join(stack, ann, room):
    """A reconnect: the first participant's leave comes after the second's join."""
    now = time.time()
    stack.hook("participant_joined", room, identity=ann.id, participant_sid="PA_1", joined_at=now - 60).must(200)
    stack.hook("participant_joined", room, identity=ann.id, participant_sid="PA_2", joined_at=now - 5).must(200)
    stack.hook("participant_left", room, identity=ann.id, participant_sid="PA_1", joined_at=now - 60).must(200)
    assert stack.active(room) == {ann.id}
    stack.hook("participant_joined", room, identity=ann.id, participant_sid="PA_1", joined_at=now - 60).must(200)
    assert stack.active(room) == {ann.id}
    stack.hook("participant_left", room, identity=ann.id, participant_sid="PA_2", joined_at=now - 5).must(200)
    assert stack.active(room) == set()


def test_late_finish_of_an_earlier_call(stack, ann, room):
    """room_finished of the call before must not empty the call that runs now."""
    now = time.time()
    stack.hook("room_started", room, "RM_old", created=now - 100).must(200)
    stack.hook("participant_joined", room, "RM_old", identity=ann.id, participant_sid="PA_1",
               joined_at=now - 99).must(200)
    stack.hook("room_started", room, "RM_new", created=now - 10).must(200)
    stack.hook("participant_joined", room, "RM_new", identity=ann.id, participant_sid="PA_2",
               joined_at=now - 9).must(200)
    stack.hook("room_finished", room, "RM_old", created=now - 20).must(200)
    assert state(stack, room) == ({ann.id}, 1)


def test_every_order_converges(stack, ann, ben, room):
    """The six events of a call in 20 random orders, some twice: the same books each time."""
    dice = random.Random(7)
    now = time.time() - 600
    for turn in range(20):
        at = now + turn * 10
        events = [("participant_joined", ann.id, f"PA_a{turn}", at),
                  ("participant_joined", ben.id, f"PA_b{turn}", at + 1),
                  ("participant_left", ann.id, f"PA_a{turn}", at),
                  ("participant_joined", ann.id, f"PA_c{turn}", at + 3),
                  ("participant_left", ben.id, f"PA_b{turn}", at + 1)]
        bodies = [hooks.body(e, room["name"], "RM_x", identity=i, participant_sid=s, joined_at=j)
                  for e, i, s, j in events]
        bodies += dice.sample(bodies, 2)
        dice.shuffle(bodies)
        order = [json.loads(b)["event"] + " " + json.loads(b)["participant"]["sid"] for b in bodies]
        for raw in bodies:
            stack.post_hook(raw).must(200)
        assert stack.active(room) == {ann.id}, order
        stack.hook("participant_left", room, "RM_x", identity=ann.id, participant_sid=f"PA_c{turn}",
                   joined_at=at + 3).must(200)
        assert stack.active(room) == set(), order


def test_number_forms(stack, ann, room):
    """protobuf-JSON and what other writers make of it: snake_case, numbers as numbers, enums as numbers."""
    raw = json.dumps({"event": "participant_joined", "id": hooks.sid("EV"), "created_at": int(time.time()),
                      "room": {"sid": "RM_x", "name": room["name"]},
                      "participant": {"sid": "PA_1", "identity": ann.id, "state": 2, "joined_at": int(time.time()),
                                      "kind": 0}}).encode()
    stack.post_hook(raw).must(200)
    assert stack.active(room) == {ann.id}


# Admission

def test_void_admission_takes_no_seat(stack, http, ann, ben, room):
    token = stack.join(ben, room).must(200)["token"]
    admission = jwt.decode(token, options={"verify_signature": False})["attributes"]["bedrud.admission"]
    other = stack.room(ann)
    stack.hook("participant_joined", other, identity=ben.id, admission=admission).must(200)     # another room's
    stack.hook("participant_joined", room, identity=ann.id, admission=admission).must(200)      # another person's
    stack.hook("participant_joined", room, identity=ben.id, admission="0" * 32).must(200)       # nobody's
    assert stack.active(room) == set() and stack.active(other) == set()
    stack.hook("participant_joined", room, identity=ben.id, admission=admission).must(200)
    assert stack.active(room) == {ben.id}
    http.delete(f"/api/room/{room['id']}", token=ann.token).must(202)
    stack.hook("participant_joined", room, identity=ben.id, admission=admission).must(200)
    assert stack.active(room) == set()


def test_a_removed_admission_is_a_void_one(stack, http, ann, ben):
    """A client may take its attributes off before it has arrived, and comes back with the token of an earlier room."""
    room = stack.room(ann)
    stack.join(ben, room).must(200)
    stack.hook("participant_joined", room, identity=ben.id, admission=None).must(200)
    assert stack.active(room) == set()
    http.delete(f"/api/room/{room['id']}", token=ann.token).must(202)
    again = http.post("/api/room/create", {"name": room["name"]}, token=ann.token).must(200)
    stack.hook("participant_joined", again, identity=ben.id, admission=None).must(200)
    assert stack.active(again) == set()


def test_strange_attributes_hide_nobody(stack, ann, ben, room):
    stack.sql("INSERT INTO bans (room_id, user_id, banned_by, reason, created_at) VALUES (?, ?, ?, 'test', 1)",
              room["id"], ben.id, ann.id)
    n = stack.one("SELECT count(*) AS n FROM webhook_inbox")["n"]
    stack.hook("participant_joined", room, identity=ben.id, admission="a\0b").must(200)
    raw = hooks.body("participant_joined", room["name"], "RM_x", identity=ben.id, admission="x" * 700_000)
    stack.post_hook(raw).must(200)
    assert stack.one("SELECT count(*) AS n FROM webhook_inbox")["n"] == n + 2 and stack.active(room) == set()


def test_who_could_not_be_removed_is_tried_again(stack, ann, ben, room):
    """LiveKit's API does not answer: 5xx, so that the event comes again, and only then it counts."""
    stack.sql("INSERT INTO bans (room_id, user_id, banned_by, reason, created_at) VALUES (?, ?, ?, 'test', 1)",
              room["id"], ben.id, ann.id)
    raw = hooks.body("participant_joined", room["name"], "RM_x", identity=ben.id)
    config = stack.variant("deaf", {"livekit": {"internalHost": "http://127.0.0.1:1"}})
    r = stack.cgi("webhook", config).post("/api/livekit/webhook", body=raw, kind="application/webhook+json", headers={
        "Authorization": hooks.sign(raw, stack.key, stack.secrets["livekit"])})
    assert r.status == 502, r
    seen = "SELECT count(*) AS n FROM webhook_inbox WHERE event_id = ?"
    assert stack.one(seen, json.loads(raw)["id"])["n"] == 0 and stack.active(room) == set()
    stack.post_hook(raw).must(200)
    assert stack.one(seen, json.loads(raw)["id"])["n"] == 1 and stack.active(room) == set()


def test_rights_of_somebody_who_is_gone(stack, ann, ben, room):
    """They should be told LiveKit, but the participant left long ago: nothing is left to do, and the event counts."""
    stack.join(ben, room).must(200)
    stack.sql("INSERT INTO room_standing (room_id, user_id, is_deafened) VALUES (?, ?, 1)", room["id"], ben.id)
    began = time.monotonic()
    stack.hook("participant_joined", room, identity=ben.id).must(200)
    assert stack.active(room) == {ben.id}
    assert time.monotonic() - began < 2


def test_the_other_webhooks_hear(stack, ann, ben, room):
    """A job for each that wants the event, once for each seat and each end."""
    hook = uuid.uuid4().hex
    stack.sql("INSERT INTO webhooks (id, name, url, secret, events, is_active, created_by) VALUES (?, 'all', "
              "'https://hooks.example', 's', ?, 1, ?)", hook,
              json.dumps(["participant.joined", "participant.left", "room.ended"]), ann.id)
    for event in ("joined", "joined", "left", "left"):
        stack.hook(f"participant_{event}", room, identity=ben.id, participant_sid="PA_b", joined_at=1e9).must(200)
    for _ in range(2):
        stack.hook("room_finished", room).must(200)
    stack.sql("UPDATE webhooks SET is_active = 0 WHERE id = ?", hook)
    jobs = [json.loads(r["payload"]) for r in stack.sql("SELECT payload FROM jobs WHERE type = 'dispatch_webhook' AND "
                                                        "payload LIKE ? ORDER BY created_at, rowid", f"%{hook}%")]
    bodies = [json.loads(j["body"]) for j in jobs]
    assert [b["event"] for b in bodies] == ["participant.joined", "participant.left", "room.ended"], bodies
    assert bodies[0]["data"] == {"roomId": room["id"], "roomName": room["name"], "userId": ben.id}


def test_a_banned_identity_takes_no_seat(stack, ann, ben, room):
    stack.sql("INSERT INTO bans (room_id, user_id, banned_by, reason, created_at) VALUES (?, ?, ?, 'test', 1)",
              room["id"], ben.id, ann.id)
    stack.hook("participant_joined", room, identity=ben.id).must(200)
    assert stack.active(room) == set()


def test_a_deactivated_account_takes_no_seat(stack, room):
    """Its token is good until it expires, whether it shows its admission or takes it off."""
    who = stack.account()
    token = stack.join(who, room).must(200)["token"]
    admission = jwt.decode(token, options={"verify_signature": False})["attributes"]["bedrud.admission"]
    stack.sql("UPDATE users SET is_active = 0 WHERE id = ?", who.id)
    stack.hook("participant_joined", room, identity=who.id, admission=admission).must(200)
    stack.hook("participant_joined", room, identity=who.id).must(200)
    assert stack.active(room) == set()
    stack.sql("UPDATE users SET is_active = 1 WHERE id = ?", who.id)
    stack.hook("participant_joined", room, identity=who.id, admission=admission).must(200)
    assert stack.active(room) == {who.id}


def test_others_with_the_key_stay(stack, room):
    """No admission attribute: an agent or SIP; with strictAdmission it doesn't."""
    stack.hook("participant_joined", room, identity="agent-1", kind="AGENT").must(200)
    stack.hook("participant_joined", room, identity="someone").must(200)
    assert "someone" in stack.active(room)
    config = stack.variant("strict", {"livekit": {"strictAdmission": True}})
    raw = hooks.body("participant_joined", room["name"], "RM_x", identity="stranger")
    r = stack.cgi("webhook", config).post("/api/livekit/webhook", body=raw, kind="application/webhook+json", headers={
        "Authorization": hooks.sign(raw, stack.key, stack.secrets["livekit"])})
    assert r.status == 200, r
    assert "stranger" not in stack.active(room)


# A database that others hold

def test_locked_database_loses_nothing(stack, ann, ben, room):
    """Three seconds of somebody else's transaction: 200 and in the books, or 503 and sent again."""
    lock = Lock(stack.database, 3)
    try:
        raws = [hooks.body("participant_joined", room["name"], "RM_x", identity=who)
                for who in (ann.id, ben.id, "c", "d", "e", "f")]
        with concurrent.futures.ThreadPoolExecutor(6) as pool:
            replies = list(pool.map(stack.post_hook, raws))
    finally:
        lock.timer.join()
    for raw, r in zip(raws, replies):
        assert r.status in (200, 503), r
        assert "database is locked" not in r.text.lower() and "sqlite" not in r.text.lower(), r
        who = json.loads(raw)["participant"]["identity"]
        assert (who in stack.active(room)) == (r.status == 200), (r, stack.active(room))
        if r.status == 503:
            stack.post_hook(raw).must(200)      # LiveKit sends it again
    assert stack.active(room) == {ann.id, ben.id, "c", "d", "e", "f"}
    assert sum(r.status == 200 for r in replies) >= 3, replies


def test_locked_database_shows_no_sqlite(stack, http, ann, room):
    """A writer that never ends: who must write gets a sentence, and reads and repeated joins go on."""
    stack.join(ann, room).must(200)
    lock = Lock(stack.database, 6.5)
    try:
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            create = pool.submit(stack.http.post, "/api/room/create", {}, token=ann.token)
            hook = pool.submit(stack.hook, "participant_joined", room, identity=ann.id)
            began = time.monotonic()
            http.get("/api/auth/me", token=ann.token).must(200)
            http.get("/api/room/list", token=ann.token).must(200)
            http.get("/api/ready").must(200)
            stack.join(ann, room).must(200)         # again: with the admission of before
            assert time.monotonic() - began < 2, "reads waited for a writer"
            for r in (create.result(), hook.result()):
                text = r.error(503)
                assert "locked" not in text.lower() and "sqlite" not in text.lower(), text
    finally:
        lock.timer.join()
    stack.hook("participant_joined", room, identity=ann.id).must(200)


def test_a_responder_that_stands_still_holds_up_nobody(stack, ann, room):
    """Stopped while it waits to write: it has the turn among the processes, but not SQLite's lock."""
    turn = f":{os.stat(stack.database).st_ino} {0x7ffffff0} "
    lock, pids = Lock(stack.database, 30), stack.responders("webhook")
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        try:
            hook = pool.submit(stack.hook, "participant_joined", room, identity=ann.id)
            poll("it waits", lambda: turn in pathlib.Path("/proc/locks").read_text())
            for pid in pids:
                os.kill(pid, signal.SIGSTOP)
            poll("they stand still", lambda: all(
                ") T " in pathlib.Path(f"/proc/{pid}/stat").read_text() for pid in pids))
        finally:
            lock.timer.cancel()
            lock.free()
        try:
            stack.guest_join(room).must(200)
        finally:
            for pid in pids:
                os.kill(pid, signal.SIGCONT)
        assert hook.result().status in (200, 503)


# SIGTERM

def test_sigterm_finishes_the_request_in_hand(stack, ann):
    """The request waits for a lock when the signal arrives; it still gets its answer, and the process ends with 0."""
    for name, path, kw in (("room", "/api/room/create", {"json": {}, "token": ann.token}),
                           ("webhook", "/api/livekit/webhook", None)):
        if kw is None:
            raw = hooks.body("participant_joined", stack.room(ann)["name"], "RM_x", identity=ann.id)
            kw = {"body": raw, "kind": "application/webhook+json",
                  "headers": {"Authorization": hooks.sign(raw, stack.key, stack.secrets["livekit"])}}
        app = stack.fastcgi(name)
        app.get("/api/nothing")         # it is up and its connection to the store may be open
        lock = Lock(stack.database, 1.0)
        pending = app.begin("POST", path, **kw)
        pending.wait_read()
        app.process.terminate()
        assert pending.finish().must(200)
        assert app.process.wait(10) == 0
        lock.timer.join()


def test_sigterm_while_the_body_is_on_its_way(stack):
    app = stack.fastcgi("auth")
    app.get("/api/nothing")
    pending = app.begin("POST", "/api/auth/guest-login", json={"name": "Late"}, hold_body=True)
    pending.wait_read()
    app.process.terminate()
    pending.send_body()
    assert pending.finish().must(200)["user"]["name"] == "Late"
    assert app.process.wait(10) == 0


def test_sigterm_answers_what_is_queued(stack):
    """The web server has connected and sent, nobody has accepted yet: those requests aren't reset either."""
    app = stack.fastcgi("auth")
    app.get("/api/nothing")
    os.kill(app.process.pid, signal.SIGSTOP)
    queued = [app.begin("POST", "/api/auth/guest-login", json={"name": f"Queued {i}"}) for i in range(6)]
    app.process.terminate()
    os.kill(app.process.pid, signal.SIGCONT)
    assert [p.finish().must(200)["user"]["name"] for p in queued] == [f"Queued {i}" for i in range(6)]
    assert app.process.wait(10) == 0


def test_a_listener_that_does_not_block(stack):
    """Waiting costs nothing on such a socket either, and requests are answered."""
    app = stack.fastcgi("health", blocking=False)
    app.get("/api/health").must(200)

    def used():
        fields = pathlib.Path(f"/proc/{app.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return int(fields[11]) + int(fields[12])

    before = used()
    time.sleep(0.5)
    ticks = used() - before
    app.get("/api/health").must(200)
    assert app.stop() == 0
    assert ticks < 10, f"{ticks} ticks of processor time while nothing happened"


@pytest.mark.parametrize("name", ["auth", "join", "room", "webhook", "health"])
def test_sigterm_when_idle(stack, name):
    app = stack.fastcgi(name)
    app.get("/api/nothing").error(404)
    began = time.monotonic()
    assert app.stop() == 0
    assert time.monotonic() - began < 2
