# SPDX-License-Identifier: Apache-2.0
"""The database against LiveKit's own lists: while people come and go, events are lost, responders stand still and the
database is held, and what the worker's reconciler then sets right."""
import collections
import concurrent.futures
import json
import os
import random
import signal
import subprocess
import threading
import time

import pytest

from lib.crowd import Crowd
from lib.doctor import Report
from lib.stack import Lock, Stack, poll, program
from lib.tap import Tap
from lib.truth import Truth

YOUNG = 10          # seconds: what is younger is left to the events on their way
PATIENCE = 20       # seconds between a LiveKit room's end and the end of its row
REPAIRS = ("seatsFreed", "seatsTaken", "roomsNoticed", "roomsEnded", "removed", "rightsMended", "roomsClosed")


@pytest.fixture(scope="module")
def house():
    """A house whose webhooks pass the tap. The worker runs when a test wants it to."""
    tap = Tap()
    s = Stack({"livekit": {"webhookURL": tap.url}})
    tap.leads_to(s.port)
    s.tap, s.truth = tap, Truth(s)
    yield s
    s.close()
    tap.close()


pytestmark = pytest.mark.timeout(400)       # the first one builds the crowd, with all that it stands on


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("crowd")


@pytest.fixture
def crowd(folder):
    c = Crowd(folder)
    yield c
    c.close()


@pytest.fixture(scope="module")
def owner(house):
    return house.account("Owner")


@pytest.fixture(scope="module", autouse=True)
def settled(house, owner, folder):
    """Two who came before all tests, each into a room of that name: old enough for the reconciler when their test
    comes."""
    crowd = Crowd(folder)
    crowd.rooms = {n: house.room(owner, name=f"settled-{n}") for n in ("here", "before")}
    crowd.replies = {n: house.guest_join(room).must(200) for n, room in crowd.rooms.items()}
    for n, reply in crowd.replies.items():
        crowd.join(n, reply)
        crowd.comes(n)
    poll("seats", lambda: all(house.active(room) for room in crowd.rooms.values()))
    crowd.since = time.time()
    yield crowd
    crowd.close()


def reconcile(house, config=None, complaint=None):
    """One round, whenever the last one was: its report, or with a complaint none at all."""
    house.sql("UPDATE duties SET last_run_at = 0, lease_until = 0 WHERE name = 'reconcile'")
    p = subprocess.run([program("bedrud-worker"), "--config", config or house.config, "--once"], capture_output=True,
                       text=True, timeout=120)
    with open(house.dir / "log/worker.out", "a") as log:
        log.write(p.stderr)
    if complaint:
        assert p.returncode == 75 and complaint in p.stderr, p
        return None
    assert p.returncode == 0, p
    row = house.one("SELECT last_run_at, report FROM duties WHERE name = 'reconcile'")
    assert row["last_run_at"] > 0
    return json.loads(row["report"])


def repairs(report):
    return {k: report[k] for k in REPAIRS if report[k]}


def grows_old(since):
    """Waits until what happened then is left to the reconciler."""
    poll("it is old enough", lambda: time.time() > since + YOUNG + 0.5, YOUNG + 5)


def agrees(house):
    """No difference, in a moment when LiveKit's lists stay as they are; without the help of another round."""
    before = house.sql("SELECT last_run_at FROM duties")

    def look():
        lists = house.truth.livekit()
        found = house.truth.differences()
        assert house.truth.livekit() == lists, "somebody came or went meanwhile"
        assert not any(found.values()), found
        return True
    poll("the database agrees with LiveKit", look, 3)
    assert [tuple(r) for r in before] == [tuple(r) for r in house.sql("SELECT last_run_at FROM duties")]


def enters(house, crowd, name, room, account=None):
    """Somebody is in, and the database knows; their identity."""
    reply = (house.join(account, room) if account else house.guest_join(room)).must(200)
    crowd.join(name, reply)
    crowd.comes(name)
    return next(p["identity"] for p in house.truth.people(room["name"]) if p["sid"] == crowd.sids[name])


def permission(house, room, identity):
    return next(p["permission"] for p in house.truth.people(room["name"]) if p["identity"] == identity)


