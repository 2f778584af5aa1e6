# SPDX-License-Identifier: Apache-2.0
"""Who may enter, and with which token (HACKING.md, "Admission")."""
import hashlib
import hmac
import json
import re
import time
import uuid

import jwt
import pytest
from livekit import api as livekit_api

from lib.stack import ALL_ON

ALL_SOURCES = {"camera", "microphone", "screen_share", "screen_share_audio"}


def read(stack, token):
    """The join token, as LiveKit's own library and as plain claims."""
    verified = livekit_api.TokenVerifier(stack.key, stack.secrets["livekit"]).verify(token)
    return verified, jwt.decode(token, stack.secrets["livekit"], algorithms=["HS256"], issuer=stack.key)


def admission(stack, token):
    return read(stack, token)[1]["attributes"]["bedrud.admission"]


def gone(stack, room):
    stack.sql("UPDATE rooms SET is_active = 0 WHERE id = ?", room["id"])
    return room


def ban(stack, room, user):
    """Bedrud's way: a flag in the participant's row."""
    stack.sql("INSERT INTO room_participants (id, room_id, user_id, joined_at, is_active, is_approved, is_muted, "
              "is_video_off,"
              " is_chat_blocked, is_banned, is_on_stage, is_moderator) VALUES (?, ?, ?, '2026-01-01 00:00:00+00:00',"
              " 0, 0, 0, 0, 0, 1, 0, 0)", str(uuid.uuid4()), room["id"], user)


def ban_row(stack, room, user, lifted=0):
    """Ours: a row of its own."""
    stack.sql("INSERT INTO bans (room_id, user_id, banned_by, reason, created_at, lifted_at) "
              "VALUES (?, ?, 'x', 'test', ?, ?)",
              room["id"], user, time.time_ns() - 10 ** 9, lifted)


# R2

def test_join(stack, http, ann, ben):
    room = stack.room(ann, maxParticipants=20, mode="webinar")
    for who in (ann, ben):
        body = stack.join(who, room).must(200)
        for k in ("id", "name", "createdBy", "adminId", "isActive", "isPublic", "maxParticipants", "expiresAt",
                  "settings",
                  "mode", "livekitHost"):
            assert body[k] == room[k], (k, body)
        assert body["activeRecordingId"] == ""
        assert body.get("status") != "archived_owned"
        verified, claims = read(stack, body["token"])
        assert claims["sub"] == claims["identity"] == who.id and claims["name"] == who.name
        assert verified.video.room_join is True and verified.video.room == room["name"]
        assert claims["video"]["canUpdateOwnMetadata"] is True
        assert claims["iat"] == claims["nbf"] and abs(claims["iat"] - time.time()) < 5
        assert claims["exp"] - claims["iat"] == 1800
        assert json.loads(claims["metadata"]) == {"accesses": ["user"]}
        assert re.fullmatch(r"[0-9a-f]{32}", claims["attributes"]["bedrud.admission"])
        # LiveKit keeps places for those who may enter a full room.
        assert claims["roomConfig"]["maxParticipants"] == 1010    # the server's limit, and places for moderators
        assert body["role"] == ("owner" if who is ann else "participant")
        assert claims["roomConfig"]["emptyTimeout"] == 20 and claims["roomConfig"]["departureTimeout"] == 2
        assert not {"roomAdmin", "roomCreate", "roomList", "roomRecord", "hidden", "recorder"} & set(claims["video"])
        assert "kind" not in claims
    assert stack.active(room) == set(), "a token is not a seat"


def test_join_by_any_spelling(stack, http, ann):
    room = stack.room(ann)
    body = http.post("/api/room/join", {"ROOMNAME": f" {room['name'].upper()} "}, token=ann.token).must(200)
    assert read(stack, body["token"])[0].video.room == room["name"]


def test_join_twice_gives_one_admission(stack, ann):
    """The SPA joins twice per page load: nothing is written the second time."""
    room = stack.room(ann)
    first, second = (admission(stack, stack.join(ann, room).must(200)["token"]) for _ in range(2))
    assert first == second
    assert len(stack.sql("SELECT 1 FROM admissions WHERE room_id = ?", room["id"])) == 1


def test_join_as_a_guest_account(stack, ann):
    guest = stack.guest("Gast")
    body = stack.join(guest, stack.room(ann)).must(200)
    claims = read(stack, body["token"])[1]
    assert claims["sub"] == guest.id and claims["name"] == "Gast" and \
        json.loads(claims["metadata"]) == {"accesses": ["guest"]}


