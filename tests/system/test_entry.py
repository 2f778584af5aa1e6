# SPDX-License-Identifier: Apache-2.0
"""At the door: who was sent away, who is let in all the same, suspended rooms, invitations, and what identifies
guests."""
import hashlib
import json
import time
import uuid

import pytest

from system.test_join import admission, ban_row, guest_cookie, read

MATCH_WORDS = ("full", "private", "banned", "approval")
SECOND = 10 ** 9


def standing(stack, room, who, **flags):
    columns, marks = ", ".join(flags), ", ".join("?" * len(flags))
    stack.sql(f"INSERT INTO room_standing (room_id, user_id, {columns}) VALUES (?, ?, {marks})", room["id"], who,
              *flags.values())


def mark(stack, room, who, **flags):
    """A row of Bedrud's for somebody who isn't in the room."""
    columns, marks = ", ".join(flags), ", ".join("?" * len(flags))
    stack.sql(f"INSERT INTO room_participants (id, room_id, user_id, joined_at, is_active, {columns}) "
              f"VALUES (?, ?, ?, '2026-01-01 00:00:00+00:00', 0, {marks})", str(uuid.uuid4()), room["id"], who,
              *flags.values())


def suspend(stack, room):
    stack.sql("UPDATE rooms SET is_active = 0 WHERE id = ?", room["id"])
    stack.sql("INSERT INTO suspensions (room_id, suspended_at, suspended_by) VALUES (?, ?, 'root')", room["id"],
              time.time_ns())


def invite(stack, room, email="", life=60 * SECOND):
    token = uuid.uuid4().hex
    stack.sql("INSERT INTO room_invitations (id, room_id, token_hash, email, created_by, created_at, expires_at) "
              "VALUES (?, ?, ?, ?, 'x', ?, ?)", str(uuid.uuid4()), room["id"],
              hashlib.sha256(token.encode()).hexdigest(), email, time.time_ns(), time.time_ns() + life)
    return token


def refresh(http, who, room):
    return http.post("/api/room/refresh-token", {"roomName": room["name"]}, token=who.token)


def invited(http, who, room, token):
    return http.post("/api/room/join", {"roomName": room["name"], "invitation": token}, token=who.token)


def check_removed(r):
    text = r.error(403, "removed").lower()
    assert not any(w in text for w in MATCH_WORDS), text
    wait = int(r.header("Retry-After"))
    assert 0 < wait <= 60 and str(wait) in text
    return wait


@pytest.mark.parametrize("how", [{}, {"isPublic": False}, {"maxParticipants": 1},
                                 {"settings": {"requireApproval": True}}])
def test_kicked(stack, http, ann, ben, how):
    """Whatever else keeps them out: they were removed, and may try again in so many seconds."""
    room = stack.room(ann, **how)
    stack.hook("participant_joined", room, identity=ann.id).must(200)
    standing(stack, room, ben.id, kicked_until=time.time_ns() + 60 * SECOND)
    assert check_removed(stack.join(ben, room)) >= 58
    check_removed(refresh(http, ben, room))
    stack.sql("UPDATE room_standing SET kicked_until = ? WHERE user_id = ?", time.time_ns() - 1, ben.id)
    if not how:
        stack.join(ben, room).must(200)
        refresh(http, ben, room).must(200)
    else:
        stack.join(ben, room).error(403)


def test_a_ban_outlasts_a_kick(stack, http, ann, ben):
    room = stack.room(ann)
    standing(stack, room, ben.id, kicked_until=time.time_ns() + 60 * SECOND)
    ban_row(stack, room, ben.id)
    stack.join(ben, room).error(403, "banned")
    refresh(http, ben, room).error(403, "banned")


def test_a_ban_outlasts_the_meeting(stack, http, ann, ben):
    """The room ends and its owner opens it anew; somebody else's room of that name starts from nothing."""
    room = stack.room(ann)
    stack.join(ben, room).must(200)
    http.post(f"/api/room/{room['id']}/ban/{ben.id}", token=ann.token).must(200)
    for opener, status in ((ann, 403), (stack.account("Cleo"), 200), (ann, 403)):
        stack.sql("UPDATE rooms SET is_active = 0 WHERE name = ?", room["name"])
        again = stack.room(opener, name=room["name"])
        assert stack.join(ben, again).status == stack.guest_join(again).status == status
    # And lifted is lifted, also for the next.
    http.post(f"/api/room/{again['id']}/unban/{ben.id}", token=ann.token).must(200)
    stack.sql("UPDATE rooms SET is_active = 0 WHERE name = ?", room["name"])
    again = stack.room(ann, name=room["name"])
    stack.join(ben, again).must(200)
    stack.guest_join(again).must(200)


