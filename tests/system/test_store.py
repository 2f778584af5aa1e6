# SPDX-License-Identifier: Apache-2.0
"""The database: one of Bedrud's Go server goes on working, versions are told, many writers at once."""
import concurrent.futures
import os
import pathlib
import shutil
import sqlite3
import stat
import subprocess
import time
import uuid

import jwt
import pytest

from lib import upstream
from lib.stack import PASSWORD, State, poll, program


def dump(path, tables):
    db = sqlite3.connect(path)
    try:
        return {t: db.execute(f"SELECT * FROM {t} ORDER BY 1").fetchall() for t in tables}
    finally:
        db.close()


def tables(path):
    db = sqlite3.connect(path)
    try:
        return {r[0] for r in db.execute(
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")}
    finally:
        db.close()


@pytest.fixture(scope="module")
def old():
    """A state directory over a migrated upstream database."""
    before = {}

    def make(path):
        upstream.make(path)
        before["tables"] = tables(path)
        before["rows"] = dump(path, before["tables"])
    s = State({"auth": {"jwtSecret": "s" * 40}}, database=make)
    s.before = before
    yield s
    s.close()


def login(s, n, password):
    return s.cgi("auth").post("/api/auth/login", {"email": upstream.email(n), "password": password})


def test_migration_keeps_every_row(old):
    after = dump(old.database, old.before["tables"])
    for table, rows in old.before["rows"].items():
        width = len(rows[0]) if rows else 0
        if table == "room_participants":    # who sits there now is not kept, see below: id, room, user, joined_at
            width = 4
        rows, kept = [r[:width] for r in rows], [r[:width] for r in after[table]]
        missing = [r for r in rows if r not in kept]
        assert not missing, (table, missing)
    assert {"sessions", "bans", "admissions", "seats", "live_rooms", "rate_limits",
            "webhook_inbox", "doctor_reports"} <= tables(old.database)
    db = sqlite3.connect(old.database)
    assert db.execute("PRAGMA user_version").fetchone()[0] == 3
    assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
    assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    db.close()


def test_nobody_sits_in_a_migrated_database(old):
    """Bedrud's server leaves people active who have left, and its rooms would be full for good."""
    assert any(r[5] for r in old.before["rows"]["room_participants"]), "nobody was active before"
    assert not old.sql("SELECT 1 FROM room_participants WHERE is_active = 1")
    assert old.one("SELECT is_approved FROM room_participants WHERE id = 'p0'")[0] == 1   # of a private room


@pytest.mark.parametrize("n,password", list(enumerate(upstream.USERS)))
def test_upstream_users_log_in(old, n, password):
    """bcrypt over a binary digest, NUL bytes included, and legacy plain bcrypt."""
    body = login(old, n, password).must(200)
    assert body["user"]["id"] == upstream.user_id(n) and body["user"]["isAdmin"] is (password == "adminpassword1")
    assert body["user"]["avatarUrl"] == "" and body["user"]["createdAt"].startswith("2026-06-01T10:00:00.123456789")
    login(old, n, password[:-1] + "x").error(401)
    login(old, n, password + "x").error(401)


def test_a_hash_cut_at_nul_is_no_way_in(old):
    """vector-password-0028's digest has its NUL at byte 1: another password with that first byte must not fit."""
    import hashlib
    first = hashlib.sha256(b"vector-password-0028").digest()[0]
    tried = 0
    for i in range(100000):
        p = f"collision-{i:06}"
        d = hashlib.sha256(p.encode()).digest()
        if d[0] == first and d[1] == 0:
            login(old, 0, p).error(401)
            tried += 1
            break
    assert tried


def test_upstream_sessions_go_on(old):
    """Tokens issued before the move: access goes on until it expires, refresh becomes a session of ours."""
    now = int(time.time())
    base = {"userId": upstream.user_id(0), "email": upstream.email(0), "name": "x", "provider": "local",
            "accesses": ["user"],
            "iss": "bedrud", "sub": upstream.user_id(0), "aud": ["bedrud"], "iat": now, "exp": now + 3600}
    access = jwt.encode(base, "s" * 40)
    assert old.cgi("auth").get("/api/auth/me", token=access).must(200)["email"] == upstream.email(0)
    refresh = jwt.encode({**base, "jti": str(uuid.uuid4())}, "s" * 40)
    import hashlib
    old.sql("UPDATE users SET refresh_token = ? WHERE id = ?", hashlib.sha256(refresh.encode()).hexdigest(),
            upstream.user_id(0))
    body = old.cgi("auth").post("/api/auth/refresh", {"refresh_token": refresh}).must(200)
    assert old.cgi("auth").get("/api/auth/me", token=body["access_token"]).status == 200


def test_upstream_rooms(old):
    token = login(old, 0, "vector-password-0028").must(200)["tokens"]["accessToken"]
    member = login(old, 1, "vector-password-0069").must(200)["tokens"]["accessToken"]
    banned = login(old, 3, "legacy-password-1").must(200)["tokens"]["accessToken"]
    rooms = old.cgi("room").get("/api/room/list", token=token).must(200)
    assert [r["name"] for r in rooms] == ["old-ended", "old-private", "old-standup", "old-no-times"] or \
        {r["name"] for r in rooms} == {"old-ended", "old-private", "old-standup", "old-no-times"}
    assert next(r for r in rooms if r["name"] == "old-private")["createdAt"].startswith(
        ("2026-06-02T08:00:00.5", "2026-06-02T10:00:00.5+02:00"))

    def join(name, who):
        return old.cgi("join").post("/api/room/join", {"roomName": name}, token=who)
    assert join("old-standup", token).must(200)["token"]
    assert join("old-no-times", token).must(200)["token"]
    join("old-private", member).must(200)
    join("old-standup", banned).error(403, "banned")
    assert join("old-ended", token).must(200)["status"] == "archived_owned"
    join("old-ended", member).error(410)
    new = old.cgi("room").post("/api/room/create", {"name": "old-ended"}, token=token).must(200)
    assert new["id"] != upstream.room_id(2)


def test_upstream_settings(old):
    assert old.cgi("auth").get("/api/auth/settings").must(200)["serverName"] == "Old House"


def test_migrating_again_changes_nothing(old):
    before = dump(old.database, tables(old.database))
    old.ctl("db", "migrate")
    assert dump(old.database, tables(old.database)) == before


def test_very_old_file_with_unique_names():
    s = State(database=lambda p: upstream.make(p, old=True))
    try:
        token = login(s, 0, "vector-password-0028").must(200)["tokens"]["accessToken"]
        s.cgi("room").post("/api/room/create", {"name": "old-ended"}, token=token).must(200)
        s.cgi("room").post("/api/room/create", {"name": "old-standup"}, token=token).error(409)
    finally:
        s.close()


@pytest.fixture
def fresh():
    s = State()
    yield s
    s.close()


def test_other_versions_are_told(fresh):
    """503 with a sentence, not a crash, and nothing is written."""
    for version in (0, 1, 99):
        fresh.sql(f"PRAGMA user_version = {version}")
        for name, path in (("auth", "/api/auth/settings"), ("join", "/api/room/check/some-room"),
                           ("health", "/api/ready")):
            r = fresh.cgi(name).get(path)
            assert r.status == 503 and r.json()["error"], r
            assert "sql" not in r.json()["error"].lower()
        fresh.cgi("health").get("/api/health").must(200)
    p = subprocess.run([program("bedrudctl"), "--config", fresh.config, "db", "migrate"], capture_output=True,
                       text=True)
    assert p.returncode != 0 and "99" in p.stderr + p.stdout, p
    fresh.sql("PRAGMA user_version = 3")
    fresh.cgi("health").get("/api/ready").must(200)


def test_a_file_migrated_under_a_running_responder(fresh):
    app = fresh.fastcgi("auth")
    try:
        app.get("/api/auth/settings").must(200)
        fresh.sql("PRAGMA user_version = 7")    # asked for every few seconds, not at each request
        poll("503", lambda: app.get("/api/auth/settings").error(503), 10, 0.2)
        fresh.sql("PRAGMA user_version = 3")
        poll("200 again", lambda: app.get("/api/auth/settings").must(200), 10, 0.2)
    finally:
        app.stop()


def test_missing_and_broken_files(fresh):
    os.rename(fresh.database, fresh.dir / "aside.db")
    r = fresh.cgi("health").get("/api/ready")
    assert r.status == 503 and r.json()["status"] == "not_ready" and r.json()["error"], r
    assert not fresh.database.exists(), "a responder made an empty database"
    fresh.cgi("auth").get("/api/auth/settings").error(503)
    fresh.database.write_bytes(b"this is no database " * 500)
    text = fresh.cgi("auth").get("/api/auth/settings").error(503)
    assert "/" not in text.replace("/api", ""), f"a path in the answer: {text}"
    fresh.database.unlink()
    os.rename(fresh.dir / "aside.db", fresh.database)
    fresh.cgi("health").get("/api/ready").must(200)


def test_a_file_replaced_under_a_running_responder(fresh):
    """Somebody brings a backup back: it counts from the next request on, and an old log is never applied to it."""
    path, other, app = fresh.database, State(), fresh.fastcgi("auth")
    try:
        def name():
            return app.get("/api/auth/settings").must(200)["serverName"]

        def put():
            shutil.copy(other.database, fresh.dir / "new.db")
            os.rename(fresh.dir / "new.db", path)

        other.sql("INSERT INTO system_settings (id, server_name) VALUES (1, 'Restored')")
        other.sql("PRAGMA wal_checkpoint(TRUNCATE)")
        assert name() != "Restored"
        for suffix in ("", "-wal", "-shm"):
            os.rename(f"{path}{suffix}", f"{path}.aside{suffix}")
        assert app.get("/api/auth/settings").error(503)
        put()
        assert name() == "Restored"
        put()           # and now beside the log of the one before
        for _ in range(8):      # whichever thread takes it
            app.get("/api/auth/settings").error(503)
        assert "-wal" in (fresh.dir / "log/auth.direct.log").read_text()
        os.unlink(f"{path}-wal")
        os.unlink(f"{path}-shm")
        assert name() == "Restored"
        assert fresh.one("PRAGMA integrity_check")[0] == "ok"
    finally:
        app.stop()
        other.close()


def test_file_modes(fresh):
    for f in fresh.dir.glob("bedrud.db*"):
        assert stat.S_IMODE(f.stat().st_mode) & 0o007 == 0, f
    assert stat.S_IMODE(fresh.database.stat().st_mode) in (0o600, 0o660)


def test_shared_folder_modes():
    """A setgid folder for two users: files are the group's."""
    s = State()
    try:
        folder = s.dir / "shared"
        folder.mkdir()
        folder.chmod(0o2770)
        config = s.variant("shared", {"database": {"path": str(folder / "b.db")}})
        subprocess.run([program("bedrudctl"), "--config", config, "db", "migrate"], check=True, capture_output=True)
        assert stat.S_IMODE((folder / "b.db").stat().st_mode) == 0o660
    finally:
        s.close()


def test_many_writers(stack, ann):
    """Registrations, rooms, guests, webhooks at once: everyone gets an answer, the file is whole."""
    room = stack.room(ann)
    jobs = []
    for i in range(10):
        jobs += [lambda: stack.http.post("/api/room/create", {}, token=ann.token), lambda: stack.guest_join(room),
                 lambda i=i: stack.hook("participant_joined", room, identity=f"w{i}"), lambda: stack.join(ann, room),
                 lambda: stack.http.post("/api/auth/guest-login", {"name": "Gast"})]
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        replies = list(pool.map(lambda job: job(), jobs))
    assert {r.status for r in replies} == {200}, [r for r in replies if r.status != 200]
    assert stack.active(room) == {f"w{i}" for i in range(10)}
    assert stack.one("PRAGMA integrity_check")[0] == "ok"


def test_kill_nine_loses_nothing_that_was_answered(stack, ann):
    """Responders die at any moment; every room that was answered is there, and no room is half there."""
    answered = []
    for turn in range(6):
        app = stack.fastcgi("room")
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            def go(_):
                for _ in range(30):
                    try:
                        r = app.post("/api/room/create", {}, token=ann.token)
                    except (AssertionError, OSError):
                        return
                    answered.append(r.must(200)["id"])
            futures = [pool.submit(go, i) for i in range(4)]
            want = len(answered) + 4 + turn
            end = time.monotonic() + 10
            while len(answered) < want and time.monotonic() < end:
                time.sleep(0.001)
            app.process.kill()
            app.process.wait()
            for f in futures:
                f.result()
    assert len(answered) >= 6 * 4
    there = {r["id"] for r in stack.sql("SELECT id FROM rooms")}
    assert set(answered) <= there
    assert not stack.sql("SELECT id FROM rooms WHERE created_by = ? AND id NOT IN (SELECT room_id FROM "
                         "room_permissions)", ann.id)
    assert stack.one("PRAGMA integrity_check")[0] == "ok"


def test_passwords_are_never_stored_plain(stack):
    who = stack.account()
    for f in pathlib.Path(stack.dir).glob("bedrud.db*"):
        data = f.read_bytes()
        assert PASSWORD.encode() not in data and who.refresh.encode() not in data and who.token.encode() not in data, f