@pytest.mark.parametrize("body", [{}, {"roomName": ""}])
def test_join_without_a_name(http, ann, body):
    assert http.post("/api/room/join", body, token=ann.token).status in (400, 404)


@pytest.mark.parametrize("path,kw", [("join", {}), ("refresh-token", {})])
def test_join_needs_an_account(http, path, kw):
    http.post(f"/api/room/{path}", {"roomName": "some-room"}, **kw).error(401)


def test_join_table(stack, ann, ben):
    admin = stack.admin
    assert stack.join(ben, {"name": "no-such-room"}).error(404)
    ended = gone(stack, stack.room(ann, mode="broadcast"))
    body = stack.join(ann, ended).must(200)
    assert body["status"] == "archived_owned" and body["name"] == ended["name"] and body["mode"] == "broadcast"
    assert body["settings"] == ended["settings"] and "token" not in body
    stack.join(ben, ended).error(410)
    stack.join(admin, ended).error(410)

    approval = stack.room(ann, isPublic=False, settings={**ALL_ON, "requireApproval": True})
    private = stack.room(ann, isPublic=False)
    stack.join(ben, approval).error(403, "approval")
    stack.join(ben, private).error(403, "private")
    stack.join(ann, approval).must(200)
    stack.join(ann, private).must(200)
    # Someone with an active row (an upstream member) may.
    stack.hook("participant_joined", private, identity=ben.id).must(200)
    stack.join(ben, private).must(200)

    banned = stack.room(ann)
    ban(stack, banned, ben.id)
    stack.join(ben, banned).error(403, "banned")
    ours = stack.room(ann)
    ban_row(stack, ours, ben.id)
    stack.join(ben, ours).error(403, "banned")
    lifted = stack.room(ann)
    ban_row(stack, lifted, ben.id, time.time_ns())
    stack.join(ben, lifted).must(200)


def test_first_match_wins(stack, ann, ben):
    """Private stands before full, full before banned; each text has one match word."""
    room = stack.room(ann, isPublic=False, maxParticipants=1)
    stack.hook("participant_joined", room, identity=ann.id).must(200)
    ban(stack, room, ben.id)
    text = stack.join(ben, room).error(403, "private").lower()
    assert "full" not in text and "banned" not in text and "approval" not in text
    stack.sql("UPDATE rooms SET is_public = 1 WHERE id = ?", room["id"])
    text = stack.join(ben, room).error(403, "full").lower()
    assert "private" not in text and "banned" not in text and "approval" not in text
    stack.sql("UPDATE rooms SET max_participants = 0 WHERE id = ?", room["id"])
    text = stack.join(ben, room).error(403, "banned").lower()
    assert "private" not in text and "full" not in text and "approval" not in text


def test_capacity(stack, http, ann, ben):
    room = stack.room(ann, maxParticipants=2)
    third = stack.account("Third")
    for who in (ann, ben, third):
        stack.join(who, room).must(200)         # tokens take no seat
    stack.hook("participant_joined", room, identity=ann.id, participant_sid="PA_a").must(200)
    stack.join(third, room).must(200)
    stack.hook("participant_joined", room, identity=ben.id, participant_sid="PA_b").must(200)
    stack.join(third, room).error(403, "full")
    stack.guest_join(room).error(403, "full")
    http.get(f"/api/room/check/{room['name']}").error(403, "full")
    stack.join(ann, room).must(200)             # who is in may come again
    stack.join(ben, room).must(200)
    stack.hook("participant_left", room, identity=ben.id, participant_sid="PA_b").must(200)
    stack.join(third, room).must(200)
    http.get(f"/api/room/check/{room['name']}").must(200)


def test_owner_is_not_locked_out(stack, ann, ben):
    alone = stack.room(ann, maxParticipants=1)
    stack.join(ann, alone).must(200)
    stack.hook("participant_joined", alone, identity=ann.id).must(200)
    stack.join(ann, alone).must(200)
    stack.join(ben, alone).error(403, "full")
    # The recorder is a participant for LiveKit and no person for us.
    room = stack.room(ann, maxParticipants=1)
    stack.hook("participant_joined", room, identity="EG_x", kind="EGRESS").must(200)
    stack.join(ben, room).must(200)


def test_banned_people_hold_no_seat(stack, ann, ben):
    room = stack.room(ann, maxParticipants=1)
    stack.hook("participant_joined", room, identity=ben.id).must(200)
    stack.sql("UPDATE room_participants SET is_banned = 1 WHERE room_id = ?", room["id"])
    stack.join(ann, room).must(200)