def test_suspended(stack, http, ann, ben):
    """A state of its own: the owner doesn't hear `archived_owned`, and nobody takes the name."""
    room = stack.room(ann)
    suspend(stack, room)
    for r in (stack.join(ann, room), stack.join(ben, room), stack.join(stack.admin, room), refresh(http, ann, room),
              stack.guest_join(room), http.get(f"/api/room/check/{room['name']}")):
        text = r.error(403, "suspended").lower()
        assert not any(w in text for w in MATCH_WORDS), text
    for who in (ann, ben, stack.admin):
        http.post("/api/room/create", {"name": room["name"]}, token=who.token).error(409, "suspended")
    stack.sql("DELETE FROM suspensions WHERE room_id = ?", room["id"])
    assert stack.join(ann, room).must(200)["status"] == "archived_owned"
    stack.room(ann, name=room["name"])


@pytest.mark.parametrize("wishes", [{"isPublic": False}, {"isPublic": False, "settings": {"requireApproval": True}},
                                    {"settings": {"requireApproval": True}}, {"maxParticipants": 1}])
def test_moderators_enter(stack, http, ann, ben, wishes):
    room = stack.room(ann, **wishes)
    somebody = stack.account("Somebody")
    stack.hook("participant_joined", room, identity=somebody.id).must(200)
    other = stack.account("Other")
    stack.join(other, room).error(403)
    stack.guest_join(room).error(403)
    mark(stack, room, ben.id, is_moderator=1)
    guest = "guest-" + uuid.uuid4().hex[:8]
    mark(stack, room, guest, is_moderator=1)
    replies = {"owner": stack.join(ann, room), "moderator": stack.join(ben, room),
               "superadmin": stack.join(stack.admin, room)}
    for role, r in replies.items():
        body = r.must(200)
        assert body["role"] == role
        video = read(stack, body["token"])[1]["video"]
        assert video.get("canPublish", True) is True and "canPublishSources" not in video, video
    assert json.loads(read(stack, replies["moderator"].must(200)["token"])[1]["metadata"]) == {
        "accesses": ["user", "moderator"]}
    body = stack.guest_join(room, cookies={"bedrud_guest_id": guest_cookie(stack, guest)}).must(200)
    assert body["role"] == "moderator"
    assert json.loads(read(stack, body["token"])[1]["metadata"]) == {"accesses": ["moderator"]}
    for who in (ann, ben, stack.admin):
        refresh(http, who, room).must(200)


def test_approval_on_a_public_room(stack, http, ann, ben):
    room = stack.room(ann, settings={"requireApproval": True})
    stack.join(ben, room).error(403, "approval")
    refresh(http, ben, room).error(403, "approval")
    stack.guest_join(room).error(403, "approval")
    http.get(f"/api/room/check/{room['name']}").must(200)     # it is there: one may knock
    mark(stack, room, ben.id, is_approved=1)
    assert stack.join(ben, room).must(200)["role"] == "participant"
    refresh(http, ben, room).must(200)
    guest = "guest-" + uuid.uuid4().hex[:8]
    mark(stack, room, guest, is_approved=1)
    stack.guest_join(room, cookies={"bedrud_guest_id": guest_cookie(stack, guest)}).must(200)


def test_rights_come_with_each_token(stack, http, ann, ben):
    """What a moderator took or gave holds in every later token."""
    room = stack.room(ann, settings={"allowChat": True})
    mark(stack, room, ben.id, is_chat_blocked=1)
    standing(stack, room, ben.id, is_deafened=1, may_speak=1)
    for r in (stack.join(ben, room), refresh(http, ben, room)):
        claims = read(stack, r.must(200)["token"])[1]
        assert claims["video"]["canPublishData"] is False and claims["video"]["canSubscribe"] is False
        assert claims["video"]["canPublishSources"] == ["microphone"]
        assert json.loads(claims["metadata"]) == {"accesses": ["user"], "chatBlocked": True}
    stage = stack.room(ann, mode="webinar")
    assert read(stack, stack.join(ben, stage).must(200)["token"])[1]["video"]["canPublish"] is False
    assert read(stack, stack.guest_join(stage).must(200)["token"])[1]["video"]["canPublish"] is False
    mark(stack, stage, ben.id, is_on_stage=1)
    assert read(stack, stack.join(ben, stage).must(200)["token"])[1]["video"].get("canPublish", True) is True


# Invitations

