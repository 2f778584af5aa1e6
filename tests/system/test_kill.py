# SPDX-License-Identifier: Apache-2.0
"""kill -9 of responders and worker at any moment, while everybody writes: the file is whole, what was answered is
there, and nothing is half done."""
import collections
import concurrent.futures
import http.client
import os
import random
import signal
import threading
import time
import uuid

import jwt
import pytest

from lib import hooks
from lib.stack import Stack, poll, program

VICTIMS = ("join", "room", "webhook", "worker")


@pytest.fixture(scope="module")
def house():
    s = Stack()
    yield s
    s.close()


class Storm:
    """Writers that never rest, and what they were answered."""

    def __init__(self, house):
        self.house, self.end, self.lock = house, threading.Event(), threading.Lock()
        self.owner = house.account("Owner")
        # Its events are no LiveKit's: the reconciler would soon find its meeting over.
        self.room = house.room(self.owner, maxParticipants=0, settings={"isPersistent": True})
        self.answered, self.lost = collections.defaultdict(list), collections.Counter()
        self.random = random.Random(11)

    def note(self, what, reply, value):
        if reply.status in (200, 202):
            with self.lock:
                self.answered[what].append(value)
        else:
            self.lost[what, reply.status] += 1
            self.end.wait(0.02)     # while a dead responder isn't back its web server answers at once

    def writer(self, step):
        while not self.end.is_set():
            try:
                step()
            except (OSError, http.client.HTTPException) as e:
                self.lost[step.__name__, type(e).__name__] += 1

    def guests(self):
        reply = self.house.guest_join(self.room)
        claims = jwt.decode(reply.json()["token"], options={"verify_signature": False}) if reply.status == 200 else {}
        self.note("admission", reply, (claims.get("sub"), claims.get("attributes", {}).get("bedrud.admission")))

    def rooms(self):
        reply = self.house.http.post("/api/room/create", {}, token=self.owner.token)
        room = reply.json().get("id") if reply.status == 200 else None
        self.note("room", reply, room)
        if room and self.random.random() < 0.5:
            self.note("deleted", self.house.http.delete(f"/api/room/{room}", token=self.owner.token), room)

    def events(self):
        who, sid = f"w{uuid.uuid4().hex[:8]}", hooks.sid("PA")
        for event in ("participant_joined", "participant_left"):
            event_id = hooks.sid("EV")
            reply = self.house.hook(event, self.room, identity=who, participant_sid=sid, admission=None,
                                    event_id=event_id)
            self.note(event, reply, (event_id, who, sid))

    def bans(self):
        """Each in a room of its own: a ban shuts the guest's address as well, and here all have the same."""
        room = self.house.http.post("/api/room/create", {"isPublic": True}, token=self.owner.token)
        guest = self.house.guest_join(room.json()) if room.status == 200 else room
        if guest.status == 200:
            who = jwt.decode(guest.json()["token"], options={"verify_signature": False})["sub"]
            self.note("ban", self.house.http.post(f"/api/room/{room.json()['id']}/ban/{who}", {},
                                                  token=self.owner.token), who)

    def kill_one(self, name):
        """One process of that name; it comes back."""
        if name == "worker":
            self.house.stop("worker", signal.SIGKILL)
            self.work()
            return
        pids = poll(f"a {name} to kill", lambda: self.house.responders(name))
        os.kill(self.random.choice(pids), signal.SIGKILL)

    def work(self):
        self.house.spawn("worker", [program("bedrud-worker"), "--config", self.house.config],
                         {"PATH": os.environ["PATH"]})


def rows(house, query, *args):
    return [tuple(r) for r in house.sql(query, *args)]