@pytest.mark.parametrize("settings,wanted", [
    ({"allowAudio": True, "allowVideo": True, "allowChat": True}, ALL_SOURCES),
    ({"allowAudio": True, "allowVideo": False}, {"microphone", "screen_share", "screen_share_audio"}),
    ({"allowAudio": False, "allowVideo": True}, {"camera", "screen_share"}),
    ({"allowAudio": False, "allowVideo": False}, set()),
])
def test_grants_follow_the_room(stack, ann, ben, settings, wanted):
    room = stack.room(ann, settings=settings)
    for how in ("join", "guest"):
        token = stack.join(ben, room).must(200)["token"] if how == "join" else stack.guest_join(room).must(200)["token"]
        video = read(stack, token)[1]["video"]
        assert video["canPublishData"] is True and video["canSubscribe"] is True
        sources = set(video.get("canPublishSources") or (ALL_SOURCES if video.get("canPublish", True) else ()))
        assert sources <= ALL_SOURCES
        for s in ("camera", "microphone"):
            assert (s in sources) == (s in wanted), (s, video)
        if not settings["allowAudio"]:
            assert "screen_share_audio" not in sources, video
        if not wanted and not sources:
            assert video["canPublish"] is False, "an absent or empty list means everything"
        if not settings["allowAudio"] or not settings["allowVideo"]:
            assert video.get("canPublish") is False or sources, "an empty list means everything"
    video = read(stack, stack.join(ann, room).must(200)["token"])[1]["video"]
    assert video.get("canPublish", True) is True
    assert set(video.get("canPublishSources") or ALL_SOURCES) == ALL_SOURCES, "the owner keeps all rights"


def test_room_admin_keeps_all_rights_too(stack, ann, ben):
    room = stack.room(ann, settings={})
    stack.sql("UPDATE rooms SET admin_id = ? WHERE id = ?", ben.id, room["id"])
    video = read(stack, stack.join(ben, room).must(200)["token"])[1]["video"]
    assert video.get("canPublish", True) is True and set(video.get("canPublishSources") or ALL_SOURCES) == ALL_SOURCES


# R3

def guest_cookie(stack, guest_id):
    return guest_id + "." + hmac.new(stack.secrets["session"].encode(), guest_id.encode(), hashlib.sha256).hexdigest()


def test_guest_join(stack, http, ann):
    room = stack.room(ann)
    r = stack.guest_join(room, "  Gäst <1> ")
    body = r.must(200)
    for k in ("id", "name", "adminId", "isPublic", "livekitHost"):
        assert body[k] == room[k], (k, body)
    assert body["activeRecordingId"] == ""
    assert body["accessToken"] == body["tokens"]["accessToken"] 
    assert body["refreshToken"] == body["tokens"]["refreshToken"]
    assert set(r.cookies) == {"bedrud_guest_id"}
    m = r.cookies["bedrud_guest_id"]
    guest = m.value.split(".")[0]
    assert re.fullmatch(r"guest-[a-z0-9]{8}", guest) and m.value == guest_cookie(stack, guest)
    assert m["path"] == "/" and m["httponly"] and m["samesite"] == "Lax" and not m["domain"] and not m["secure"]
    assert int(m["max-age"]) == 2592000
    claims = read(stack, body["token"])[1]
    assert claims["sub"] == guest and claims["name"] == "Gäst 1" and not claims.get("metadata")
    row = stack.one("SELECT * FROM users WHERE id = ?", guest)
    assert row["email"] == f"{guest}@bedrud.guest" and row["provider"] == "guest" and row["accesses"] == "{guest}"
    # The session is a real one.
    me = http.get("/api/auth/me", token=body["accessToken"]).must(200)
    assert me["id"] == guest and me["name"] == "Gäst 1"
    http.post("/api/auth/refresh", {"refresh_token": body["refreshToken"]}).must(200)
    # Back with the cookie, under another name: the same guest, no new cookie.
    r = stack.guest_join(room, "Other", cookies={"bedrud_guest_id": m.value})
    body = r.must(200)
    assert read(stack, body["token"])[1]["sub"] == guest and read(stack, body["token"])[1]["name"] == "Other"
    assert "bedrud_guest_id" not in r.cookies
    assert len(stack.sql("SELECT 1 FROM users WHERE id = ?", guest)) == 1