def test_each_repair(house, crowd, owner):
    """What lost events, and calls to LiveKit that failed, leave behind; each in a room of its own."""
    house.tap.loses = lambda event: False
    rooms = {n: house.room(owner, name=f"repair-{n}") for n in
             ("left", "joined", "banned", "blocked", "ended", "finished", "fine", "deleted")}
    who = {n: enters(house, crowd, n, rooms[n], owner if n == "fine" else None) for n in rooms if n != "joined"}
    poll("seats", lambda: all(house.active(rooms[n]) == {who[n]} for n in who))
    house.tap.loses = lambda event: True
    who["joined"] = enters(house, crowd, "joined", rooms["joined"])
    for n in ("left", "finished"):
        crowd.leave(n)
    poll("they left", lambda: not house.truth.people("repair-left") and not house.truth.people("repair-finished"))
    # Somebody moderates, and LiveKit doesn't hear of it.
    house.sql("UPDATE room_participants SET is_banned = 1 WHERE room_id = ?", rooms["banned"]["id"])
    house.sql("UPDATE room_participants SET is_chat_blocked = 1 WHERE room_id = ?", rooms["blocked"]["id"])
    house.sql("UPDATE rooms SET is_active = 0 WHERE id = ?", rooms["ended"]["id"])
    house.sql("DELETE FROM rooms WHERE id = ?", rooms["deleted"]["id"])
    assert permission(house, rooms["blocked"], who["blocked"])["can_publish_data"]
    poll("LiveKit has ended the empty rooms", lambda: not {"repair-left", "repair-finished"} & {
        r["name"] for r in house.truth.rooms()}, 40)
    grows_old(time.time())
    report = reconcile(house)
    crowd.goes("banned")
    crowd.goes("ended")
    assert repairs(report) == {"seatsFreed": 5, "seatsTaken": 1, "roomsNoticed": 3, "removed": 1, "rightsMended": 1,
                               "roomsClosed": 1}, report
    assert house.active(rooms["joined"]) == {who["joined"]} and house.active(rooms["fine"]) == {who["fine"]}
    assert not any(house.active(rooms[n]) for n in ("left", "banned", "ended", "finished"))
    may = permission(house, rooms["blocked"], who["blocked"])
    assert not may.get("can_publish_data") and may["can_subscribe"] and may["can_publish"]
    assert not may["can_publish_sources"]       # all of them
    # Who is in a room that the store doesn't know may have come by another holder of the key.
    assert crowd["deleted"] == "in" and crowd["blocked"] == "in" and crowd["fine"] == "in"
    # A meeting whose end nobody told is over at the next look, as long as nobody comes back.
    assert house.one("SELECT is_active FROM rooms WHERE id = ?", rooms["finished"]["id"])[0] == 1
    over = max(r[0] for r in house.sql("SELECT finished_at FROM live_rooms"))
    poll("patience", lambda: time.time() > over / 1e9 + PATIENCE, PATIENCE + 5)
    # Those of "banned" and "ended" are empty by now, and that was lost as well.
    assert repairs(reconcile(house)) == {"roomsEnded": 2, "roomsNoticed": 2}
    assert house.one("SELECT is_active FROM rooms WHERE id = ?", rooms["finished"]["id"])[0] == 0
    assert repairs(reconcile(house)) == {}
    # Unless this LiveKit is nobody else's.
    assert repairs(reconcile(house, house.variant("strict", {"livekit": {"strictAdmission": True}}))) == {"removed": 1}
    crowd.goes("deleted")


def test_what_is_young_is_left_alone(house, crowd, owner):
    house.tap.loses = lambda event: True
    room = house.room(owner)
    enters(house, crowd, "new", room)
    assert repairs(reconcile(house)) == {}
    assert not house.active(room)
    house.tap.loses = lambda event: False