def nothing_is_lost(house, storm):
    answered = storm.answered
    there = {r[0] for r in rows(house, "SELECT id FROM rooms")}
    assert set(answered["room"]) <= there
    assert set(answered["deleted"]) <= {r[0] for r in rows(house, "SELECT id FROM rooms WHERE deleted_at IS NOT NULL "
                                                                  "AND is_active = 0")}
    assert set(answered["admission"]) <= set(rows(house, "SELECT identity, id FROM admissions"))
    inbox = {r[0] for r in rows(house, "SELECT event_id FROM webhook_inbox")}
    assert {e for n in ("participant_joined", "participant_left") for e, _, _ in answered[n]} <= inbox
    gone = set(rows(house, "SELECT identity, participant_sid FROM seats WHERE left_at <> 0"))
    assert {(w, s) for _, w, s in answered["participant_left"]} <= gone
    assert set(answered["ban"]) <= {r[0] for r in rows(house, "SELECT user_id FROM bans WHERE lifted_at = 0")}


def nothing_is_half_done(house):
    assert house.one("PRAGMA integrity_check")[0] == "ok"
    assert not rows(house, "PRAGMA foreign_key_check")
    of_person = "SELECT 1 FROM room_participants AS p WHERE p.room_id = x.room_id AND p.user_id = x."
    never = {
        "a room without its permissions": "SELECT id FROM rooms WHERE id NOT IN (SELECT room_id FROM room_permissions)",
        "an archived room that is active": "SELECT id FROM rooms WHERE deleted_at IS NOT NULL AND is_active <> 0",
        "an admission to an archived room":
            "SELECT x.id FROM admissions AS x JOIN rooms ON rooms.id = room_id WHERE deleted_at IS NOT NULL AND "
            "voided_at = 0",
        "a ban that Bedrud's row doesn't know":
            f"SELECT user_id FROM bans AS x WHERE lifted_at = 0 AND NOT EXISTS ({of_person}user_id AND is_banned <> 0)",
        "a banned one whose admission is good":
            "SELECT a.id FROM admissions AS a JOIN bans AS b ON a.room_id = b.room_id AND identity = user_id WHERE "
            "voided_at = 0 AND lifted_at = 0",
        "a seat that Bedrud's row doesn't know":
            f"SELECT identity FROM seats AS x WHERE left_at = 0 AND NOT EXISTS ({of_person}identity AND "
            "is_active <> 0)",
        "a row of Bedrud's without a seat":
            "SELECT user_id FROM room_participants AS p WHERE is_active <> 0 AND NOT EXISTS (SELECT 1 FROM seats AS s "
            "WHERE s.room_id = p.room_id AND identity = user_id AND left_at = 0)",
    }
    for what, query in never.items():
        assert not rows(house, query), what


@pytest.mark.timeout(900)
def test_kill_nine_in_a_storm_of_writes(house, request):
    kills = 300 if request.config.getoption("--long") else 30
    storm = Storm(house)
    storm.work()
    steps = [storm.guests, storm.rooms, storm.events, storm.events, storm.bans]
    with concurrent.futures.ThreadPoolExecutor(len(steps)) as pool:
        running = [pool.submit(storm.writer, s) for s in steps]
        try:
            for n in range(kills):
                # As soon as something new was answered: so each life of a process has work in hand.
                before = {k: len(v) for k, v in storm.answered.items()}
                poll("more answers", lambda: sum(map(len, storm.answered.values())) > sum(before.values()) + 3)
                time.sleep(storm.random.random() * 0.02)
                storm.kill_one(VICTIMS[n % len(VICTIMS)])
        finally:
            storm.end.set()
        for r in running:
            r.result()
    print({k: len(v) for k, v in storm.answered.items()}, dict(storm.lost))
    assert all(storm.answered[k] for k in ("admission", "room", "deleted", "participant_left", "ban"))
    nothing_is_lost(house, storm)
    nothing_is_half_done(house)
    # And all goes on: whatever a dead process held is free.
    poll("a join", lambda: house.guest_join(storm.room).status == 200)
    poll("the jobs are done", lambda: not rows(house, "SELECT 1 FROM jobs WHERE status IN ('pending', 'active') AND "
                                                      "type = 'room_delete'"), 90)
    house.stop("worker")
