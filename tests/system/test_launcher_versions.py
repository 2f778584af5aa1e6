# SPDX-License-Identifier: Apache-2.0
"""livekit-launcher with every livekit-server that LIVEKIT_SERVERS names (paths with colons between): all that can be
set up is on; what a version doesn't know is said."""
import os
import pathlib
import re
import shutil
import signal
import subprocess

import pytest

from lib import hooks
from lib.doctor import Redis, Report
from lib.launcher import KEY, SECRET
from lib.stack import livekit_binary, poll
from test_launcher_turn import DOMAIN, certificate

SERVERS = [s for s in os.environ.get("LIVEKIT_SERVERS", "").split(":") if s] or [livekit_binary()]


def version_of(binary):
    out = subprocess.run([binary, "--version"], capture_output=True, text=True, check=True).stdout
    return tuple(int(n) for n in re.search(r"(\d+)\.(\d+)\.(\d+)", out).groups())


@pytest.fixture(params=SERVERS, ids=lambda s: pathlib.Path(s).parent.name)
def full(request, make):
    """Everything on: TURN over UDP and TLS, a range of ports, a webhook, a Redis with a password."""
    m = make()
    cert, key = certificate(m.dir)
    m.server.update(domain=DOMAIN, enableTLS=True, certFile=str(cert), keyFile=str(key))
    m.conf.update(binary=request.param, udpPort=0, udpPortStart=42200, udpPortEnd=42300,
                  turn={"udpPort": m.port + 1, "tlsPort": m.port + 2, "relayPortStart": 42000, "relayPortEnd": 42100})
    folder = m.dir / "redis"
    folder.mkdir()
    with Redis(folder, "--requirepass", 'a"b: #c') as redis:
        m.conf["redis"] = {"address": f"127.0.0.1:{redis.port}", "password": 'a"b: #c', "db": 2}
        m.write()
        yield m


def test_what_quickstart_promises_is_there():
    """Three versions at least where the list is given: a version that could not be built is no reason to test less."""
    if os.environ.get("LIVEKIT_SERVERS"):
        assert len({version_of(s) for s in SERVERS}) >= 3, SERVERS


def test_doctor_takes_it(full):
    """What this version doesn't know is left out, as by the launcher; what is lost by that is said."""
    r = Report(full.dir / "config.yaml", full.env)
    if version_of(full.conf["binary"]) >= (1, 13):
        assert r.levels("livekit.accepts") == {"ok"}, r
    r.one("livekit.accepts", "ok", "it takes the configuration")
    for level, seen, fix in r.every("livekit.accepts"):
        assert level == "ok" or (level == "warning" and "doesn't know" in seen and "1.13.5" in fix), r
    if "turn.deny_peer_cidrs" in str(r):
        r.one("turn.config", "warning", "TURN is off, because this livekit-server", "1.13.5")


def test_everything_on(full):
    version = version_of(full.conf["binary"])
    receiver = hooks.Receiver(full.port + 3, SECRET)
    try:
        full.start().ready()            # which includes a signed call
        urls = [u for urls, _, _ in full.ice_servers() for u in urls]       # joins
        poll("the event of the room", lambda: "room_started" in [e["event"] for _, _, e in receiver.events],
             log=full.log)
    finally:
        receiver.close()
    assert {(key, path) for key, path, _ in receiver.events} == {(KEY, "/api/livekit/webhook")}
    dropped = re.findall(r"this livekit-server doesn't know (\S+), so it is left out: (.*)", full.log())
    if version >= (1, 13, 5):
        assert not dropped and full.log().count("started ") == 1
        assert set(urls) == {f"turn:127.0.0.1:{full.port + 1}?transport=udp", f"turns:{DOMAIN}:443?transport=tcp",
                             f"turns:{DOMAIN}:{full.port + 2}?transport=tcp"}, urls
    else:
        # Their relay takes anybody to 127.0.0.1: better none.
        assert {"turn.deny_peer_cidrs", "turn.allow_restricted_peer_cidrs"} <= {name for name, _ in dropped}, dropped
        assert "so TURN is off, and participants behind strict firewalls" in dict(dropped)["turn.deny_peer_cidrs"]
        assert urls == ["stun:127.0.0.1:42200"], urls
        assert full.log().count("started ") <= 3
    assert full.stop() == 0
    assert not (full.dir / "livekit-launcher.file").read_text()


def test_what_was_left_out_once_stays_out(full):
    """SIGHUP with an unchanged configuration disturbs nobody; a killed LiveKit comes back without another refusal."""
    full.start().ready()
    livekit, starts = full.livekit(), full.log().count("started ")
    full.process.send_signal(signal.SIGHUP)
    poll("the answer", lambda: "nothing in it is new to LiveKit" in full.log(), log=full.log)
    assert full.livekit() == livekit
    os.kill(livekit, signal.SIGKILL)
    full.ready(2)
    assert full.log().count("started ") == starts + 1
    assert full.stop() == 0


def test_check_tells_the_same(full):
    p = full.run("--check")
    assert p.returncode == 0 and "accepts the configuration" in p.stdout, p
    known = version_of(full.conf["binary"]) >= (1, 13, 5)
    assert ("doesn't know turn.deny_peer_cidrs" in p.stderr) is not known, p.stderr


def test_more_of_redis_is_understood(full):
    full.conf["redis"].update(username="u", useTLS=True)
    full.write()
    p = full.run("--check")
    assert p.returncode == 0 and "redis" not in p.stderr and 'a"b' not in p.stdout + p.stderr, p


def test_an_upgrade_in_place(make):
    """Another program under the same name: SIGHUP starts it, and what only the one before didn't know is back."""
    old, new = min(SERVERS, key=version_of), max(SERVERS, key=version_of)
    if version_of(old) >= (1, 12):
        pytest.skip("LIVEKIT_SERVERS names none that is older than 1.12")
    m = make()
    program = m.dir / "livekit-server"
    shutil.copy(old, program)
    m.server["domain"] = DOMAIN
    m.conf.update(binary=str(program), udpPort=m.port + 2,
                  turn={"udpPort": m.port + 3, "relayPortStart": 42000, "relayPortEnd": 42100})
    m.write()
    m.start().ready()
    assert "doesn't know turn.deny_peer_cidrs" in m.log() and "enabled: false" in m.yaml().read_text()
    shutil.copy(new, m.dir / "new")
    os.replace(m.dir / "new", program)
    m.process.send_signal(signal.SIGHUP)
    m.ready(2)
    assert "deny_peer_cidrs:" in m.yaml().read_text()
    poll("the version", lambda: m.status()["version"] == ".".join(map(str, version_of(new))), log=m.log)
    assert m.stop() == 0
