# SPDX-License-Identifier: Apache-2.0
"""Each action of moderation, by each role on each target, on a real livekit-server; what comes of it is seen by another
participant. The matrix itself is tests/unit/meeting/test_moderation.c; here it is what the routes and LiveKit do."""
import asyncio
import concurrent.futures
import contextlib
import http.server
import json
import threading
import time

import jwt
import pytest
from livekit import api as livekit_api

from lib.crowd import Crowd
from lib.http import Client
from lib.stack import poll
from lib.visitor import by_actor

KINDS = ("participant", "moderator", "guest")
ACTIONS = {"kick": "kick/{}", "ban": "ban/{}", "mute": "mute/{}", "promote": "promote/{}", "demote": "demote/{}",
           "deafen": "deafen/{}", "undeafen": "undeafen/{}", "video off": "video/{}/off",
           "screen stop": "screenshare/{}/stop", "chat block": "chat/{}/block", "chat unblock": "chat/{}/unblock",
           "ask unmute": "ask/{}/unmute", "ask camera": "ask/{}/camera", "spotlight": "spotlight/{}",
           "stage bring": "stage/{}/bring", "stage remove": "stage/{}/remove", "unban": "unban/{}"}
OWNERS_OWN = ("promote", "demote")
ON_ANYBODY = ("spotlight", "promote", "demote", "stage bring", "stage remove", "unban")


class Meeting:
    """A room, people with a role in it, and participants in LiveKit."""

    def __init__(self, stack, folder, **wishes):
        self.stack, self.folder, self.exits = stack, folder, contextlib.ExitStack()
        self.owner = stack.account("Olga Owner")
        self.room = stack.room(self.owner, **wishes)
        self.base = f"/api/room/{self.room['id']}/"
        self.superadmin = stack.admin

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.exits.close()

    def post(self, who, action, target):
        return self.stack.http.post(self.base + ACTIONS[action].format(getattr(target, "id", target)), token=who.token)

    def moderator(self, name="Mona Moderator"):
        who = self.stack.account(name)
        self.post(self.owner, "promote", who).must(200)
        return who

    def guest(self, name="Gast"):
        return Guest(self.stack.guest_join(self.room, name).must(200))

    def kind(self, kind):
        """Somebody of that kind who isn't in yet, and the answer to their join."""
        if kind == "guest":
            who = self.guest()
            return who, who.joined
        who = self.moderator() if kind == "moderator" else self.stack.account("Paul Participant")
        return who, self.stack.join(who, self.room).must(200)

    def enter(self, who, joined=None):
        """In LiveKit, by the SDK."""
        joined = joined or self.stack.join(who, self.room).must(200)
        visitor = self.exits.enter_context(by_actor(joined, self.folder / f"{who.id}.log"))
        visitor.comes()
        return visitor

    def standing(self, who):
        return self.stack.http.get(self.base + "standing", token=who.token).must(200)


class Guest:
    """A guest of a join link."""

    def __init__(self, joined):
        self.joined, self.token = joined, joined["tokens"]["accessToken"]
        self.id = jwt.decode(joined["token"], options={"verify_signature": False})["sub"]


@pytest.fixture
def meeting(stack, tmp_path):
    made = contextlib.ExitStack()
    with made:
        yield lambda **wishes: made.enter_context(Meeting(stack, tmp_path, **wishes))


@pytest.fixture(scope="module")
def crowd(tmp_path_factory):
    c = Crowd(tmp_path_factory.mktemp("crowd"))
    yield c
    c.close()


def events(visitor):
    """What the server told by data: no participant sent it."""
    out = [json.loads(text) for who, topic, text in visitor["data"] if topic == "system" and who is None]
    return [(e["event"], e["actor"], e["target"]) for e in out if e["type"] == "system"]


def hears(visitor, event, actor, target):
    poll(f"{event} on {target}", lambda: (event, actor.id, target.id) in events(visitor), log=lambda: visitor.now)


def metadata(visitor, who):
    """What others read of somebody; nothing is {}, and has no accesses."""
    return {"accesses": [], **json.loads(visitor["others"][who.id]["metadata"] or "{}")}


def track(visitor, who, source):
    """muted of somebody's track, as another participant sees it; None: there is none."""
    return visitor["others"].get(who.id, {}).get("tracks", {}).get(source)


