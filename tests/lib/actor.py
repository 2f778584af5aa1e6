# SPDX-License-Identifier: Apache-2.0
"""A participant that does as it is told, for lib/visitor.py: the LiveKit SDK in a process of its own, because its
native part may abort when LiveKit sends it away. The first line of standard input is the answer to a join; then one
line a deed: microphone, camera, screen, ["unmute", ONE OF THESE] or ["say", TEXT]. Four times a second it tells what
it sees; it leaves when standard input ends."""
import asyncio
import json
import pathlib
import sys
import threading

from livekit import rtc

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from lib.call import Person  # noqa: E402

SOURCES = {rtc.TrackSource.SOURCE_CAMERA: "camera", rtc.TrackSource.SOURCE_MICROPHONE: "microphone",
           rtc.TrackSource.SOURCE_SCREENSHARE: "screen"}


def others(room):
    return {p.identity: {"metadata": p.metadata, "name": p.name, "tracks": {
        SOURCES.get(t.source, "?"): t.muted for t in p.track_publications.values()}}
        for p in room.remote_participants.values()}


async def act(p, deed, told):
    try:
        if deed == "screen":
            await p.camera(rtc.TrackSource.SOURCE_SCREENSHARE)
        elif deed[0] == "say":
            await p.say(deed[1])
        elif deed[0] == "unmute":
            for t in p.room.local_participant.track_publications.values():
                if SOURCES.get(t.source) == deed[1]:
                    t.track.unmute()
        else:
            await getattr(p, deed)()
        told.append([deed, "done"])
    except Exception as e:      # refused: that is what a test may want to see
        told.append([deed, repr(e)[:200]])


async def main():
    left, deeds, told = asyncio.Event(), asyncio.Queue(), []
    loop = asyncio.get_running_loop()
    reply = json.loads(sys.stdin.readline())

    def listen():
        for line in sys.stdin:
            loop.call_soon_threadsafe(deeds.put_nowait, json.loads(line))
        loop.call_soon_threadsafe(left.set)

    async def obey(p):
        while True:
            await act(p, await deeds.get(), told)

    async with Person(reply) as p:
        threading.Thread(target=listen, daemon=True).start()
        p.spawn(obey(p))
        while not left.is_set():
            print(json.dumps({
                "identity": p.identity, "events": p.events, "reason": p.reason, "told": told, "others": others(p.room),
                "frames": dict(p.video), "sound": dict(p.audio),
                "data": [[who, topic, text.decode("utf-8", "replace")] for who, topic, text in p.data]}), flush=True)
            try:
                await asyncio.wait_for(left.wait(), 0.25)
            except asyncio.TimeoutError:
                pass

asyncio.run(main())
