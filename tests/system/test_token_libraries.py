# SPDX-License-Identifier: Apache-2.0
"""Our token code held against LiveKit's own libraries, Python and Go: what we sign they read, what they sign we
accept."""
import base64
import hashlib
import json
import random
import subprocess

import pytest
from livekit import api

from lib import go, hooks
from lib.stack import tool

pytestmark = pytest.mark.timeout(900)     # the Go library is compiled once, and downloaded where it isn't cached
KEY, SECRET = "APIlibraries", "a secret of more than thirty-two bytes"
NAMES = ["camera", "microphone", "screen_share", "screen_share_audio"]
CASES = [
    {"room": "daily", "identity": "u1", "name": "Ada", "sources": 15, "data": 1, "subscribe": 1, "ttl": 60},
    {"room": "daily", "identity": "guest-a1b2c3d4", "name": "Zoë <&> \"q\" \\ 👋", "sources": 2, "data": 1,
     "subscribe": 1,
     "ttl": 1800, "admission": "0" * 32, "max": 20, "empty": 300, "departure": 60},
    {"room": "a-b", "identity": "u2", "name": "", "sources": 0, "data": 1, "subscribe": 1, "ttl": 60,
     "metadata": '{"accesses":["superadmin","user"]}', "admission": "f" * 32, "departure": 1},
    {"room": "x" * 63, "identity": "u3", "name": "n" * 255, "sources": 13, "data": 0, "subscribe": 0, "ttl": 60,
     "max": 1},
]


def ours(what, **arguments):
    p = subprocess.run([tool("mint"), what], input=json.dumps({"key": KEY, "secret": SECRET, **arguments}), text=True,
                       capture_output=True, timeout=60)
    assert p.returncode in (0, 1), p
    return p.stdout.strip() if p.returncode == 0 else None


@pytest.fixture(scope="module")
def gotoken(tmp_path_factory):
    out = go.build(tmp_path_factory.mktemp("go") / "gotoken")

    def run(what, text, secret=SECRET):
        p = subprocess.run([out, what, KEY, secret], input=text, text=True, capture_output=True, timeout=60)
        return p.stdout.strip() if p.returncode == 0 else None
    return run


def expected_sources(case):
    some = [n for i, n in enumerate(NAMES) if case["sources"] >> i & 1]
    return some if 0 < len(some) < 4 else []


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["identity"])
def test_python_reads_our_join_token(case):
    c = api.TokenVerifier(KEY, SECRET).verify(ours("join", **case))
    assert (c.identity, c.name, c.metadata) == (case["identity"], case["name"], case.get("metadata", ""))
    v = c.video
    assert (v.room_join, v.room, v.can_publish) == (True, case["room"], case["sources"] != 0)
    assert (v.can_publish_data, v.can_subscribe, v.can_update_own_metadata) == (bool(case["data"]),
                                                                                bool(case["subscribe"]), True)
    assert (v.can_publish_sources or []) == expected_sources(case)
    assert (c.attributes or {}) == ({"bedrud.admission": case["admission"]} if "admission" in case else {})
    wanted = tuple(case.get(k, 0) for k in ("max", "empty", "departure"))
    if any(wanted):
        assert (c.room_config.max_participants, c.room_config.empty_timeout, c.room_config.departure_timeout) == wanted
    else:
        assert not c.room_config or c.room_config == api.RoomConfiguration()
    assert not (v.room_admin or v.room_create or v.room_list or v.room_record or v.hidden or v.recorder)


@pytest.mark.parametrize("case", CASES, ids=lambda c: c["identity"])
def test_go_reads_our_join_token(gotoken, case):
    token = ours("join", **case)
    c = json.loads(gotoken("verify", token))
    assert (c["Identity"], c.get("name", ""), c.get("metadata", "")) == (case["identity"], case["name"],
                                                                         case.get("metadata", ""))
    assert c["video"] == {
        "roomJoin": True, "room": case["room"], "canPublish": case["sources"] != 0,
        "canPublishData": bool(case["data"]),
        "canSubscribe": bool(case["subscribe"]), "canUpdateOwnMetadata": True,
        **({"canPublishSources": expected_sources(case)} if expected_sources(case) else {})}
    assert c.get("attributes", {}) == ({"bedrud.admission": case["admission"]} if "admission" in case else {})
    config = {n: case[k] for k, n in (("max", "maxParticipants"), ("empty", "emptyTimeout"),
                                      ("departure", "departureTimeout"))
              if k in case}
    assert (c["Config"] or {}) == config
    assert gotoken("verify", token, secret=SECRET + "x") is None
    assert gotoken("verify", token[:-2] + ("A" if token[-2] != "A" else "B") + token[-1]) is None


@pytest.mark.parametrize("power,grant", list(enumerate(["roomCreate", "roomList", "roomAdmin", "roomRecord"])))
def test_both_read_our_call_tokens(gotoken, power, grant):
    token = ours("call", power=power, room="daily")
    assert json.loads(gotoken("verify", token))["video"] == {grant: True, "room": "daily"}
    v = api.TokenVerifier(KEY, SECRET).verify(token).video
    given = {"roomCreate": v.room_create, "roomList": v.room_list, "roomAdmin": v.room_admin,
             "roomRecord": v.room_record}
    assert {k for k, on in given.items() if on} == {grant} and v.room == "daily" and not v.room_join


def bodies():
    """Bytes as LiveKit writes them, and random ones: the signature is over bytes, whatever they are."""
    dice = random.Random(7)
    yield hooks.body("participant_joined", "daily", "RM_x", identity="u1").decode()
    yield hooks.body("room_finished", "Zoë", "RM_x").decode()
    for _ in range(20):
        pad = "".join(dice.choice(" \t\n") for _ in range(dice.randrange(60)))
        yield '{"event":"track_published",%s"id":"EV_%d"}' % (pad, dice.randrange(10**9))


def accepted(body, authorization):
    return ours("event", body=body, authorization=authorization)


def check_signed(sign):
    for body in bodies():
        authorization = sign(body)
        assert accepted(body, authorization) == "ok " + json.loads(body)["event"]
        assert accepted(body, "Bearer " + authorization) is not None
        assert accepted(body + " ", authorization) is None
        assert accepted(
            body, authorization[:-3] + ("A" if authorization[-3] != "A" else "B") + authorization[-2:]) is None


def test_we_accept_what_python_signs():
    def sign(body):
        digest = base64.b64encode(hashlib.sha256(body.encode()).digest()).decode()
        return api.AccessToken(KEY, SECRET).with_sha256(digest).to_jwt()
    check_signed(sign)


def test_we_accept_what_go_signs(gotoken):
    check_signed(lambda body: gotoken("sign", body))


def test_python_accepts_what_our_kind_of_signature_covers():
    """The same bytes and header through the Python library's own receiver: both agree about a genuine and a changed
    one."""
    receiver = api.WebhookReceiver(api.TokenVerifier(KEY, SECRET))
    body = hooks.body("room_started", "daily", "RM_x").decode()
    authorization = hooks.sign(body.encode(), KEY, SECRET)
    assert receiver.receive(body, authorization).event == "room_started" and accepted(body, authorization)
    with pytest.raises(Exception):
        receiver.receive(body + " ", authorization)
    assert accepted(body + " ", authorization) is None