def sees(visitor, who, source, muted):
    poll(f"{source} of {who.id} {muted}", lambda: track(visitor, who, source) is muted, log=lambda: visitor.now)


def in_livekit(m, who):
    """What LiveKit says of somebody."""
    reply = m.stack.http.get(f"{m.base}participant/{who.id}/info", token=m.owner.token)
    return reply.must(200) if reply.status != 404 else None


def test_who_may_do_what_to_whom(stack, meeting):
    """The routes ask the matrix, for everybody; what is refused has no effect, of which the target would hear."""
    m = meeting()
    moderator, other, plain, guest = m.moderator(), m.moderator(), stack.account(), m.guest()
    targets = {"other": other, "guest": guest, "owner": m.owner}
    target = m.enter(other)
    for name, actor in {"plain": plain, "guest": m.guest(), "moderator": moderator}.items():
        for action in ACTIONS:
            for kind, who in targets.items():
                allowed = name == "moderator" and action not in OWNERS_OWN and (kind != "owner" or action in ON_ANYBODY)
                if not allowed:
                    m.post(actor, action, who).error(403)
    for actor in (m.owner, m.superadmin):
        for action in ACTIONS:
            if action not in ON_ANYBODY and actor is not m.owner:
                m.post(actor, action, m.owner).error(403)
            if action not in ON_ANYBODY + ("video off",):
                m.post(actor, action, actor).error(400)
    assert in_livekit(m, other) and events(target) == []
    assert m.standing(other)["role"] == "moderator" and m.standing(guest)["role"] == "participant"
    stack.http.post(m.base + f"ask/{other.id}/dance", token=m.owner.token).error(400)
    stack.http.post("/api/room/no-such-room/kick/" + other.id, token=m.owner.token).error(404)
    stack.http.post(m.base + f"kick/{other.id}").error(401)
    for action in ("kick", "ban", "mute", "promote", "deafen", "spotlight"):
        m.post(m.owner, action, "nobody-at-all").error(404)
    m.post(m.owner, "unban", plain).error(404)
    for action in ("mute", "video off", "screen stop", "ask unmute", "spotlight"):
        m.post(m.owner, action, plain if action == "spotlight" else guest).error(404)
    for action in ("stage bring", "stage remove"):
        m.post(m.owner, action, other).error(409)


