# SPDX-License-Identifier: Apache-2.0
"""SIGTERM with people in a room: they may stay for livekit.drainTimeout, nobody new is let in, and why is said. Whoever
is cut off sits in a process of its own: once in a dozen times the LiveKit SDK aborts over it."""
import asyncio
import contextlib
import json
import os
import signal
import time

import pytest

from lib.call import Person, until
from lib.stack import Stack, livekit_binary, poll, program
from lib.visitor import HERE, by_sdk

SENTENCE = "The server is about to restart; try again when it is back."


class House(Stack):
    """With a launcher that can be started again, with another drain timeout."""

    def __init__(self):
        super().__init__()
        self.owner = self.account("Drain Owner")

    def launch(self, seconds):
        self.end()
        self.spawn("launcher", [program("livekit-launcher"), "--config", self.config],
                   {"PATH": os.environ["PATH"], "LIVEKIT_SERVER": livekit_binary(),
                    "LIVEKIT_DRAIN_TIMEOUT": str(seconds)})
        self.wait_livekit()
        poll("ready", lambda: self.status()["state"] == "ready" and self.status()["pid"] == self.launcher.pid,
             log=self.logs)
        # lighttpd leaves a LiveKit alone for a while that it didn't reach.
        poll("the way through lighttpd", lambda: self.http.get("/livekit/").status == 200, log=self.logs)
        return self.room(self.owner)

    @property
    def launcher(self):
        return self.processes["launcher"]

    def end(self):
        if self.launcher.poll() is None:
            self.launcher.kill()
        self.launcher.wait(20)

    def status(self):
        return json.loads((self.dir / "livekit-launcher.status").read_text())

    @contextlib.contextmanager
    def visit(self, room):
        """The owner, in the room."""
        with by_sdk(HERE, self.join(self.owner, room).must(200), self.dir / "visitor.log") as someone:
            someone.comes()
            yield someone

    def drain(self):
        self.launcher.send_signal(signal.SIGTERM)
        poll("draining", lambda: self.status()["state"] == "draining", log=self.logs)
        return time.time()

    def refuses(self, room):
        """Every route that gives a token."""
        for reply in (self.join(self.owner, room), self.guest_join(room),
                      self.http.post("/api/room/refresh-token", {"roomName": room["name"]}, token=self.owner.token)):
            assert reply.error(503) == SENTENCE
            assert int(reply.header("Retry-After")) > 0
        self.http.get(f"/api/room/check/{room['name']}").must(200)


@pytest.fixture(scope="module")
def house():
    h = House()
    yield h
    h.close()


async def end_of(process, timeout):
    await until("the launcher's end", lambda: process.poll() is not None, timeout)
    return process.returncode


def test_until_the_deadline(house):
    room = house.launch(10)
    with house.visit(room) as ann:
        since = house.drain()
        status = house.status()
        # Not before LiveKit is gone, which may take another 5 s from the deadline on.
        assert 15 < status["drainUntil"] - since < 19, status
        house.refuses(room)
        poll("nearly the deadline", lambda: time.time() > since + 5, 10)
        house.refuses(room)
        assert ann["events"] == [] and house.launcher.poll() is None
        assert house.launcher.wait(15) == 0
        assert 8 < time.time() - since < 17
        poll("ann is cut off", ann.is_cut_off)       # told by LiveKit, or by the dead connection
    assert house.status()["state"] == "stopped" and house.status()["livekitPid"] == 0
    house.join(house.owner, room).must(200)          # it is over: what comes next is another launcher's


def test_it_ends_with_the_last_participant(house):
    room = house.launch(60)

    async def run():
        async with Person(house.join(house.owner, room).must(200)) as ann:
            since = house.drain()
            house.refuses(room)
            assert ann.events == []
        assert await end_of(house.launcher, 15) == 0     # LiveKit itself looks every five seconds
        return since
    since = asyncio.run(run())
    assert time.time() - since < 20


def test_it_ends_at_once_without_participants(house):
    house.launch(60)
    since = house.drain()
    assert house.launcher.wait(10) == 0
    assert time.time() - since < 5


def test_a_second_signal(house):
    room = house.launch(60)
    with house.visit(room):
        house.drain()
        since = time.time()
        house.launcher.send_signal(signal.SIGTERM)
        assert house.launcher.wait(5) == 0
        assert time.time() - since < 3
    assert house.status()["state"] == "stopped"


def test_a_launcher_that_was_killed_keeps_nobody_out(house):
    """Not longer than its drain would have lasted."""
    room = house.launch(4)
    with house.visit(room):
        house.drain()
        house.refuses(room)
        house.end()
    assert house.status()["state"] == "draining"
    poll("a join", lambda: house.join(house.owner, room).must(200), 15)
    assert time.time() >= house.status()["drainUntil"]