@pytest.mark.parametrize("wishes", [{"isPublic": False}, {"settings": {"requireApproval": True}}])
def test_invitation(stack, http, ann, ben, wishes):
    room, other = stack.room(ann, **wishes), stack.account("Other")
    token = invite(stack, room)
    invited(http, ben, room, "no such token").error(403, "invitation")
    invited(http, ben, stack.room(ann, isPublic=False), token).error(403, "invitation")
    assert stack.sql("SELECT 1 FROM room_invitations WHERE room_id = ? AND used_at <> 0", room["id"]) == []
    first = invited(http, ben, room, token).must(200)
    assert stack.one("SELECT used_by FROM room_invitations WHERE room_id = ?", room["id"])["used_by"] == ben.id
    assert admission(stack, stack.join(ben, room).must(200)["token"]) == admission(stack, first["token"])
    refresh(http, ben, room).must(200)
    invited(http, other, room, token).error(403, "invitation")      # it was for one
    invited(http, ben, room, token).must(200)
    http.post("/api/room/guest-join", {"roomName": room["name"], "guestName": "G", "invitation": token}).error(
        403, "invitation")
    body = http.post("/api/room/guest-join", {"roomName": room["name"], "guestName": "G",
                                              "invitation": invite(stack, room)})
    cookies = {"bedrud_guest_id": body.cookies["bedrud_guest_id"].value}
    body.must(200)
    stack.guest_join(room, cookies=cookies).must(200)
    invited(http, other, room, invite(stack, room, life=-1)).error(403, "invitation")


def test_invitation_for_an_address(stack, http, ann, ben):
    room = stack.room(ann, isPublic=False)
    email = stack.one("SELECT email FROM users WHERE id = ?", ben.id)["email"]
    token = invite(stack, room, email.upper())
    invited(http, stack.account("Other"), room, token).error(403, "invitation")
    http.post("/api/room/guest-join", {"roomName": room["name"], "guestName": "G", "invitation": token}).error(403)
    invited(http, ben, room, token).must(200)


def test_an_invitation_opens_no_ban_and_no_full_room(stack, http, ann, ben):
    room = stack.room(ann, isPublic=False, maxParticipants=1)
    token = invite(stack, room)
    stack.hook("participant_joined", room, identity=ann.id).must(200)
    invited(http, ben, room, token).error(403, "full")
    stack.sql("UPDATE rooms SET max_participants = 0 WHERE id = ?", room["id"])
    ban_row(stack, room, ben.id)
    invited(http, ben, room, token).error(403, "banned")
    assert stack.one("SELECT used_at FROM room_invitations WHERE room_id = ?", room["id"])["used_at"] == 0


def test_who_may_ask_how_they_stand(stack, http, ann, ben):
    """Of an open room anybody; else those who were let in, until they are sent away."""
    room, shut_room = stack.room(ann), stack.room(ann, isPublic=False)

    def asks(who, where):
        return http.get(f"/api/room/{where['id']}/standing", token=who.token)
    assert "people" not in asks(ben, room).must(200) and asks(ann, shut_room).must(200)["people"] == []
    asks(ben, shut_room).error(403)
    mark(stack, shut_room, ben.id, is_approved=1)
    stack.join(ben, shut_room).must(200)
    assert asks(ben, shut_room).must(200)["role"] == "participant"
    # Let in by now, whatever becomes of the mark.
    stack.sql("UPDATE room_participants SET is_approved = 0 WHERE room_id = ?", shut_room["id"])
    asks(ben, shut_room).must(200)
    for where, verb in ((room, "ban"), (shut_room, "kick")):
        http.post(f"/api/room/{where['id']}/{verb}/{ben.id}", token=ann.token).must(200)
        asks(ben, where).error(403)


def test_an_invitation_that_isn_t_needed_stays(stack, http, ann, ben):
    room = stack.room(ann)
    token = invite(stack, room)
    invited(http, ben, room, token).must(200)
    assert stack.one("SELECT used_at FROM room_invitations WHERE room_id = ?", room["id"])["used_at"] == 0
    http.post("/api/room/join", {"roomName": room["name"], "invitation": 7}, token=ben.token).error(400)


# Guests

def shut(stack, room, guest, until):
    """What a ban (until 0) or a kick of a guest leaves."""
    stack.sql("INSERT INTO shut_addresses (room_id, address, user_id, until) SELECT room_id, address, identity, ? FROM "
              "admissions WHERE room_id = ? AND identity = ?", until, room["id"], guest)
    stack.sql("UPDATE admissions SET voided_at = 1 WHERE room_id = ? AND identity = ?", room["id"], guest)


