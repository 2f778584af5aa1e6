# SPDX-License-Identifier: Apache-2.0
"""Somebody in a call, for lib/visitor.py: the LiveKit SDK in a process of its own, because a process has one network.
Reads the answer to a join from standard input, tells four times a second what arrived and by which way, and leaves
when standard input ends."""
import asyncio
import json
import pathlib
import sys
import threading

from google.protobuf.json_format import MessageToDict

sys.path.insert(0, str(pathlib.Path(__file__).parent.parent))
from lib.call import Person  # noqa: E402


def candidate(entry):
    """One end of a candidate pair, in the words that browsers use."""
    c = entry.get("candidate", {})
    kind = c.get("candidate_type", "HOST").lower()
    return {"type": kind, "protocol": c.get("protocol"), "relay": c.get("relay_protocol", "").removeprefix("TRANSPORT_")
            .lower(), "address": c.get("address"), "port": c.get("port"), "url": c.get("url", "")}


def pairs(stats):
    """The pair in use of each connection that has one."""
    out = []
    for report in (stats.publisher_stats, stats.subscriber_stats):
        kinds = {}
        for s in report:
            (name, value), = MessageToDict(s, preserving_proto_field_name=True).items()
            kinds[value["rtc"]["id"]] = (name, value)
        for name, value in kinds.values():
            chosen = value["transport"].get("selected_candidate_pair_id") if name == "transport" else None
            if chosen in kinds:
                pair = kinds[chosen][1]["candidate_pair"]
                out.append({"local": candidate(kinds[pair["local_candidate_id"]][1]),
                            "remote": candidate(kinds[pair["remote_candidate_id"]][1])})
    return out


async def main():
    left = asyncio.Event()
    loop = asyncio.get_running_loop()
    async with Person(json.loads(sys.stdin.readline())) as p:
        threading.Thread(target=lambda: (sys.stdin.read(), loop.call_soon_threadsafe(left.set)), daemon=True).start()
        await asyncio.gather(p.camera(), p.microphone())
        while not left.is_set():
            way = pairs(await p.room.get_rtc_stats()) if p.room.isconnected() else []
            print(json.dumps({"frames": sum(p.video.values()), "sound": sum(p.audio.values()), "events": p.events,
                              "pairs": way}), flush=True)
            try:
                await asyncio.wait_for(left.wait(), 0.25)
            except asyncio.TimeoutError:
                pass

asyncio.run(main())
