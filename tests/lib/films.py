# SPDX-License-Identifier: Apache-2.0
"""Recordings as if they had been made."""
import os
import time
import uuid

FILM = b"\0\0\0\x20ftypisom" + bytes(range(256)) * 40


def add(house, owner, state="completed", storage="local", error=None, age=0, room=None, size=len(FILM), name="tea.mp4"):
    """One that was asked for `age` seconds ago, in a room of its own unless one is given: (its id, its file's key)."""
    id, when = str(uuid.uuid4()), time.strftime("%F %T+00:00", time.gmtime(time.time() - age))
    if room is None:
        room = {"id": f"room-{id[:8]}", "name": f"room-{id[:8]}"}
        house.sql("INSERT INTO rooms (id, name, created_by, admin_id, is_active, created_at, updated_at) VALUES "
                  "(?, ?, ?, ?, 0, ?, ?)", room["id"], room["name"], owner, owner, when, when)
    key = f"{owner}/{room['id']}/{id}.mp4"
    house.sql("INSERT INTO recordings (id, room_id, room_name, egress_id, recording_type, status, error, file_size, "
              "created_by, created_at, updated_at) VALUES (?, ?, ?, ?, 'composite', ?, ?, ?, ?, ?, ?)", id, room["id"],
              room["name"], "EG_" + id, state, error, size, owner, when, when)
    house.sql("INSERT INTO recording_facts (recording_id, room_id, state, storage, object_key, file_name) VALUES "
              "(?, ?, ?, ?, ?, ?)", id, room["id"], state, storage, key, name)
    return id, key


def put(house, key, body=FILM):
    """Its file, in the folder for recordings of the house, for the user that the house runs as; the path."""
    path = house.dir / "data/recordings" / key
    path.parent.mkdir(parents=True)
    path.write_bytes(body)
    if getattr(house, "user", None):
        for p in (path, *list(path.parents)[:4]):
            os.chown(p, house.user.pw_uid, house.user.pw_gid)
    return path
