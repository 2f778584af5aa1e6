# SPDX-License-Identifier: Apache-2.0
"""`bedrudctl doctor` on recordings: downloads through real web servers that were set up wrongly, who may write where
the egress worker writes, LiveKit's refusal, and how the last recording went."""
import contextlib
import itertools
import json
import os
import pwd
import subprocess
import time
import uuid

import jwt
import pytest

from lib import egress, films
from lib.doctor import Authority, Redis, Relay, Report
from lib.fcgi import _die_with_parent
from lib.fronts import Apache, Lighttpd, Nginx
from lib.launcher import KEY, SECRET
from lib.stack import State, free_port, poll, program

as_root = pytest.mark.skipif(os.getuid() != 0, reason="needs root: the users of others")
numbers = itertools.count()


def admin(house):
    return house.one("SELECT id FROM users WHERE email = ?", house.admin_email)["id"]


def forget(house, id):
    house.sql("DELETE FROM recordings WHERE id = ?", id)
    house.sql("DELETE FROM recording_facts WHERE recording_id = ?", id)


@pytest.fixture
def film(stack):
    """A recording with its file in the running house; the file's path."""
    id, key = films.add(stack, admin(stack))
    with stack.settings(recordings_enabled=1):
        yield films.put(stack, key)
    forget(stack, id)


@pytest.fixture
def ask(stack):
    def one(env=None, before=(), **changes):
        return Report(stack.variant(f"recording{next(numbers)}", changes), env, before=before)
    return one


# --- downloads

def alone(front, config):
    """A house where LiveKit doesn't run: it has no part in downloads."""
    class Site(front):
        def spawn(self, name, *rest):
            if name != "launcher":
                super().spawn(name, *rest)

        def wait_livekit(self):
            pass
    return Site(config)