def test_clearing_the_cookie_is_not_enough(stack, http, ann):
    room = stack.room(ann)
    early = stack.guest_join(room)
    early.must(200)
    bad = stack.guest_join(room)
    guest = bad.cookies["bedrud_guest_id"].value.split(".")[0]
    kept = stack.one("SELECT address FROM admissions WHERE identity = ?", guest)["address"]
    assert len(kept) == 32 and "127.0.0.1" not in kept
    shut(stack, room, guest, 0)
    text = stack.guest_join(room).error(403, "banned")
    assert "network" in text and "account" in text
    inside = stack.guest("Guest of A3")
    stack.join(inside, room).error(403, "banned")
    # Those who were let in before, those with an account, and other rooms aren't concerned.
    stack.guest_join(room, cookies={"bedrud_guest_id": early.cookies["bedrud_guest_id"].value}).must(200)
    stack.join(ann, room).must(200)
    stack.guest_join(stack.room(ann)).must(200)
    # A kick shuts the door for a while only.
    stack.sql("UPDATE shut_addresses SET until = ? WHERE room_id = ?", time.time_ns() + 60 * SECOND, room["id"])
    check_removed(stack.guest_join(room))
    check_removed(stack.join(inside, room))
    stack.sql("UPDATE shut_addresses SET until = ? WHERE room_id = ?", time.time_ns() - 1, room["id"])
    stack.guest_join(room).must(200)


def test_a_banned_account_comes_as_a_guest(stack, http, ann, ben):
    """Not from where it was; other accounts are not concerned, and the ban's end opens the door again."""
    room = stack.room(ann)
    stack.join(ben, room).must(200)
    http.post(f"/api/room/{room['id']}/ban/{ben.id}", token=ann.token).must(200)
    stack.join(ben, room).error(403, "banned")
    stack.guest_join(room).error(403, "banned")
    stack.join(stack.guest("Ben again"), room).error(403, "banned")
    stack.join(stack.account("Cleo"), room).must(200)
    stack.guest_join(stack.room(ann)).must(200)
    http.post(f"/api/room/{room['id']}/unban/{ben.id}", token=ann.token).must(200)
    stack.guest_join(room).must(200)


def test_a_repeated_join_writes_nothing(stack, http, ann, ben):
    room = stack.room(ann, maxParticipants=5, settings={"requireApproval": True})
    mark(stack, room, ben.id, is_approved=1)
    stack.join(ben, room).must(200)
    guest = stack.guest("Guest of A3")
    mark(stack, room, guest.id, is_approved=1)
    stack.join(guest, room).must(200)
    before = stack.one("PRAGMA data_version")[0]
    changes = [tuple(r) for r in stack.sql("SELECT * FROM admissions ORDER BY id")]
    for who in (ben, guest):
        stack.join(who, room).must(200)
        refresh(http, who, room).must(200)
    assert [tuple(r) for r in stack.sql("SELECT * FROM admissions ORDER BY id")] == changes
    assert stack.one("PRAGMA data_version")[0] == before


def test_what_the_owner_did_to_a_guest_holds(stack, http, ann):
    """From the moderator's action to the guest who comes back, with the cookie and without."""
    room = stack.room(ann)
    first = stack.guest_join(room)
    cookies = {"bedrud_guest_id": first.cookies["bedrud_guest_id"].value}
    guest = cookies["bedrud_guest_id"].split(".")[0]
    token = first.must(200)["accessToken"]

    def comes_back():
        return (stack.guest_join(room, cookies=cookies), stack.guest_join(room),
                http.post("/api/room/refresh-token", {"roomName": room["name"]}, token=token))

    def do(verb):
        http.post(f"/api/room/{room['id']}/{verb}/{guest}", token=ann.token).must(200)
    do("kick")
    for r in comes_back():
        check_removed(r)
    do("ban")
    for r in comes_back():
        r.error(403, "banned")
    do("unban")
    for r in comes_back():
        r.must(200)


def test_the_network_of_an_address(stack, ann):
    """An IPv4 address, or 64 bits of an IPv6 one, as a trusted proxy tells it."""
    config = stack.variant("addresses", {"server": {"trustedProxies": ["127.0.0.0/8"],
                                                    "proxyHeader": "X-Forwarded-For"}})
    room, client = stack.room(ann), stack.cgi("join", config)

    def comes_from(address):
        return client.post("/api/room/guest-join", {"roomName": room["name"], "guestName": "Gast"},
                           headers={"X-Forwarded-For": address})
    for address in ("2001:db8:1:2::1", "192.0.2.7"):
        r = comes_from(address)
        shut(stack, room, r.cookies["bedrud_guest_id"].value.split(".")[0], 0)
    for address in ("2001:db8:1:2:ffff::1", "192.0.2.7", "::ffff:192.0.2.7"):
        comes_from(address).error(403, "banned")
    for address in ("2001:db8:1:3::1", "192.0.2.8", "::1"):
        comes_from(address).must(200)