def test_nothing_changes_while_livekit_does_not_answer(house, settled):
    """It stands still, or isn't there: no seat is freed, no room ends."""
    house.tap.loses = lambda event: False
    room = settled.rooms["here"]
    who = house.active(room)
    assert len(who) == 1
    grows_old(settled.since)
    tables = {"seats": "room_id", "room_participants": "room_id", "live_rooms": "room_id", "admissions": "room_id",
              "rooms": "id"}

    def books():
        return {t: sorted(map(tuple, house.sql(f"SELECT * FROM {t} WHERE {key} = ?", room["id"])))
                for t, key in tables.items()}
    pid, before = house.livekit_pid(), books()
    os.kill(pid, signal.SIGSTOP)
    try:
        reconcile(house, complaint="ListRooms")
        assert books() == before
    finally:
        os.kill(pid, signal.SIGCONT)
    reconcile(house, house.variant("gone", {"livekit": {"internalHost": "http://127.0.0.1:1"}}), "ListRooms")
    assert books() == before
    assert house.active(room) == who


def test_a_meeting_outlives_livekit(house, crowd, settled):
    """Killed and back, LiveKit has no rooms for a moment: nobody sits there then, but the meeting isn't over."""
    house.tap.loses = lambda event: False
    room, reply = settled.rooms["before"], settled.replies["before"]
    who = house.active(room)
    assert len(who) == 1
    grows_old(settled.since)
    os.kill(house.livekit_pid(), signal.SIGKILL)
    settled.goes("before")
    poll("LiveKit is back", lambda: house.truth.rooms() == [], 30)
    assert repairs(reconcile(house))["roomsNoticed"] >= 1
    assert not house.active(room)
    over = house.one("SELECT finished_at FROM live_rooms WHERE room_id = ?", room["id"])[0]
    crowd.join("after", reply)      # with its old token, as clients do
    crowd.comes("after")
    poll("the seat again", lambda: house.active(room) == who)
    poll("patience", lambda: time.time() > over / 1e9 + PATIENCE, PATIENCE + 5)
    reconcile(house)
    assert house.one("SELECT is_active FROM rooms WHERE id = ?", room["id"])[0] == 1
    assert house.active(room) == who
    agrees(house)


def test_the_doctor_says_when(house):
    house.sql("DELETE FROM duties")
    Report(house.config).expect("worker.reconcile", "warning", "never", "systemctl enable --now bedrud-worker")
    reconcile(house)
    Report(house.config).expect("worker.reconcile", "ok", "rooms")
    house.sql("UPDATE duties SET last_run_at = last_run_at - 600000000000")
    Report(house.config).expect("worker.reconcile", "warning", "10 minutes ago")


class Fire(threading.Thread):
    """Comings and goings: each step somebody comes in, leaves, is cut off, or comes in anew without having left."""

    def __init__(self, house, crowd, rooms, per_room, rate):
        super().__init__()
        self.house, self.crowd, self.rate, self.random = house, crowd, rate, random.Random(7)
        self.out, self.joins, self.refused = threading.Event(), 0, collections.Counter()
        self.people = [{"room": room, "account": house.guest(f"Guest {n}") if n % 2 else None, "name": None,
                        "lock": threading.Lock()} for room in rooms for n in range(per_room)]

    def run(self):
        with concurrent.futures.ThreadPoolExecutor(12) as pool:
            while not self.out.wait(1 / self.rate):
                pool.submit(self.step, self.random.choice(self.people), self.random.random())

    def step(self, person, chance):
        if not person["lock"].acquire(blocking=False):
            return
        try:
            if self.crowd[person["name"]] not in ("in", "coming") or chance < 0.15:
                self.come(person)
            else:
                self.crowd.leave(person["name"], politely=chance < 0.9)
        except OSError as e:
            self.refused[str(e)] += 1
        finally:
            person["lock"].release()

    def come(self, person):
        account, room = person["account"], person["room"]
        reply = self.house.join(account, room) if account else self.house.guest_join(room)
        if reply.status != 200:
            self.refused[reply.status] += 1
            return
        if person["name"] and not account:      # a guest who comes anew is another one
            self.crowd.leave(person["name"])
        self.joins += 1
        person["name"] = f"{self.people.index(person)}-{self.joins}"
        self.crowd.join(person["name"], reply.json())

    def put_out(self):
        self.out.set()
        self.join()
        self.crowd.settles()