@contextlib.contextmanager
def nginx(folder, *servers):
    """A real nginx with the text of some server blocks, before the house."""
    temp = "".join(f"{k}_temp_path {folder}/{k};" for k in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    conf = folder / "proxy.conf"
    conf.touch(0o600)       # a test writes a token into it
    conf.write_text(f"daemon off; pid {folder}/proxy.pid; error_log {folder}/proxy.log;\nevents {{}}\n"
                    f"http {{ access_log off; {temp}\n" + "\n".join(servers) + "\n}\n")
    p = subprocess.Popen(["/usr/sbin/nginx", "-e", folder / "proxy.log", "-c", conf], preexec_fn=_die_with_parent)
    try:
        yield
    finally:
        p.terminate()
        p.wait(20)


def test_download_through_a_proxy(stack, film, ask, tmp_path):
    """The house's own answers, whole and spoilt by a proxy before it."""
    ask().expect("recording.download", "ok", f"127.0.0.1:{stack.port} gives a recording's file to whoever may have it")
    ports = [free_port() for _ in range(4)]
    token = stack.admin.token
    spoils = ('proxy_set_header Range "";', f'proxy_set_header Authorization "Bearer {token}";',
              'proxy_set_header Authorization "";', "return 404;")
    with nginx(tmp_path, *(f"server {{ listen 127.0.0.1:{port}; location / {{ proxy_pass http://127.0.0.1:{stack.port};"
                           f" {spoil} }} }}" for port, spoil in zip(ports, spoils))):
        def by(port, *expected):
            poll("nginx", lambda: ask(auth={"frontendURL": f"http://127.0.0.1:{port}"}).expect(
                "recording.download", *expected), every=0.3)
        by(ports[0], "warning", "only whole: a download can't be resumed", "the Range header")
        by(ports[1], "error", "to anybody, without asking who it is", "adds an Authorization header")
        by(ports[2], "error", 'HTTP 401, "', "pass the Authorization header on")
        by(ports[3], "error", "answers HTTP 404 to a download", "lead /api/ to our responders")
    ask(auth={"frontendURL": f"http://127.0.0.1:{ports[0]}"}).expect(
        "recording.download", "warning", "connection refused", "start the web server")
    ask(auth={"jwtSecret": "another-secret-" + "0" * 32}).expect(
        "recording.download", "error", 'HTTP 401, "', "let the responders of the site read")
    idle = stack.account()
    stack.sql("UPDATE users SET is_active = 0 WHERE id = ?", idle.id)
    id, _ = films.add(stack, idle.id)
    ask().expect("recording.download", "ok", "gives a recording's file")       # that of the next owner
    forget(stack, id)
    film.unlink()
    ask().expect("recording.download", "error", "is missing on the server", "put the file back")


def test_no_download_yet(stack, ask):
    with stack.settings(recordings_enabled=1):
        ask().expect("recording.download", "ok", "no recording yet")


@pytest.mark.parametrize("front, way, seen, fix", [
    (Nginx, "x-sendfile", "are shown where it lies", "location ^~ /_recordings/ {"),
    (Nginx, "x-accel-redirect", "doesn't send recordings itself", "internal; alias"),
    (Apache, "x-sendfile", "are shown where it lies", "XSendFilePath"),
    (Lighttpd, "x-sendfile", "as recording.download wants it to: HTTP 200 and nothing", '"x-sendfile" => "enable"'),
], ids=lambda x: getattr(x, "__name__", None))
def test_download_by_a_web_server_that_was_not_told(front, way, seen, fix):
    """recording.download names what the files in etc/ have as a comment only."""
    site = alone(front, {"recording": {"enabled": True, "download": way, "storageDir": "data/recordings"}})
    try:
        films.put(site, films.add(site, admin(site))[1])
        Report(site.config).expect("recording.download", "error", seen, fix)
    finally:
        site.close()


@pytest.fixture
def s3(tmp_path):
    folder = tmp_path / "s3"
    folder.mkdir()
    server = egress.S3(folder)
    yield server
    server.close()


def in_names(folder, **names):
    """Words that run a command with these names at 127.0.0.1."""
    hosts = folder / "hosts"
    hosts.write_text("127.0.0.1 localhost\n" + "".join(f"127.0.0.1 {n}\n" for n in names.values()))
    return ["unshare", "-m", "sh", "-c", f'mount --bind {hosts} /etc/hosts && exec "$@"', "sh"]


def test_download_from_s3(s3, tmp_path):
    """The link is followed; one that leads nowhere, or to an object that is gone, is found."""
    site = alone(Lighttpd, {"recording": {"enabled": True, "storage": "s3", "s3": s3.block}})
    try:
        file = s3.bucket / films.add(site, admin(site), storage="s3")[1]
        file.parent.mkdir(parents=True)
        file.write_bytes(films.FILM)
        Report(site.config).expect("recording.download", "ok", f"127.0.0.1:{s3.port} gives a recording's file")
        if os.getuid() == 0:
            path = site.variant("outside", {"auth": {"frontendURL": f"http://meet.lan:{site.port}"}})
            Report(path, before=in_names(tmp_path, site="meet.lan")).expect(
                "recording.download", "error", "that is each one's own machine", "recording.s3.fetch: true")
            path = site.variant("outside", {"auth": {"frontendURL": f"http://meet.example.org:{site.port}"}})
            Report(path, before=in_names(tmp_path, site="meet.example.org")).expect(
                "recording.download", "warning", "has no TLS, and a token would cross", "give the site HTTPS")
        file.unlink()
        Report(site.config).expect("recording.download", "error", "HTTP 404", "put the object back")
        s3.close()
        Report(site.config).expect("recording.download", "error", "leads nowhere: connection refused",
                                    "of recording.s3")
    finally:
        site.close()


@as_root
def test_download_by_plain_http_from_a_page_with_tls(s3, tmp_path):
    """What browsers refuse."""
    authority = Authority(tmp_path)
    names = in_names(tmp_path, site="meet.example.org", s3="s3.example.org")
    site = alone(Lighttpd, {"recording": {"enabled": True, "storage": "s3", "s3": {
        **s3.block, "endpoint": f"http://s3.example.org:{s3.port}"}}})
    try:
        films.add(site, admin(site), storage="s3")
        with Relay(0, site.port, *authority.issue("meet", names="DNS:meet.example.org")) as front:
            path = site.variant("tls", {"auth": {"frontendURL": f"https://meet.example.org:{front.port}"}})
            Report(path, {"SSL_CERT_FILE": str(authority.cert)}, before=names).expect(
                "recording.download", "error", "browsers refuse that", "an https address")
    finally:
        site.close()


# --- who may write where the worker writes

@pytest.fixture
def state():
    s = State({"recording": {"enabled": True, "storageDir": "recordings"}})
    yield s
    s.close()


@as_root
def test_incoming(state):
    """The database belongs to nobody, the worker is a container's user of group 0, then a user of this machine."""
    nobody, games = pwd.getpwnam("nobody"), pwd.getpwnam("games")
    folder = state.dir / "recordings/incoming"
    state.dir.chmod(0o711)
    for path in (state.dir, *state.dir.glob("bedrud.db*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)

    def examine(level, seen, fix=None, **changes):
        r = Report(state.variant(f"v{next(numbers)}", {"recording": changes}))
        r.expect("recording.incoming", level, seen, fix)
    folder.parent.mkdir()
    make = f"run: install -d -o nobody -g root -m 2770 {folder}"
    examine("error", "No such file", make)
    folder.mkdir(mode=0o700)
    examine("error", "so can't take a recording from there: Permission denied", make)
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    folder.chmod(0o2770)
    os.chown(folder.parent, nobody.pw_uid, nobody.pw_gid)
    folder.parent.chmod(0o700)       # above a mount doesn't count
    examine("error", "user (1001:0) may not write into", make + "; or name")
    os.chown(folder, nobody.pw_uid, 0)
    examine("ok", "by us and by the egress worker's user (1001:0)")
    subprocess.run(make[5:].split(), check=True)
    examine("ok", "by us and by the egress worker's user (1001:0)")
    examine("error", "user (games) may not write into", f"-g {games.pw_gid and 'games'} -m 2770", workerUser="games")
    os.chown(folder, nobody.pw_uid, games.pw_gid)
    examine("error", "user (games) may not write into", workerUser="games")      # it can't come through the one above
    folder.parent.chmod(0o711)
    examine("ok", "user (games)", workerUser="games")
    for wrong in ("nobody-of-that-name", "1001:x", ":0"):
        examine("error", f'"{wrong}" is no user of this machine', "set recording.workerUser", workerUser=wrong)
    examine("error", "is no folder", "to a folder", incomingDir=str(state.config))


@as_root
def test_incoming_by_an_acl(state):
    """An entry of an ACL counts: the folder's group may not write, one user more may."""
    folder = state.dir / "recordings/incoming"
    folder.mkdir(parents=True)
    report = state.variant("acl", {"recording": {"workerUser": "4711:4711"}})
    folder.chmod(0o750)
    Report(report).expect("recording.incoming", "error", "user (4711:4711) may not write")
    entries = ((0x01, 7, -1), (0x02, 7, 4711), (0x04, 5, -1), (0x10, 7, -1), (0x20, 0, -1))   # linux/posix_acl_xattr.h
    try:
        os.setxattr(folder, "system.posix_acl_access", (2).to_bytes(4, "little") + b"".join(
            tag.to_bytes(2, "little") + may.to_bytes(2, "little") + (id & 0xffffffff).to_bytes(4, "little")
            for tag, may, id in entries))
    except OSError as e:
        pytest.skip(f"no ACLs on this file system: {e}")
    Report(report).expect("recording.incoming", "ok", "user (4711:4711)")


def test_incoming_for_ordinary_users(state):
    """Only root can try it as another."""
    folder = state.dir / "recordings/incoming"
    folder.mkdir(parents=True, mode=0o700)
    before = ()
    if os.getuid() == 0:
        nobody = pwd.getpwnam("nobody")
        for path in (state.dir, *state.dir.rglob("*")):
            os.chown(path, nobody.pw_uid, nobody.pw_gid)
        before = ["setpriv", f"--reuid={nobody.pw_uid}", f"--regid={nobody.pw_gid}", "--clear-groups"]
    Report(state.config, before=before).expect("recording.incoming", "ok", "root can tell: run this as root")


# --- LiveKit's refusal, the last recording

class Swap(Relay):
    """A proxy that puts a token of its own into the calls about recordings: one without roomRecord."""

    def _copy(self, source, to):
        try:
            while data := source.recv(65536):
                if b" /twirp/livekit.Egress/" in data:
                    now = int(time.time())
                    own = jwt.encode({"iss": KEY, "nbf": now - 5, "exp": now + 60, "video": {"roomList": True}}, SECRET,
                                     algorithm="HS256")
                    data = b"\r\n".join(b"Authorization: Bearer " + own.encode() if line.startswith(b"Authorization:")
                                        else line for line in data.split(b"\r\n"))
                to.sendall(data)
            to.shutdown(2)
        except OSError:
            pass


def test_livekit_denies(make, tmp_path, ask, stack):
    """Without the grant, and by a proxy that doesn't pass recording on."""
    with Redis(tmp_path) as redis:
        house = make(redis={"address": f"127.0.0.1:{redis.port}"})
        house.start().ready()
        front = free_port()
        with stack.settings(recordings_enabled=1), Swap(0, house.port) as swap, nginx(
                tmp_path, f"server {{ listen 127.0.0.1:{front}; location / {{ proxy_pass http://127.0.0.1:{house.port};"
                f" }} location /twirp/livekit.Egress/ {{ return 404; }} }}"):
            def by(port, *expected):
                r = ask(livekit={"external": True, "internalHost": f"http://127.0.0.1:{port}", "apiKey": KEY,
                                 "apiSecret": SECRET})
                return r.expect("livekit.call", "ok", "knows our key").expect("recording.livekit", *expected)
            by(house.port, "ok", "lets us record")
            by(swap.port, "error", '("permissions denied")', "pass our Authorization header on")
            poll("nginx", lambda: by(front, "error", "answers HTTP 404 to a call about recordings",
                                     "/twirp/livekit.Egress/"), every=0.3)


def test_last_recording(state):
    """One that was written where we don't see it, failed by the real worker; what is old isn't said."""
    owner = admin(state)
    films.add(state, owner, "failed", error="nobody was there", age=8 * 86400)
    assert "recording.last" not in Report(state.config)
    id, _ = films.add(state, owner, "processing", age=60)
    now = time.strftime("%F %T+00:00", time.gmtime(time.time() - 60))
    state.sql("INSERT INTO jobs (id, type, payload, status, attempts, max_attempts, run_at, priority, created_at, "
              "updated_at) VALUES (?, 'process_recording', ?, 'pending', 2, 5, ?, 0, ?, ?)", str(uuid.uuid4()),
              json.dumps({"recording_id": id}), now, now, now)
    subprocess.run([program("bedrud-worker"), "--config", state.config, "--once"], capture_output=True, timeout=60)
    assert state.one("SELECT status FROM recordings WHERE id = ?", id)["status"] == "failed"
    Report(state.config).expect("recording.last", "warning", "The recorder's file is not on this machine.",
                                "needs recording.storage: s3")
    films.add(state, owner, "failed", error="No recorder took the job.", age=30)
    Report(state.config).expect("recording.last", "warning", "has failed: No recorder took the job.",
                                "the logs of bedrud-worker")
    films.add(state, owner, "completed")
    films.add(state, owner, "active")
    Report(state.config).expect("recording.last", "ok", "has its file")


def test_files_that_are_missing(state):
    """As bedrud-worker found when it last looked."""
    files = [films.put(state, films.add(state, admin(state))[1]) for _ in range(2)]
    config = state.variant("files", {"recording": {"storageDir": "data/recordings"}})

    def look(config=config):
        state.sql("UPDATE duties SET last_run_at = 0, lease_until = 0 WHERE name = 'recording-files'")
        subprocess.run([program("bedrud-worker"), "--config", config, "--once"], capture_output=True, timeout=60)
        return Report(config)
    assert "recording.files" not in Report(config)
    look().expect("recording.files", "ok", "each recording has its file, and each file its recording")
    files[0].rename(files[0].with_name(f"{uuid.uuid4()}.mp4"))
    os.utime(next(files[0].parent.iterdir()), (1, 1))
    look().expect("recording.files", "warning", "1 recordings have lost their file, and 1 files belong to no recording",
                  "out of a backup")
    next(files[0].parent.iterdir()).rename(files[0])
    s3 = {"endpoint": f"http://127.0.0.1:{free_port()}", "bucket": "b", "accessKey": "a", "secretKey": "s"}
    deaf = state.variant("deaf", {"recording": {"enabled": True, "storage": "s3", "storageDir": "data/recordings",
                                                "s3": s3}})
    look(deaf).expect("recording.files", "warning", "could not look through the whole bucket", "s3.read")


def test_on_and_no_redis(state):
    """Said by the launcher's plan, by the doctor, and when the worker's configuration is wanted; no file is left."""
    r = Report(state.config)
    r.one("config.plan", "warning", "nothing can be recorded: set livekit.redis.address")
    r.expect("recording.redis", "error", "LiveKit has no Redis", "install redis-server")

    def wanted(code, words, *more):
        p = subprocess.run([program("bedrudctl"), "--config", state.config, "egress", "config", *more],
                           capture_output=True, text=True, timeout=60)
        assert p.returncode == code and words in p.stderr, p
        assert state.secrets["livekit"] not in p.stdout + p.stderr
    wanted(78, "livekit.redis.address is empty: set it", "--output", state.dir / "egress.yaml")
    wanted(64, "needs --output FILE")
    state.write_config(state.config, {**state.conf, "livekit": {**state.conf["livekit"],
                                                                "redis": {"address": "127.0.0.1:6379"}}})
    wanted(75, "unable to make a file beside", "--output", state.dir / "nowhere/egress.yaml")
    assert not list(state.dir.glob("egress*"))