@pytest.mark.parametrize("action", ["kick", "ban"])
def test_who_is_sent_away(stack, http, meeting, crowd, action):
    """By each role, each kind of target: out of LiveKit, and not back in by a new join nor by the old token."""
    m = meeting(maxParticipants=0)
    actors = {"owner": m.owner, "moderator": m.moderator(), "superadmin": m.superadmin}
    witness = m.enter(stack.account("Wanda Witness"))
    cast = [(actor, *m.kind(kind)) for actor in actors.values() for kind in KINDS]
    for _, who, joined in cast:
        crowd.join(who.id, joined)
    crowd.settles()
    poll("all seen", lambda: {who.id for _, who, _ in cast} <= set(witness["others"]))
    for actor, who, _ in cast:
        m.post(actor, action, who).must(200)
    for actor, who, _ in cast:
        crowd.goes(who.id)
        hears(witness, action, actor, who)
        poll(f"{who.id} gone", lambda: who.id not in witness["others"])
        m.post(who, "spotlight", m.owner).error(403)        # a moderator no more
    for actor, who, joined in cast:
        reply = stack.join(who, m.room)
        reply.error(403, "banned" if action == "ban" else "removed")
        crowd.stayed.pop(who.id, None)
        crowd.join(who.id, joined)                          # the token from before
    for _, who, _ in cast:
        poll(f"{who.id} is undone", lambda: crowd[who.id] not in ("in", "coming"))
    stayed = sorted(crowd.stayed.get(who.id, 0) for _, who, _ in cast)
    print("seconds in with an old token:", [round(s, 3) for s in stayed])
    assert stayed[len(stayed) // 2] < 3, stayed             # a tenth of one, were nobody else at work here
    bans = {b["identity"]: b for b in http.get(m.base + "bans", token=actors["moderator"].token).must(200)["bans"]}
    assert set(bans) == {who.id for _, who, _ in cast}
    assert all(b["isBanned"] == (action == "ban") and bool(b["until"]) == (action == "kick") for b in bans.values())
    http.get(m.base + "bans", token=stack.account().token).error(403)
    for actor, who, _ in cast:
        m.post(actor, "unban", who).must(200)
        m.post(actor, "unban", who).error(404)
    who = cast[0][1]
    crowd.join(who.id, stack.join(who, m.room).must(200))
    crowd.comes(who.id)
    crowd.leave(who.id)


def test_sdk_client_is_removed(stack, meeting):
    m = meeting()
    who = stack.account()
    target = m.enter(who)
    m.post(m.owner, "kick", who).must(200)
    poll("disconnected", lambda: target.is_cut_off())
    # Absent by now: nothing more to do, and a ban is good.
    m.post(m.owner, "kick", who).must(200)
    m.post(m.owner, "ban", who).must(200)
    stack.join(who, m.room).error(403, "banned")


def test_agents_are_not_ours_to_restrict(stack, meeting, crowd):
    """Whom another holder of the API key let in has no standing here, but can be sent away."""
    m = meeting()
    name = "agent-" + m.room["name"]
    token = livekit_api.AccessToken(stack.key, stack.secrets["livekit"]).with_identity(name).with_kind(
        "agent").with_grants(livekit_api.VideoGrants(room_join=True, room=m.room["name"])).to_jwt()
    crowd.join(name, {"livekitHost": f"ws://127.0.0.1:{stack.livekit_port}", "token": token})
    crowd.comes(name)
    for action in ("deafen", "chat block", "promote"):
        m.post(m.owner, action, name).error(409)
    m.post(m.owner, "mute", name).must(200)
    assert crowd[name] == "in"
    m.post(m.owner, "kick", name).must(200)
    crowd.goes(name)
    m.post(m.owner, "kick", name).error(404)


@pytest.fixture(scope="module")
def gathering(stack, tmp_path_factory):
    """One meeting for all that leaves everybody in it."""
    with Meeting(stack, tmp_path_factory.mktemp("gathering")) as m:
        m.actors = {"owner": m.owner, "moderator": m.moderator(), "superadmin": m.superadmin}
        m.people = {kind: m.kind(kind) for kind in KINDS}
        m.seen = {kind: m.enter(*of) for kind, of in m.people.items()}
        m.witness_account = stack.account("Wanda Witness")
        m.witness = m.enter(m.witness_account)
        for v in (m.witness, *m.seen.values()):
            v.tell("microphone")
        for v in m.seen.values():
            v.tell("camera")
            v.tell("screen")
        for who, _ in m.people.values():
            for source in ("microphone", "camera", "screen"):
                sees(m.witness, who, source, False)
        yield m


def each(m):
    """Each actor on each target."""
    for kind, (who, _) in m.people.items():
        for actor in m.actors.values():
            yield actor, who, m.seen[kind]


@pytest.mark.parametrize("action, event, source", [
    ("mute", "mute", "microphone"), ("video off", "video_off", "camera"), ("screen stop", "screen_stop", "screen")])
def test_tracks_are_muted(gathering, action, event, source):
    m = gathering
    for actor, who, target in each(m):
        m.post(actor, action, who).must(200)
        sees(m.witness, who, source, True)
        hears(target, event, actor, who)
        assert (event, actor.id, who.id) not in events(m.witness)
        target.tell(["unmute", source])
        sees(m.witness, who, source, False)
    untouched = {"microphone", "camera", "screen"} - {source}
    assert all(track(m.witness, who, s) is False for who, _ in m.people.values() for s in untouched)


def test_deafened_people_hear_nothing(gathering):
    m = gathering
    witness = m.witness_account.id
    for actor in m.actors.values():
        for who, _ in m.people.values():
            m.post(actor, "deafen", who).must(200)
        for kind, (who, _) in m.people.items():
            hears(m.seen[kind], "deafen", actor, who)
            assert m.standing(who)["isDeafened"] and not m.standing(who)["canSubscribe"]
        poll("silence", lambda: silent(m.seen.values(), witness), every=0.3)
        before = [v["sound"].get(witness, 0) for v in m.seen.values()]
        for who, _ in m.people.values():
            m.post(actor, "undeafen", who).must(200)
        for n, (kind, (who, _)) in enumerate(m.people.items()):
            hears(m.seen[kind], "undeafen", actor, who)
            poll("sound again", lambda: m.seen[kind]["sound"].get(witness, 0) > before[n] + 20000)
            assert m.standing(who)["canSubscribe"]


def silent(visitors, witness):
    """No more sound for half a second: the tone never stops."""
    before = [v["sound"].get(witness, 0) for v in visitors]
    time.sleep(0.6)
    return [v["sound"].get(witness, 0) for v in visitors] == before


def test_blocked_people_write_nothing(gathering):
    m = gathering
    for n, (actor, who, target) in enumerate(each(m)):
        m.post(actor, "chat block", who).must(200)
        hears(target, "chat_block", actor, who)
        poll("metadata", lambda: metadata(m.witness, who).get("chatBlocked") is True)
        target.tell(["say", f"blocked {n}"])
        poll("said, or refused", lambda: any(deed == ["say", f"blocked {n}"] for deed, _ in target["told"]))
        m.post(actor, "chat unblock", who).must(200)
        hears(target, "chat_unblock", actor, who)
        poll("metadata", lambda: metadata(m.witness, who).get("chatBlocked") is False)
        target.tell(["say", f"free {n}"])
        poll("heard", lambda: [who.id, "chat", f"free {n}"] in m.witness["data"], log=lambda: m.witness.now)
        assert [who.id, "chat", f"blocked {n}"] not in m.witness["data"]


@pytest.mark.parametrize("action, event", [("ask unmute", "ask_unmute"), ("ask camera", "ask_camera")])
def test_asking_is_a_word_to_one(gathering, action, event):
    m = gathering
    for actor, who, target in each(m):
        m.post(actor, action, who).must(200)
        hears(target, event, actor, who)
        assert event not in [e for e, _, _ in events(m.witness)]


def test_the_spotlight_is_told_to_all(gathering):
    m = gathering
    for actor, who, target in each(m):
        m.post(actor, "spotlight", who).must(200)
        hears(m.witness, "spotlight", actor, who)
        hears(target, "spotlight", actor, who)


def test_promoted_people_moderate(stack, gathering):
    """By the owner and superadmins; a guest, too. The controls that clients show go by metadata, the power doesn't."""
    m = gathering
    for actor in (m.owner, m.superadmin):
        for kind in ("participant", "guest"):
            who, _ = m.people[kind]
            assert m.post(actor, "promote", who).must(200) == {"status": "success"}
            assert m.post(actor, "promote", who).must(200) == {"status": "already_moderator"}
            hears(m.seen[kind], "promote", actor, who)
            poll("metadata", lambda: "moderator" in metadata(m.witness, who)["accesses"])
            assert m.standing(who)["role"] == "moderator" and m.standing(who)["people"]
            m.post(who, "spotlight", m.witness_account).must(200)
            m.post(actor, "demote", who).must(200)
            hears(m.seen[kind], "demote", actor, who)
            poll("metadata", lambda: "moderator" not in metadata(m.witness, who)["accesses"])
            assert m.standing(who)["role"] == "participant" and "people" not in m.standing(who)
            m.post(who, "spotlight", m.witness_account).error(403)


def test_let_speak_and_show(stack, meeting):
    """A room that withholds microphone and camera: who is asked is given them first, and who is muted gives them back.
    """
    m = meeting(settings={"allowChat": True, "allowAudio": False, "allowVideo": False})
    who, witness_account = stack.account(), stack.account()
    target, witness = m.enter(who), m.enter(witness_account)
    for ask, take, source, may in (("ask unmute", "mute", "microphone", "canSpeak"),
                                   ("ask camera", "video off", "camera", "canShow")):
        assert not m.standing(who)[may]
        m.post(m.owner, ask, who).must(200)
        hears(target, ask.replace(" ", "_"), m.owner, who)
        assert m.standing(who)[may]
        target.tell(source)
        sees(witness, who, source, False)
        m.post(m.owner, take, who).must(200)
        sees(witness, who, source, None)        # taken down, not muted: it may not be sent any more
        assert not m.standing(who)[may]
    people = m.standing(m.owner)["people"]
    assert all(not p["maySpeak"] and not p["mayShow"] for p in people)


def permission(stack, room, who):
    """What LiveKit lets somebody do: subscribe, data."""
    async def ask():
        async with livekit_api.LiveKitAPI(f"http://127.0.0.1:{stack.livekit_port}", stack.key,
                                          stack.secrets["livekit"]) as api:
            return await api.room.get_participant(livekit_api.RoomParticipantIdentity(
                room=room["name"], identity=who.id))
    p = asyncio.run(ask()).permission
    return p.can_subscribe, p.can_publish_data


class SlowWay(http.server.ThreadingHTTPServer):
    """A way to LiveKit's API on which UpdateParticipant waits until it may go on."""

    daemon_threads = True

    def __init__(self, livekit_port):
        self.waits, self.may_go = threading.Event(), threading.Event()
        self.livekit = Client(livekit_port)
        super().__init__(("127.0.0.1", 0), Hop)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Hop(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path.endswith("/UpdateParticipant"):
            self.server.waits.set()
            assert self.server.may_go.wait(4)
        reply = self.server.livekit.post(self.path, body=body, headers={
            "Authorization": self.headers["Authorization"], "Content-Type": "application/json"})
        self.send_response(reply.status)
        self.send_header("Content-Length", str(len(reply.body)))
        self.end_headers()
        self.wfile.write(reply.body)

    def log_message(self, *words):
        pass


def test_two_moderators_at_once(stack, meeting, crowd):
    """One reads first and sends last: what comes of it is what both did, not what the first one saw."""
    m = meeting()
    who = stack.account()
    crowd.join(who.id, stack.join(who, m.room).must(200))
    crowd.comes(who.id)
    assert permission(stack, m.room, who) == (True, True)
    with SlowWay(stack.livekit_port) as way, concurrent.futures.ThreadPoolExecutor(1) as pool:
        slow = stack.fastcgi("room", stack.variant("slow", {
            "livekit": {"internalHost": f"http://127.0.0.1:{way.server_port}"}}))
        try:
            deafened = pool.submit(slow.request, "POST", f"{m.base}deafen/{who.id}", token=m.owner.token)
            assert way.waits.wait(10)
            m.post(m.owner, "chat block", who).must(200)
            assert permission(stack, m.room, who) == (False, False)
            way.may_go.set()
            deafened.result().must(200)
        finally:
            way.may_go.set()
            slow.stop()
            way.shutdown()
    assert permission(stack, m.room, who) == (False, False)
    crowd.leave(who.id)


@pytest.mark.parametrize("mode", ["webinar", "broadcast"])
def test_only_the_stage_is_heard(stack, meeting, mode):
    m = meeting(mode=mode)
    who, witness_account = stack.account(), stack.account()
    target, witness = m.enter(who), m.enter(witness_account)
    assert not m.standing(who)["canPublish"]
    m.post(m.owner, "ask unmute", who).error(409)
    for actor in (m.owner, m.moderator(), m.superadmin):
        m.post(actor, "stage bring", who).must(200)
        hears(target, "stage_bring", actor, who)
        assert m.standing(who)["isOnStage"] and m.standing(who)["canPublish"]
        target.tell("microphone")
        sees(witness, who, "microphone", False)
        m.post(actor, "stage remove", who).must(200)
        hears(target, "stage_remove", actor, who)
        sees(witness, who, "microphone", None)
    m.post(who, "stage bring", who).error(403)


def test_settings_hold_for_who_is_in(stack, http, meeting):
    m = meeting()
    who, witness_account = stack.account(), stack.account()
    target, witness = m.enter(who), m.enter(witness_account)
    for source in ("microphone", "camera"):
        target.tell(source)
        sees(witness, who, source, False)

    def put(body, by=m.owner):
        return http.request("PUT", m.base + "settings", json=body, token=by.token)
    put({"settings": {"allowAudio": False}}, who).error(403)
    put({"settings": {"allowAudio": False}}, m.moderator()).error(403)
    put({"settings": {"allowAudio": "no"}}).error(400)
    put({"maxParticipants": 100000}).error(400)
    room = put({"settings": {"allowAudio": False}}).must(200)
    assert room["settings"] == {**m.room["settings"], "allowAudio": False} and room["isPublic"] is True
    sees(witness, who, "microphone", None)
    assert track(witness, who, "camera") is False
    poll("settings told", lambda: ("settings", m.owner.id, "") in events(witness))
    # Bare flags, as the iOS app sends them; isPersistent is a superadmin's.
    room = put({"allowAudio": True, "isPersistent": True, "maxParticipants": 9, "isPublic": False}).must(200)
    assert room["settings"]["allowAudio"] and not room["settings"]["isPersistent"]
    assert (room["maxParticipants"], room["isPublic"]) == (9, False)
    assert put({"settings": {"isPersistent": True}}, m.superadmin).must(200)["settings"]["isPersistent"]
    target.tell("microphone")
    sees(witness, who, "microphone", False)
    # Who is in a private room is its owner's and moderators' business.
    for by, n in ((m.owner, 2), (m.superadmin, 2), (m.moderator(), 2), (stack.account(), 0)):
        assert len(http.get(m.base + "presence", token=by.token).must(200)["participants"]) == n


def test_profile_and_info(stack, http, gathering):
    m = gathering
    who, other = m.people["participant"][0], m.people["guest"][0]

    def get(what, of, by):
        return http.get(f"{m.base}participant/{of.id}/{what}", token=by.token)
    assert get("profile", who, other).must(200) == {"id": who.id, "name": who.name, "avatarUrl": ""}
    get("profile", who, stack.account()).error(403)
    get("profile", stack.account(), who).error(404)
    info = get("info", who, m.actors["moderator"]).must(200)
    assert (info["identity"], info["name"], info["state"]) == (who.id, who.name, "ACTIVE")
    assert abs(info["joinedAt"] - time.time()) < 3600
    assert {(t["type"], t["source"], t["muted"]) for t in info["tracks"]} == {
        ("AUDIO", "MICROPHONE", False), ("VIDEO", "CAMERA", False), ("VIDEO", "SCREEN_SHARE", False)}
    assert get("info", who, who).must(200) == info
    get("info", who, other).error(403)
    get("info", stack.account(), m.owner).error(404)


def test_archived(stack, http):
    who = stack.account()
    names = []
    for _ in range(3):
        room = stack.room(who)
        http.delete(f"/api/room/{room['id']}", token=who.token).must(202)
        names.append(room["name"])
    stack.room(who)

    def get(query=""):
        return http.get("/api/room/archived" + query, token=who.token)
    first = get("?limit=2").must(200)
    assert [r["name"] for r in first["rooms"]] == names[:0:-1] and (first["total"], first["page"]) == (3, 1)
    assert first["rooms"][0]["recordingCount"] == 0 and first["rooms"][0]["deletedAt"]
    assert [r["name"] for r in get("?page=2&limit=2").must(200)["rooms"]] == names[:1]
    for bad in ("?page=0", "?limit=101", "?page=x"):
        get(bad).error(400)


def test_a_deleted_room_tells_its_people(stack, http, meeting):
    """Why they go, and they are gone; nobody moderates there any more."""
    m = meeting()
    who = stack.account()
    target = m.enter(who)
    # LiveKit reports who can hear it; before that a message may be lost.
    poll("in", lambda: who.id in stack.active(m.room))
    http.delete(m.base.rstrip("/"), token=m.owner.token).must(202)
    poll("cut off", target.is_cut_off, log=lambda: target.now)
    told = [json.loads(text) for sender, topic, text in target.now["data"] if topic == "system" and sender is None]
    assert [(e["type"], e["event"]) for e in told] == [("system", "room_ended")] and told[0]["message"]
    m.post(m.owner, "kick", who).error(404)


def test_stored_though_livekit_is_away(stack, meeting):
    """The truth is told, and what was stored holds: at the next join, and for who comes back."""
    m = meeting()
    who = stack.account()
    stack.join(who, m.room).must(200)
    away = stack.fastcgi("room", stack.variant("away", {"livekit": {"internalHost": "http://127.0.0.1:9"}}))
    try:
        for path in (f"deafen/{who.id}", f"ban/{who.id}"):
            reply = away.request("POST", f"{m.base}{path}", token=m.owner.token)
            assert "stored" in reply.error(502)
        assert "Try again" in away.request("POST", f"{m.base}spotlight/{who.id}", token=m.owner.token).error(502)
    finally:
        away.stop()
    stack.join(who, m.room).error(403, "banned")
