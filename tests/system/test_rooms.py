# SPDX-License-Identifier: Apache-2.0
"""Making, listing and ending rooms, and who is there."""
import re
import socket
import sqlite3
import threading
import uuid

import pytest

FLAGS = ["allowChat", "allowVideo", "allowAudio", "requireApproval", "e2ee", "isPersistent", "recordingsAllowed"]
ROOM_KEYS = {"id": str, "name": str, "createdBy": str, "isActive": bool, "isPublic": bool, "maxParticipants": int,
             "settings": dict, "mode": str, "adminId": str, "expiresAt": str, "createdAt": str, "updatedAt": str}


def name():
    return "room-" + uuid.uuid4().hex[:12]


def check_room(body):
    for k, kind in ROOM_KEYS.items():
        assert isinstance(body[k], kind), (k, body)
    assert sorted(body["settings"]) == sorted(FLAGS) and all(isinstance(v, bool) for v in body["settings"].values())
    assert re.match(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$", body["expiresAt"]), body["expiresAt"]


def create(http, who, **body):
    return http.post("/api/room/create", body, token=who.token)


# R1

def test_create(stack, http, ann):
    wanted = name()
    body = create(http, ann, name=f"  {wanted.upper()} ", isPublic=True, maxParticipants=20, mode="webinar",
                  settings={"allowChat": True, "allowVideo": True, "isPersistent": True}).must(200)
    check_room(body)
    assert body["name"] == wanted and body["createdBy"] == body["adminId"] == ann.id
    assert body["isActive"] is True and body["isPublic"] is True and body["maxParticipants"] == 20
    assert body["mode"] == "webinar"
    assert body["settings"] == {"allowChat": True, "allowVideo": True, "allowAudio": False, "requireApproval": False,
                                "e2ee": False, "isPersistent": False, "recordingsAllowed": True}
    assert body["livekitHost"] == f"ws://127.0.0.1:{stack.port}/livekit"
    row = stack.one("SELECT * FROM rooms WHERE id = ?", body["id"])
    assert row["settings_allow_video"] == 1 and row["settings_e2_ee"] == 0 and row["mode"] == "webinar"
    assert row["created_at"].endswith("+00:00") and row["created_at"][10] == " "
    assert row["deleted_at"] is None
    assert len(stack.sql("SELECT 1 FROM room_permissions WHERE room_id = ? AND user_id = ?", body["id"], ann.id)) == 1
    # The creator holds no seat before joining.
    assert stack.active(body) == set()


def test_create_with_nothing(http, ann):
    body = create(http, ann).must(200)
    check_room(body)
    assert re.fullmatch(r"[a-z]{3}-[a-z]{4}-[a-z]{3}", body["name"])
    assert body["isPublic"] is False and body["maxParticipants"] == 0 and body["mode"] == "standard"
    # Without settings people may speak, be seen and write (upstream: nothing of it); flags missing in settings are
    # false.
    on = {"allowChat", "allowVideo", "allowAudio", "recordingsAllowed"}
    assert {k for k, v in body["settings"].items() if v} == on
    assert {k for k, v in create(http, ann, settings={}).must(200)["settings"].items() if v} == {"recordingsAllowed"}
    assert re.fullmatch(r"[a-z]{3}-[a-z]{4}-[a-z]{3}", create(http, ann, name="  ").must(200)["name"])
    assert create(http, ann).must(200)["name"] != body["name"]


@pytest.mark.parametrize("wanted", ["ab", "a" * 64, "-abc", "abc-", "a--b", "a b c", "äbc", "abc_d", "abc.d", "a/b/c",
                                    "abc\n", "abc!",
                                    "..", "<abc>", "a\u0000bc"])
def test_create_refuses_a_name(http, ann, wanted):
    if wanted == "abc\n":   # trimmed
        assert create(http, ann, name=f"{name()}\n").status == 200
    else:
        create(http, ann, name=wanted).error(400)


@pytest.mark.parametrize("body,status,wanted", [
    ({"maxParticipants": -5}, 200, 0), ({"maxParticipants": 0}, 200, 0), ({"maxParticipants": 1}, 200, 1),
    ({"maxParticipants": 1000}, 200, 1000), ({"maxParticipants": 1001}, 400, None),
    ({"maxParticipants": 2 ** 40}, 400, None),
    ({"mode": ""}, 200, 0), ({"mode": "standard"}, 200, 0), ({"mode": "broadcast"}, 200, 0),
    ({"mode": "party"}, 400, None),
    ({"MAXPARTICIPANTS": 7}, 200, 7), ({"settings": None}, 200, 0), ({"name": None, "mode": None}, 200, 0),
    ({"settings": {"ALLOWCHAT": True, "unknown": 5}}, 200, 0),
])
def test_create_bounds(http, ann, body, status, wanted):
    r = create(http, ann, **body)
    assert r.status == status, r
    if status == 200:
        assert r.json()["maxParticipants"] == wanted
    else:
        r.error(400)


def test_create_limits_from_settings(stack, http):
    who = stack.account()
    with stack.settings(max_participants_limit=10, max_rooms_per_user=2):
        create(http, who, maxParticipants=11).error(400)
        for _ in range(2):
            room = create(http, who, maxParticipants=10).must(200)
        create(http, who).error(403)
        assert create(http, stack.admin).status == 200      # exempt
        assert create(http, stack.admin).status == 200
        assert create(http, stack.admin).status == 200
        http.delete(f"/api/room/{room['id']}", token=who.token).must(202)
        create(http, who).must(200)                 # only active rooms count


def test_create_is_for_accounts(stack, http):
    create(http, stack.guest()).error(403)
    http.post("/api/room/create", {}).error(401)


def test_superadmin_may_make_persistent_rooms(stack, http):
    assert create(http, stack.admin, settings={"isPersistent": True}).must(200)["settings"]["isPersistent"] is True


@pytest.fixture
def trap():
    """A server in LiveKit's place that counts who calls."""
    calls = []
    with socket.create_server(("127.0.0.1", 0)) as s:
        def serve():
            while True:
                try:
                    conn, _ = s.accept()
                except OSError:
                    return
                with conn:
                    calls.append(conn.recv(500))
                    conn.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")
        threading.Thread(target=serve, daemon=True).start()
        yield s.getsockname()[1], calls
        s.shutdown(socket.SHUT_RDWR)


def test_create_never_calls_livekit(stack, http, ann, ben, trap):
    port, calls = trap
    config = stack.variant("trap", {"livekit": {"internalHost": f"http://127.0.0.1:{port}"}})
    room = stack.cgi("room", config)
    body = room.post("/api/room/create", {"name": name()}, token=ann.token).must(200)
    room.post("/api/room/create", {"name": body["name"]}, token=ben.token).error(409)
    room.post("/api/room/create", {"name": body["name"]}, token=ann.token).error(409)
    assert calls == []
    room.request("DELETE", f"/api/room/{body['id']}", token=ann.token).must(202)
    assert b"/twirp/livekit.RoomService/ListParticipants" in calls[0], calls    # so the trap does catch


def test_taken_name_leaves_the_room_alone(stack, http, ann, ben):
    room = stack.room(ann, name=name())
    stack.hook("participant_joined", room, identity=ann.id).must(200)
    before = [tuple(r) for t in ("rooms", "room_participants", "seats", "live_rooms")
              for r in stack.sql(f"SELECT * FROM {t} WHERE {'id' if t == 'rooms' else 'room_id'} = ?", room["id"])]
    assert len(before) >= 3
    for who in (ben, ann):
        create(http, who, name=room["name"].upper()).error(409)
    after = [tuple(r) for t in ("rooms", "room_participants", "seats", "live_rooms")
             for r in stack.sql(f"SELECT * FROM {t} WHERE {'id' if t == 'rooms' else 'room_id'} = ?", room["id"])]
    assert after == before


def test_a_name_is_free_again_after_the_room(stack, http, ann, ben):
    room = stack.room(ann, name=name())
    http.delete(f"/api/room/{room['id']}", token=ann.token).must(202)
    again = create(http, ben, name=room["name"]).must(200)
    assert again["id"] != room["id"] and again["createdBy"] == ben.id


# R6

def test_list(stack, http):
    who, other = stack.account(), stack.account()
    assert http.get("/api/room/list", token=who.token).must(200) == []
    rooms = [stack.room(who, name=name()) for _ in range(3)]
    stack.room(other)
    body = http.get("/api/room/list", token=who.token).must(200)
    assert isinstance(body, list) and [r["id"] for r in body] == [r["id"] for r in reversed(rooms)]
    for r in body:
        check_room(r)
        assert "lastActivityAt" in r and "deletedAt" not in r
    http.delete(f"/api/room/{rooms[0]['id']}", token=who.token).must(202)
    assert [r["id"] for r in http.get("/api/room/list", token=who.token).must(200)] == [rooms[2]["id"], rooms[1]["id"]]
    # An ended room stays in the list; of one name only the newest row.
    stack.sql("UPDATE rooms SET is_active = 0 WHERE id = ?", rooms[1]["id"])
    body = http.get("/api/room/list", token=who.token).must(200)
    assert [(r["id"], r["isActive"]) for r in body] == [(rooms[2]["id"], True), (rooms[1]["id"], False)]
    new = stack.room(who, name=rooms[1]["name"])
    assert [r["id"] for r in http.get("/api/room/list", token=who.token).must(200)] == [new["id"], rooms[2]["id"]]
    assert http.get("/api/room/list", cookies={"access_token": who.token}).must(200)
    http.get("/api/room/list").error(401)
    http.get("/api/room/list", token=stack.guest().token).error(403)


# R8

def test_delete(stack, http, ann, ben):
    room = stack.room(ann)
    path = f"/api/room/{room['id']}"
    http.delete(path).error(401)
    http.delete(path, token=ben.token).error(403)
    http.delete(path, token=stack.guest().token).error(403)
    http.delete(f"/api/room/{uuid.uuid4()}", token=ann.token).error(404)
    http.delete(f"/api/room/{room['name']}", token=ann.token).error(404)     # the id, never the name
    stack.hook("participant_joined", room, identity=ben.id).must(200)
    assert isinstance(http.delete(path, token=ann.token).must(202)["message"], str)
    row = stack.one("SELECT * FROM rooms WHERE id = ?", room["id"])
    assert row["is_active"] == 0 and row["deleted_at"]
    assert stack.active(room) == set()
    assert http.delete(path, token=ann.token).status in (404, 409)


def test_delete_by_others(stack, http, ann, ben):
    room = stack.room(ann)
    # adminId is not enough, the creator counts; a superadmin may.
    stack.sql("UPDATE rooms SET admin_id = ? WHERE id = ?", ben.id, room["id"])
    http.delete(f"/api/room/{room['id']}", token=ben.token).error(403)
    http.delete(f"/api/room/{room['id']}", token=stack.admin.token).must(202)


def test_delete_takes_any_body(stack, http, ann):
    for kw in ({}, {"json": {}}, {"body": b"x", "kind": "text/plain"}, {"body": b"", "kind": "application/json"}):
        room = stack.room(ann)
        http.request("DELETE", f"/api/room/{room['id']}", token=ann.token, **kw).must(202)


def test_delete_while_livekit_is_away(stack, ann):
    """The room ends in the books even when the media server can't be told."""
    config = stack.variant("away", {"livekit": {"internalHost": "http://127.0.0.1:9"}})
    room = stack.room(ann)
    r = stack.cgi("room", config).request("DELETE", f"/api/room/{room['id']}", token=ann.token)
    assert r.status in (202, 502, 503), r
    row = stack.one("SELECT is_active FROM rooms WHERE id = ?", room["id"])
    assert row["is_active"] == (0 if r.status == 202 else 1), "the answer and the row disagree"


# R10

def test_presence_holds_nothing_while_livekit_is_slow(stack, ann):
    """A LiveKit that doesn't answer: the log of the store can be emptied meanwhile, so nobody reads from it."""
    room = stack.room(ann)
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        config = stack.variant("slow", {"livekit": {"internalHost": f"http://127.0.0.1:{deaf.getsockname()[1]}"}})
        app = stack.fastcgi("room", config)
        pending = app.begin("GET", f"/api/room/{room['id']}/presence", token=ann.token)
        call = deaf.accept()[0]
        stack.sql("UPDATE rooms SET updated_at = updated_at WHERE id = ?", room["id"])
        db = sqlite3.connect(stack.database, timeout=0.5)
        busy = db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        db.close()
        call.close()
        assert pending.finish().must(200) == {"participants": []}
        assert app.stop() == 0
        assert busy == 0


def test_presence(stack, http, ann, ben):
    room, private = stack.room(ann), stack.room(ann, isPublic=False)
    path = f"/api/room/{room['id']}/presence"
    for q in ("countOnly=1", "countOnly=true", "x=1&countOnly=1"):
        assert http.get(f"{path}?{q}").must(200) == {"count": 0}
        assert http.get(f"{path}?{q}", token="nonsense").must(200) == {"count": 0}
    http.get(path).error(401)
    assert http.get(path, token=ben.token).must(200) == {"participants": []}
    assert http.get(path, cookies={"access_token": ben.token}).must(200) == {"participants": []}
    http.get(f"/api/room/{private['id']}/presence?countOnly=1", token=ben.token).error(404)
    assert http.get(f"/api/room/{private['id']}/presence", token=ben.token).must(200) == {"participants": []}
    http.get(f"/api/room/{uuid.uuid4()}/presence?countOnly=1").error(404)
    http.get(f"/api/room/{uuid.uuid4()}/presence", token=ben.token).error(404)
