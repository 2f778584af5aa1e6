# SPDX-License-Identifier: Apache-2.0
"""How a room ends: by time, by LiveKit's word, by its owner; and what a name that is used again inherits: nothing of
the meeting before."""
import time

import jwt
import pytest

from lib import hooks

PAST = "2026-01-01 00:00:00+00:00"


@pytest.fixture
def room(stack, ann):
    return stack.room(ann)


def expire(stack, room):
    stack.sql("UPDATE rooms SET expires_at = ? WHERE id = ?", PAST, room["id"])


def is_active(stack, room):
    return stack.one("SELECT is_active FROM rooms WHERE id = ?", room["id"])[0]


def admissions(stack, room):
    return stack.one("SELECT count(*) FROM admissions WHERE room_id = ? AND voided_at = 0", room["id"])[0]


def test_an_expired_room_is_over(stack, http, ann, ben, room):
    stack.join(ben, room).must(200)
    expire(stack, room)
    assert stack.join(ann, room).must(200)["status"] == "archived_owned"
    stack.join(ben, room).error(410)
    stack.guest_join(room).error(410)
    http.get(f"/api/room/check/{room['name']}").error(410)
    http.post("/api/room/refresh-token", {"roomName": room["name"]}, token=ben.token).error(410)
    assert http.get(f"/api/room/{room['id']}/presence?countOnly=1").must(200) == {"count": 0}
    listed = [r for r in http.get("/api/room/list", token=ann.token).must(200) if r["id"] == room["id"]]
    assert [r["isActive"] for r in listed] == [False]


def test_the_name_of_an_expired_room_is_free(stack, http, ann, ben, room):
    old = stack.join(ben, room).must(200)
    expire(stack, room)
    new = http.post("/api/room/create", {"name": room["name"], "isPublic": True}, token=ben.token).must(200)
    assert new["id"] != room["id"] and new["createdBy"] == ben.id
    assert is_active(stack, room) == 0 and is_active(stack, new) == 1
    # A token for the old room bears an admission that is no good in the new one.
    admission = jwt.decode(old["token"], options={"verify_signature": False})["attributes"]["bedrud.admission"]
    stack.hook("participant_joined", new, identity=ben.id, admission=admission).must(200)
    assert stack.active(new) == set()


def test_persistent_rooms_have_no_end(stack, ben):
    room = stack.room(stack.admin, settings={"isPersistent": True})
    expire(stack, room)
    stack.join(ben, room).must(200)
    stack.hook("participant_joined", room, identity=ben.id).must(200)
    stack.hook("room_finished", room).must(200)
    assert (stack.active(room), is_active(stack, room)) == (set(), 1)
    stack.join(ben, room).must(200)


def test_no_meeting_ends_under_its_people(stack, http, ann, ben, room):
    """A call that goes past the room's time goes on, and is over with the call."""
    stack.hook("room_started", room).must(200)
    stack.hook("participant_joined", room, identity=ann.id).must(200)
    expire(stack, room)
    stack.join(ben, room).must(200)
    stack.guest_join(room).must(200)
    http.post("/api/room/refresh-token", {"roomName": room["name"]}, token=ann.token).must(200)
    http.post("/api/room/create", {"name": room["name"]}, token=ben.token).error(409)
    stack.hook("participant_joined", room, identity=ben.id).must(200)
    assert stack.active(room) == {ann.id, ben.id}
    stack.hook("room_finished", room).must(200)
    assert (stack.active(room), is_active(stack, room)) == (set(), 0)
    stack.join(ben, room).error(410)


def test_expired_rooms_do_not_count(stack, http):
    who = stack.account("Many Rooms")
    with stack.settings(max_rooms_per_user=1):
        first = http.post("/api/room/create", {}, token=who.token).must(200)
        http.post("/api/room/create", {}, token=who.token).error(403)
        expire(stack, first)
        http.post("/api/room/create", {}, token=who.token).must(200)
        http.post("/api/room/create", {}, token=who.token).error(403)
    assert is_active(stack, first) == 0


def test_the_end_voids_what_was_admitted(stack, ann, ben, room):
    stack.join(ann, room).must(200)
    stack.join(ben, room).must(200)
    assert admissions(stack, room) == 2
    stack.hook("room_finished", room).must(200)
    assert (admissions(stack, room), is_active(stack, room)) == (0, 0)


def test_a_room_that_is_recorded_ends_as_any(stack, room):
    """And its recording with it: a row that nobody moves any more must not keep a room open."""
    stack.sql("INSERT INTO recordings (id, room_id, room_name, egress_id, status, created_by, created_at, updated_at)"
              " VALUES (?, ?, ?, ?, 'started', 'x', ?, ?)", room["id"], room["id"], room["name"], room["id"], PAST,
              PAST)
    stack.hook("room_finished", room).must(200)
    assert is_active(stack, room) == 0
    facts = stack.one("SELECT state, stop_reason FROM recording_facts WHERE recording_id = ?", room["id"])
    assert tuple(facts) == ("stopping", "the meeting ended")


def test_late_reports_of_the_room_before(stack, http, ann, ben, room):
    """The name is used again: the older meeting's last words don't touch the newer room."""
    before = time.time() - 60
    old = hooks.body("room_finished", room["name"], "RM_before", created=before)
    joined = hooks.body("participant_joined", room["name"], "RM_before", identity=ben.id, participant_sid="PA_before",
                        created=before, joined_at=before)
    http.delete(f"/api/room/{room['id']}", token=ann.token).must(202)
    new = http.post("/api/room/create", {"name": room["name"], "isPublic": True}, token=ann.token).must(200)
    stack.post_hook(old).must(200)
    assert is_active(stack, new) == 1
    stack.post_hook(joined).must(200)
    assert stack.active(new) == set(), "whoever was in the room before took a seat in the new one"


def test_a_late_report_ends_no_room_that_was_opened_again(stack, ann, room):
    """As `bedrudctl room reactivate` opens it; what LiveKit says of the meeting since then counts."""
    now, day = time.time(), 86400
    stack.sql("UPDATE rooms SET created_at = ?, updated_at = ?, expires_at = ? WHERE id = ?", PAST,
              *(time.strftime("%F %T+00:00", time.gmtime(t)) for t in (now, now + day)), room["id"])
    stack.post_hook(hooks.body("room_finished", room["name"], "RM_last", created=now - 3)).must(200)
    assert is_active(stack, room) == 1
    stack.hook("room_finished", room).must(200)
    assert is_active(stack, room) == 0


def test_an_ended_room_takes_nobody(stack, ben, room):
    admitted = stack.join(ben, room).must(200)
    assert admitted["isActive"] is True
    stack.hook("room_finished", room).must(200)
    for event in ("room_started", "participant_joined"):
        stack.hook(event, room, "RM_again", **({"identity": ben.id} if event == "participant_joined" else {})).must(200)
    assert (stack.active(room), is_active(stack, room)) == (set(), 0)
