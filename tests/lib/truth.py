# SPDX-License-Identifier: Apache-2.0
"""What LiveKit says by its own lists, beside what the database says."""
import json
import time
import urllib.request

import jwt


class Truth:
    def __init__(self, stack):
        self.stack = stack

    def call(self, method, grant, body):
        """RoomService, with a grant of its own."""
        now = int(time.time())
        token = jwt.encode({"iss": self.stack.key, "nbf": now - 5, "exp": now + 60, "video": grant},
                           self.stack.secrets["livekit"], algorithm="HS256")
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.stack.livekit_port}/twirp/livekit.RoomService/{method}", json.dumps(body).encode(),
            {"Content-Type": "application/json", "Authorization": "Bearer " + token})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)

    def rooms(self):
        return self.call("ListRooms", {"roomList": True}, {}).get("rooms", [])

    def people(self, name):
        """Who is in the room of that name, connected, and no machine."""
        all_there = self.call("ListParticipants", {"roomAdmin": True, "room": name}, {"room": name})
        return [p for p in all_there.get("participants", []) if p.get("state") == "ACTIVE"
                and p.get("kind", "STANDARD") == "STANDARD"]

    def livekit(self):
        """(room name, identity, sid) of everybody, and the rooms' sids by name."""
        rooms = {r["name"]: r["sid"] for r in self.rooms()}
        return {(name, p["identity"], p["sid"]) for name in rooms for p in self.people(name)}, rooms

    def store(self):
        """The same by the database; who is active but has no seat, or the other way round, has the sid None."""
        seats = {(r[0], r[1], r[2]) for r in self.stack.sql(
            "SELECT name, identity, participant_sid FROM seats JOIN rooms ON rooms.id = room_id WHERE left_at = 0")}
        active = {(r[0], r[1]) for r in self.stack.sql(
            "SELECT name, user_id FROM room_participants AS p JOIN rooms ON rooms.id = room_id WHERE p.is_active = 1")}
        odd = active ^ {s[:2] for s in seats}
        rooms = {r[0]: r[1] for r in self.stack.sql(
            "SELECT name, room_sid FROM live_rooms JOIN rooms ON rooms.id = room_id WHERE finished_at = 0")}
        return seats | {(*o, None) for o in odd}, rooms

    def differences(self):
        """How far the database is off: seats that nobody holds or that are missing, LiveKit rooms likewise."""
        people, rooms = self.livekit()
        seats, live = self.store()
        return {"stale": seats - people, "missing": people - seats, "over": set(live.items()) - set(rooms.items()),
                "unknown": set(rooms.items()) - set(live.items())}