def test_guest_cookie_forged(stack, ann):
    room = stack.room(ann)
    good = guest_cookie(stack, "guest-abcd1234")
    long_id = "guest-" + "x" * 70
    for value in ("guest-abcd1234", "guest-abcd1234.", "guest-abcd1234." + "0" * 64, good[:-1], good + "0",
                  good.upper(),
                  good.replace("abcd", "abce"), guest_cookie(stack, ann.id), guest_cookie(stack, long_id), ".", "x",
                  "guest-abcd1234." + hmac.new(stack.secrets["jwt"].encode(), b"guest-abcd1234",
                                               hashlib.sha256).hexdigest()):
        r = stack.guest_join(room, cookies={"bedrud_guest_id": value})
        r.must(200)
        fresh = r.cookies["bedrud_guest_id"].value
        assert re.match(r"guest-[a-z0-9]{8}\.", fresh) and not fresh.startswith("guest-abcd1234"), (value, fresh)
    # A valid cookie for someone who isn't in the table (its row was cleaned up) makes the row again.
    guest = "guest-" + uuid.uuid4().hex[:8]
    r = stack.guest_join(room, cookies={"bedrud_guest_id": guest_cookie(stack, guest)})
    assert read(stack, r.must(200)["token"])[1]["sub"] == guest


@pytest.mark.parametrize("change", [{"guestName": ""}, {"guestName": "  "}, {"guestName": "<>"},
                                    {"guestName": "n" * 51},
                                    {"guestName": None}])
def test_guest_join_refuses(stack, http, ann, change):
    room = stack.room(ann)
    http.post("/api/room/guest-join", {"roomName": room["name"], "guestName": "Gast", **change}).error(400)


def test_guest_name_bounds(stack, ann):
    room = stack.room(ann)
    assert stack.guest_join(room, "G").status == 200
    assert stack.guest_join(room, "n" * 50).status == 200


def test_guest_join_table(stack, ann):
    room = stack.room(ann)
    with stack.settings(guest_login_enabled=0):
        stack.guest_join({"name": "no-such-room"}).error(403)
        stack.guest_join(room).error(403)
        stack.guest_join(room, "").error(400)       # the input first
    with stack.settings(registration_enabled=0):
        stack.guest_join(room).must(200)            # doesn't gate R3
    stack.guest_join({"name": "no-such-room"}).error(404)
    stack.guest_join(gone(stack, stack.room(ann))).error(410)
    stack.guest_join(stack.room(ann, isPublic=False)).error(403, "private")
    stack.guest_join(gone(stack, stack.room(ann, isPublic=False))).error(
        403, "private")    # private stands before ended
    guest = "guest-" + uuid.uuid4().hex[:8]
    cookie = {"bedrud_guest_id": guest_cookie(stack, guest)}
    stack.guest_join(room, cookies=cookie).must(200)
    ban(stack, room, guest)
    stack.guest_join(room, cookies=cookie).error(403, "banned")
    # Banned stands before full for guests.
    stack.sql("UPDATE rooms SET max_participants = 1 WHERE id = ?", room["id"])
    stack.hook("participant_joined", room, identity=ann.id).must(200)
    stack.guest_join(room, cookies=cookie).error(403, "banned")
    stack.guest_join(room).error(403, "full")


def test_guest_join_ignores_the_account(stack, http, ann, ben):
    """A signed-in person on the guest form is a guest."""
    body = stack.guest_join(stack.room(ann), token=ben.token).must(200)
    assert read(stack, body["token"])[1]["sub"].startswith("guest-")


def test_guest_comes_back_at_capacity(stack, ann):
    room = stack.room(ann, maxParticipants=1)
    r = stack.guest_join(room)
    value = r.cookies["bedrud_guest_id"].value
    stack.hook("participant_joined", room, identity=value.split(".")[0]).must(200)
    stack.guest_join(room, cookies={"bedrud_guest_id": value}).must(200)
    stack.guest_join(room).error(403, "full")


# R4

def test_check(stack, http, ann):
    room = stack.room(ann)
    assert http.get(f"/api/room/check/{room['name']}").must(200) == {"exists": True, "name": room["name"]}
    assert http.get(f"/api/room/check/{room['name'].upper()}").must(200)["name"] == room["name"]
    assert http.request("HEAD", f"/api/room/check/{room['name']}").status == 200
    for bad in ("ab", "a--b", "-abc", "a" * 64, "a%20b", "%C3%A4bc", "a%2Fb"):
        r = http.get(f"/api/room/check/{bad}")
        assert r.status == 400 or (bad == "a%2Fb" and r.status in (400, 404)), r
        assert "error" in r.json()
    http.get("/api/room/check/no-such-room").error(404)
    http.get(f"/api/room/check/{gone(stack, stack.room(ann))['name']}").error(410)
    http.get(f"/api/room/check/{stack.room(ann, isPublic=False)['name']}").error(403, "private")
    unlimited = stack.room(ann, maxParticipants=0)
    http.get(f"/api/room/check/{unlimited['name']}").must(200)      # upstream says full here


