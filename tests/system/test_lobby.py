# SPDX-License-Identifier: Apache-2.0
"""The lobby: who isn't let in knocks, moderators admit or refuse, and invitations spare the knocking."""
import asyncio
import json
import time

import pytest

from lib.call import Person, until
from system.test_entry import SECOND, check_removed, invited, mark, shut, suspend
from system.test_join import ban_row


def knock(http, room, who=None, **kw):
    """who: an account, or the Cookie of a guest, or nobody yet."""
    body = {"roomName": room["name"], **kw}
    if isinstance(who, dict):
        return http.post("/api/room/knock", {"guestName": "Gast", **body}, cookies=who)
    return http.post("/api/room/knock", {**({} if who else {"guestName": "Gast"}), **body},
                     token=who.token if who else None)


def cookie(r):
    return {"bedrud_guest_id": r.cookies["bedrud_guest_id"].value}


def identity(cookies):
    return cookies["bedrud_guest_id"].split(".")[0]


def waiting(http, room, moderator):
    knocks = http.get(f"/api/room/{room['id']}/knocks", token=moderator.token).must(200)["knocks"]
    return [k["identity"] for k in knocks]


def decide(http, room, moderator, verb, who):
    return http.post(f"/api/room/{room['id']}/{verb}/{who}", token=moderator.token)


def later(stack, room, seconds):
    """So much time goes by for all who knocked."""
    ns = seconds * SECOND
    stack.sql("UPDATE knocks SET asked_at = asked_at - ?, seen_at = seen_at - ?, decided_at = decided_at - ? WHERE "
              "room_id = ?", ns, ns, ns, room["id"])


@pytest.fixture(params=[{"isPublic": False}, {"settings": {"requireApproval": True}}])
def room(stack, ann, request):
    return stack.room(ann, **request.param)


def test_an_account_is_admitted(stack, http, ann, ben, room):
    stack.join(ben, room).error(403)
    assert waiting(http, room, ann) == []
    assert knock(http, room, ben).must(200) == {"status": "waiting", "roomId": room["id"]}
    assert knock(http, room, ben).must(200)["status"] == "waiting"
    one, = http.get(f"/api/room/{room['id']}/knocks", token=ann.token).must(200)["knocks"]
    assert (one["identity"], one["name"], one["isGuest"], one["refusals"]) == (ben.id, ben.name, False, 0)
    assert one["askedAt"].endswith("Z")
    stack.join(ben, room).error(403)                    # waiting is not being let in
    decide(http, room, ann, "admit", ben.id).must(200)
    decide(http, room, ann, "admit", ben.id).must(200)
    assert waiting(http, room, ann) == []
    assert knock(http, room, ben).must(200)["status"] == "admitted"
    stack.join(ben, room).must(200)
    stack.join(ben, room).must(200)                     # and once more, without asking
    decide(http, room, ann, "refuse", ben.id).error(409)


def test_a_guest_is_admitted(stack, http, ann, room):
    first = knock(http, room)
    assert first.must(200)["status"] == "waiting"
    cookies = cookie(first)
    assert "bedrud_guest_id" not in knock(http, room, cookies).cookies
    one, = http.get(f"/api/room/{room['id']}/knocks", token=ann.token).must(200)["knocks"]
    assert (one["identity"], one["name"], one["isGuest"]) == (identity(cookies), "Gast", True)
    decide(http, room, ann, "admit", identity(cookies)).must(200)
    assert knock(http, room, cookies).must(200)["status"] == "admitted"
    stack.guest_join(room, cookies=cookies).must(200)
    stack.guest_join(room).error(403)                   # nobody else


def test_who_has_gone_isn_t_waiting(stack, http, ann, ben, room):
    knock(http, room, ben).must(200)
    later(stack, room, 29)
    assert waiting(http, room, ann) == [ben.id]
    knock(http, room, ben).must(200)                    # still there
    later(stack, room, 29)
    assert waiting(http, room, ann) == [ben.id]
    later(stack, room, 2)
    assert waiting(http, room, ann) == []
    before = stack.one("SELECT asked_at FROM knocks WHERE room_id = ?", room["id"])["asked_at"]
    assert knock(http, room, ben).must(200)["status"] == "waiting"
    assert stack.one("SELECT asked_at FROM knocks WHERE room_id = ?", room["id"])["asked_at"] > before
    assert waiting(http, room, ann) == [ben.id]


def test_refusals_become_final(stack, http, ann, ben, room):
    for wait in (60, 300):
        assert knock(http, room, ben).must(200)["status"] == "waiting"
        decide(http, room, ann, "refuse", ben.id).must(200)
        decide(http, room, ann, "refuse", ben.id).must(200)         # by two moderators: one refusal
        body = knock(http, room, ben).must(200)
        assert body["status"] == "refused" and wait - 2 <= body["retryAfter"] <= wait, body
        assert waiting(http, room, ann) == []
        later(stack, room, wait - 5)
        assert knock(http, room, ben).must(200)["retryAfter"] <= 5
        later(stack, room, 6)
    assert knock(http, room, ben).must(200)["status"] == "waiting"
    decide(http, room, ann, "refuse", ben.id).must(200)
    assert knock(http, room, ben).must(200) == {"status": "refused", "roomId": room["id"]}
    later(stack, room, 10 ** 6)
    assert knock(http, room, ben).must(200)["status"] == "refused"
    # Until somebody admits them, or invites them.
    decide(http, room, ann, "admit", ben.id).must(200)
    assert knock(http, room, ben).must(200)["status"] == "admitted"
    stack.join(ben, room).must(200)