def stand_still(house, seconds):
    """The webhook's responders do nothing for a while."""
    pids = house.responders("webhook")
    assert pids
    for pid in pids:
        os.kill(pid, signal.SIGSTOP)
    try:
        time.sleep(seconds)
    finally:
        for pid in pids:
            os.kill(pid, signal.SIGCONT)


def burn(house, crowd, owner, rooms, per_room, rate, trouble):
    """A fire with trouble, and what LiveKit was told to be accepted."""
    accounts = [house.room(owner, settings={"allowChat": True, "allowVideo": True, "allowAudio": True,
                                            "isPersistent": True}) for _ in range(rooms)]
    fire = Fire(house, crowd, accounts, per_room, rate)
    began = len(house.tap.answered)
    fire.start()
    try:
        trouble()
    finally:
        fire.put_out()
    answered = collections.Counter((event, status) for _, event, status in house.tap.answered[began:])
    print(f"{fire.joins} joins, refused {dict(fire.refused)}, events {dict(answered)}")
    return fire


def accepted_events_are_there(house):
    there = {r[0] for r in house.sql("SELECT event_id FROM webhook_inbox")}
    assert house.tap.accepted() <= there, house.tap.accepted() - there


def test_truth_under_fire(house, crowd, owner):
    """A fifth of the events is lost, the responder stands still, the database is held: one round, and all is true."""
    dice = random.Random(3)

    def trouble():
        lock = Lock(house.database, 3)
        stand_still(house, 5)
        lock.timer.join()
        poll("enough comings and goings", lambda: house.truth.differences()["stale"] and len(crowd.state) > 60, 40)
    house.tap.loses = lambda event: dice.random() < 0.2
    fire = burn(house, crowd, owner, 5, 6, 8, trouble)
    house.tap.loses = lambda event: False
    grows_old(time.time())
    found = house.truth.differences()
    print({k: len(v) for k, v in found.items()})
    assert found["stale"] or found["missing"], "nothing was off: this fire shows nothing"
    report = reconcile(house)
    print(report)
    agrees(house)
    assert report["seatsFreed"] >= len(found["stale"]) or report["seatsTaken"]
    accepted_events_are_there(house)
    assert fire.joins > 30


@pytest.mark.timeout(900)
def test_truth_under_fire_for_five_minutes(house, crowd, owner, request):
    """20 rooms, 10 people each; the responder stands still for 5, 20 and 60 s, the database is held 3 s at a time. The
    worker runs all the while."""
    if not request.config.getoption("--long"):
        pytest.skip("takes six minutes: --long")
    house.spawn("worker", [program("bedrud-worker"), "--config", house.config], {"PATH": os.environ["PATH"]})
    house.tap.loses = lambda event: False
    seen = []

    def hold():
        while not end.wait(random.uniform(4, 12)):
            Lock(house.database, 3).timer.join()

    def watch():
        last = 0
        while not end.wait(0.5):
            for r in house.sql("SELECT last_run_at, report FROM duties WHERE name = 'reconcile'"):
                if r["last_run_at"] != last:
                    last = r["last_run_at"]
                    seen.append(json.loads(r["report"] or "{}"))

    def trouble():
        began = time.monotonic()
        for seconds in (5, 20, 60):
            time.sleep(15)
            stand_still(house, seconds)
        poll("five minutes", lambda: time.monotonic() > began + 300, 300, every=1)
    end = threading.Event()
    others = [threading.Thread(target=f) for f in (hold, watch)]
    for t in others:
        t.start()
    try:
        fire = burn(house, crowd, owner, 20, 10, 15, trouble)
    finally:
        end.set()
        for t in others:
            t.join()
    since = time.time()
    print("repaired meanwhile:", [repairs(r) for r in seen if r])
    print("off right after:", {k: len(v) for k, v in house.truth.differences().items()})
    poll("a whole round after it", lambda: house.one(
        "SELECT last_run_at FROM duties WHERE name = 'reconcile'")[0] / 1e9 > since + YOUNG + 2, 90)
    agrees(house)
    accepted_events_are_there(house)
    assert sum(fire.refused.values()) < 20, fire.refused       # a stopped responder holds up no join
    house.stop("worker")