# R5

def test_refresh_token(stack, http, ann, ben):
    def go(who, room):
        return http.post("/api/room/refresh-token", {"roomName": room["name"]}, token=who.token)
    room = stack.room(ann)
    first = stack.join(ben, room).must(200)["token"]
    body = go(ben, room).must(200)
    _, claims = read(stack, body["token"])
    assert claims["sub"] == ben.id and claims["video"]["room"] == room["name"] and claims["video"]["roomJoin"] is True
    assert admission(stack, body["token"]) == admission(stack, first)
    go(ben, {"name": "no-such-room"}).error(404)
    go(ben, {"name": ""}).error(400)
    ended = gone(stack, stack.room(ann))
    go(ben, ended).error(410)
    go(ann, ended).error(410)
    private = stack.room(ann, isPublic=False)
    go(ben, private).error(403, "private")
    go(ann, private).must(200)
    stack.hook("participant_joined", private, identity=ben.id).must(200)
    go(ben, private).must(200)
    banned = stack.room(ann)
    ban(stack, banned, ben.id)
    go(ben, banned).error(403, "banned")
    # A dropped guest gets back in at capacity.
    full = stack.room(ann, maxParticipants=1)
    stack.hook("participant_joined", full, identity=ben.id).must(200)
    go(ben, full).must(200)


def test_names_are_reused(stack, http, ann, ben):
    """A lookup prefers the active row over newer ended ones."""
    old = gone(stack, stack.room(ann))
    new = stack.room(ben, name=old["name"])
    assert stack.join(ann, new).must(200)["id"] == new["id"]
    gone(stack, new)
    assert stack.join(ann, new).error(410)          # the newest row is Ben's
    assert stack.join(ben, new).must(200)["status"] == "archived_owned"


def test_token_life_is_configured(stack, ann):
    config = stack.variant("ttl", {"livekit": {"tokenTTL": 60}})
    room = stack.room(ann)
    token = stack.cgi("join", config).post("/api/room/join", {"roomName": room["name"]},
                                           token=ann.token).must(200)["token"]
    claims = read(stack, token)[1]
    assert claims["exp"] - claims["iat"] == 60


def test_names_in_tokens_are_json(stack, ann):
    """Text that would break a hand-made JSON."""
    for name in ("back\\slash", "tab é 漢字 😀", "{}[],:"):
        body = stack.guest_join(stack.room(ann), name).must(200)
        assert read(stack, body["token"])[1]["name"] == name


def test_a_guest_who_reloads_writes_nothing(stack, http, ann):
    room = stack.room(ann)
    first = stack.guest_join(room)
    guest = first.cookies["bedrud_guest_id"].value
    cookies = {"bedrud_guest_id": guest}

    def count():
        return len(stack.sql("SELECT 1 FROM sessions WHERE user_id = ?", guest.split(".")[0]))
    again = stack.guest_join(room, cookies=cookies).must(200)
    assert count() == 1 and again["refreshToken"] == first.must(200)["refreshToken"]
    assert again["accessToken"] != first.must(200)["accessToken"]
    assert admission(stack, again["token"]) == admission(stack, first.must(200)["token"])
    http.get("/api/auth/me", token=again["accessToken"]).must(200)
    # Another browser with that cookie, another name, or a session that isn't fresh any more: one of its own.
    stack.guest_join(room, cookies=cookies, headers={"User-Agent": "another"}).must(200)
    assert count() == 2
    stack.guest_join(room, "Somebody", cookies=cookies).must(200)
    assert count() == 3
    stack.guest_join(room, "Somebody", cookies=cookies).must(200)
    assert count() == 3
    stack.sql("UPDATE sessions SET created_at = created_at - 601000000000 WHERE user_id = ?", guest.split(".")[0])
    stack.guest_join(room, "Somebody", cookies=cookies).must(200)
    assert count() == 4
    http.post("/api/auth/refresh", {"refresh_token": again["refreshToken"]}).must(200)