def test_clearing_the_cookie_sheds_no_refusal(stack, http, ann, room):
    first = cookie(knock(http, room))
    decide(http, room, ann, "refuse", identity(first)).must(200)
    again = knock(http, room)
    assert again.must(200)["status"] == "refused" and again.must(200)["retryAfter"] > 50
    later(stack, room, 61)
    # Nor while one of them waits again.
    assert knock(http, room, first).must(200)["status"] == "waiting"
    second = cookie(knock(http, room))
    assert set(waiting(http, room, ann)) == {identity(first), identity(second)}
    decide(http, room, ann, "refuse", identity(second)).must(200)
    assert knock(http, room).must(200)["retryAfter"] > 200         # the second time
    later(stack, room, 301)
    third = cookie(knock(http, room))
    decide(http, room, ann, "refuse", identity(third)).must(200)
    assert "retryAfter" not in knock(http, room).must(200)
    # An invitation opens the door to one of them.
    token = http.post(f"/api/room/{room['id']}/invitations", {}, token=ann.token).must(200)["token"]
    assert knock(http, room, third, invitation=token).must(200)["status"] == "admitted"
    stack.guest_join(room, cookies=third).must(200)
    knock(http, room, first, invitation=token).error(403, "invitation")


def test_whom_knocking_doesn_t_help(stack, http, ann, ben, room):
    ban_row(stack, room, ben.id)
    knock(http, room, ben).error(403, "banned")
    other = stack.account("Other")
    stack.sql("INSERT INTO room_standing (room_id, user_id, kicked_until) VALUES (?, ?, ?)", room["id"], other.id,
              time.time_ns() + 60 * SECOND)
    check_removed(knock(http, room, other))
    with stack.settings(guest_login_enabled=0):
        knock(http, room).error(403)
        assert knock(http, room, stack.account("Third")).must(200)["status"] == "waiting"
    suspend(stack, room)
    knock(http, room, stack.account("Fourth")).error(403, "suspended")
    knock(http, {"name": "no-such-room"}, ben).error(404)
    knock(http, {"name": "x"}, ben).error(400)
    http.post("/api/room/knock", {"roomName": room["name"]}).error(400)       # no name for a guest
    http.post("/api/room/knock", body="{", token=ben.token).error(400)
    ended = stack.room(ann, isPublic=False)
    stack.sql("UPDATE rooms SET is_active = 0 WHERE id = ?", ended["id"])
    knock(http, ended, ben).error(410)


def test_a_banned_guest_s_network_doesn_t_knock(stack, http, ann):
    room = stack.room(ann)
    guest = identity(cookie(stack.guest_join(room)))
    stack.sql("UPDATE rooms SET is_public = 0 WHERE id = ?", room["id"])
    shut(stack, room, guest, 0)
    knock(http, room).error(403, "banned")


def test_whom_the_door_is_open_to(stack, http, ann, ben):
    assert knock(http, stack.room(ann), ben).must(200)["status"] == "admitted"
    private = stack.room(ann, isPublic=False)
    for who in (ann, stack.admin):
        assert knock(http, private, who).must(200)["status"] == "admitted"
    mark(stack, private, ben.id, is_moderator=1)
    assert knock(http, private, ben).must(200)["status"] == "admitted"
    assert stack.sql("SELECT 1 FROM knocks WHERE room_id = ?", private["id"]) == []


def test_a_cookie_is_no_account(stack, http, ann, ben, room):
    """What changes something needs the header: with the cookie alone one knocks as a guest."""
    r = http.post("/api/room/knock", {"roomName": room["name"], "guestName": "Gast"},
                  cookies={"access_token": ben.token})
    assert r.must(200)["status"] == "waiting" and "bedrud_guest_id" in r.cookies
    assert waiting(http, room, ann) == [identity(cookie(r))]


def test_strangers_in_numbers(stack, http, ann):
    """The limit of guests counts who begins to wait, not who goes on waiting."""
    config = stack.variant("knocks", {"rateLimit": {"guestMaxRequests": 2, "guestWindowSecs": 60}})
    room, app = stack.room(ann, isPublic=False), stack.cgi("room", config)

    def comes(**kw):
        return app.post("/api/room/knock", {"roomName": room["name"], "guestName": "Gast"},
                        extra={"REMOTE_ADDR": "192.0.2.200"}, **kw)
    first = cookie(comes())
    comes().must(200)
    late = comes()
    late.error(429)
    assert 0 < int(late.header("Retry-After")) <= 60
    for _ in range(3):
        assert comes(cookies=first).must(200)["status"] == "waiting"
    assert len(waiting(http, room, ann)) == 2


def test_who_may_decide(stack, http, ann, ben, room):
    stranger, moderator, third = (stack.account(n) for n in ("Stranger", "Moderator", "Third"))
    mark(stack, room, moderator.id, is_moderator=1)
    guest_moderator = stack.guest("Guest of A3")
    mark(stack, room, guest_moderator.id, is_moderator=1)
    for n, who in enumerate((ann, moderator, stack.admin, guest_moderator)):
        person = stack.account(f"Person {n}")
        knock(http, room, person).must(200)
        assert person.id in waiting(http, room, who)
        decide(http, room, who, "refuse" if n % 2 else "admit", person.id).must(200)
    knock(http, room, third).must(200)
    for who in (stranger, third, stack.guest("Another")):
        http.get(f"/api/room/{room['id']}/knocks", token=who.token).error(403)
        decide(http, room, who, "admit", third.id).error(403)
        decide(http, room, who, "refuse", third.id).error(403)
        http.get(f"/api/room/{room['id']}/invitations", token=who.token).error(403)
        http.post(f"/api/room/{room['id']}/invitations", {}, token=who.token).error(403)
        http.request("DELETE", f"/api/room/{room['id']}/invitations/x", token=who.token).error(403)
    assert waiting(http, room, ann) == [third.id]
    decide(http, room, ann, "admit", stranger.id).error(404)
    decide(http, {"id": "no-such-room"}, ann, "admit", third.id).error(404)
    ban_row(stack, room, third.id)
    decide(http, room, ann, "admit", third.id).error(409)
    stack.sql("UPDATE rooms SET is_active = 0 WHERE id = ?", room["id"])
    decide(http, room, ann, "refuse", third.id).error(410)


def test_invitations_are_made_and_taken_back(stack, http, ann, ben, room):
    at = f"/api/room/{room['id']}/invitations"
    first = http.post(at, None, token=ann.token).must(200)
    assert len(first["token"]) == 32 and first["email"] == "" and first["createdBy"] == ann.id
    second = http.post(at, {"email": " Ben@EXAMPLE.org ", "hours": 1}, token=ann.token).must(200)
    assert second["email"] == "ben@example.org"
    listed = http.get(at, token=ann.token).must(200)["invitations"]
    assert {i["id"] for i in listed} == {first["id"], second["id"]}
    assert all("token" not in i and i["usedAt"] is None for i in listed)
    for bad in ({"hours": 0}, {"hours": 721}, {"hours": "1"}, {"email": "no address"}, {"email": 3}):
        http.post(at, bad, token=ann.token).error(400)
    invited(http, ben, room, second["token"]).error(403, "invitation")       # not his address
    invited(http, ben, room, first["token"]).must(200)
    used, = [i for i in http.get(at, token=ann.token).must(200)["invitations"] if i["id"] == first["id"]]
    assert used["usedBy"] == ben.id and used["usedAt"]
    third = http.post(at, {}, token=ann.token).must(200)
    http.request("DELETE", f"{at}/{third['id']}", token=ann.token).must(200)
    http.request("DELETE", f"{at}/{third['id']}", token=ann.token).must(200)
    http.request("DELETE", f"{at}/no-such", token=ann.token).error(404)
    other = stack.room(ann)
    http.request("DELETE", f"/api/room/{other['id']}/invitations/{second['id']}", token=ann.token).error(404)
    invited(http, stack.account("Other"), room, third["token"]).error(403, "invitation")
    assert third["id"] not in {i["id"] for i in http.get(at, token=ann.token).must(200)["invitations"]}


def test_moderators_in_the_meeting_hear_of_it(stack, http, ann, ben):
    """On a real livekit-server: the owner who sits there is told, others aren't, and whoever was admitted comes in."""
    async def call():
        room = stack.room(ann, settings={"requireApproval": True, "allowAudio": True})
        mark(stack, room, ben.id, is_approved=1)
        async with Person(stack.join(ann, room).must(200)) as owner, Person(stack.join(ben, room).must(200)) as plain:
            await until("both have seats", lambda: stack.active(room) == {ann.id, ben.id})
            third = stack.account("Third")
            await asyncio.to_thread(knock, http, room, third)
            await until("the owner hears of it", lambda: owner.data)
            sender, topic, data = owner.data[0]
            assert sender is None and topic == "system"
            message = json.loads(data)
            assert (message["type"], message["event"], message["actor"], message["target"]) == (
                "system", "knock", third.id, third.id)
            await asyncio.to_thread(knock, http, room, third)           # a poll is no news
            (await asyncio.to_thread(decide, http, room, ann, "admit", third.id)).must(200)
            await until("and of the decision", lambda: len(owner.data) == 2)
            async with Person(stack.join(third, room).must(200)):
                await until("they are in", lambda: third.id in stack.active(room))
            assert plain.data == [] and len(owner.data) == 2
    asyncio.run(call())
