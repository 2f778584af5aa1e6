# SPDX-License-Identifier: Apache-2.0
"""What recording needs beside LiveKit: an egress worker and an S3 server. The worker is the stand-in
tests/egress-standin, or the program that EGRESS_BIN names; then EGRESS_CONFIG may name a file with more lines for its
configuration (cpu_cost, say), beside Redis, keys and address, which are those of the test."""
import contextlib
import json
import os
import pathlib
import secrets
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request

import jwt
import pytest

from . import go, visitor
from .fcgi import _die_with_parent
from .stack import free_port, poll, tool, yaml

REAL = os.environ.get("EGRESS_BIN")


def build(folder):
    """The worker's program."""
    return REAL or go.build(folder / "egress-standin", module="tests/egress-standin")


def call(port, key, secret, method, body, service="Egress", grant=None, timeout=40):
    """One Twirp call as JSON: (HTTP status, answer)."""
    now = int(time.time())
    grant = grant or {"roomRecord": True, "roomCreate": True, "room": body.get("room_name", "")}
    token = jwt.encode({"iss": key, "nbf": now, "exp": now + 60, "video": grant}, secret, algorithm="HS256")
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/twirp/livekit.{service}/{method}", json.dumps(body).encode(),
        {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=timeout) as r:
            return r.status, json.loads(r.read())
    except urllib.error.HTTPError as e:
        return e.code, json.loads(e.read())


def ours(word, **arguments):
    """What our own code makes of a call (tests/tools/recording.c)."""
    p = subprocess.run([tool("recording"), word], input=json.dumps(arguments), text=True, capture_output=True,
                       timeout=60, check=True)
    return json.loads(p.stdout)


@contextlib.contextmanager
def somebody(port, key, secret, room, log):
    """A participant with camera and microphone, as a real worker begins to record when there is something to see; the
    stand-in, which doesn't join, needs nobody."""
    if not REAL:
        yield
        return
    now = int(time.time())
    token = jwt.encode({"iss": key, "sub": "somebody", "nbf": now, "exp": now + 600,
                        "video": {"roomJoin": True, "room": room}}, secret, algorithm="HS256")
    with visitor.by_sdk(visitor.HERE, {"livekitHost": f"ws://127.0.0.1:{port}", "token": token}, log) as v:
        v.comes()
        yield


class S3:
    """A real S3 server with one bucket: `block` is the configuration that fits it, `bucket` its folder."""

    def __init__(self, folder):
        program = os.environ.get("VERSITYGW") or shutil.which("versitygw")
        if not program:
            pytest.skip("no versitygw: name one in VERSITYGW")
        self.folder, self.port, secret = folder, free_port(), secrets.token_hex(16)
        self.bucket = folder / "meet"
        self.bucket.mkdir()
        self.program = program
        accounts = folder.with_name(folder.name + "-accounts")      # beside: what is in the folder is a bucket
        accounts.mkdir()
        self.process = subprocess.Popen(
            [program, "--port", f"127.0.0.1:{self.port}", "--virtual-domain", "localhost", "--iam-dir", accounts,
             "posix", folder],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, preexec_fn=_die_with_parent,
            env={**os.environ, "ROOT_ACCESS_KEY": "AKTEST", "ROOT_SECRET_KEY": secret})
        poll("versitygw", lambda: socket.create_connection(("127.0.0.1", self.port), 1).close() or True)
        self.block = {"endpoint": f"http://127.0.0.1:{self.port}", "bucket": "meet", "region": "us-east-1",
                      "accessKey": "AKTEST", "secretKey": secret}

    def target(self, **changes):
        """The same in an egress request's words."""
        names = {"accessKey": "access_key", "secretKey": "secret"}
        return {**{names.get(k, k): v for k, v in self.block.items()}, "force_path_style": True, **changes}

    def other(self, *actions):
        """Another account, which may do these things with objects and no more: the changes to `block`."""
        key, secret = "AK" + secrets.token_hex(4), secrets.token_hex(16)
        subprocess.run([self.program, "admin", "--access", self.block["accessKey"], "--secret", self.block["secretKey"],
                        "--endpoint-url", self.block["endpoint"], "create-user", "--access", key, "--secret", secret,
                        "--role", "user"], check=True, capture_output=True)
        # Where versitygw keeps a bucket's policy
        os.setxattr(self.bucket, "user.policy", json.dumps({"Version": "2012-10-17", "Statement": [{
            "Effect": "Allow", "Principal": {"AWS": [key]}, "Action": list(actions),
            "Resource": "arn:aws:s3:::meet/*"}]}).encode())
        return {"accessKey": key, "secretKey": secret}

    def close(self):
        self.process.terminate()
        self.process.wait(20)


class Worker:
    """An egress worker that listens at Redis. script(…) says what shall go wrong with the jobs from then on
    (tests/egress-standin/script.go)."""

    def __init__(self, folder, program, config):
        """config: the worker's own, as a dict or as the path of a file."""
        self.folder, self.program, self.script_path = folder, program, folder / "egress-script.json"
        self.script_path.write_text("{}")
        self.config = config
        if isinstance(config, dict):
            self.config = folder / "egress.yaml"
            with os.fdopen(os.open(self.config, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
                f.write(yaml({**config, "insecure": True}))
                if REAL and os.environ.get("EGRESS_CONFIG"):
                    f.write(pathlib.Path(os.environ["EGRESS_CONFIG"]).read_text())
        self.log = folder / "egress.log"
        self.process = None
        self.start()

    def start(self):
        argv = [self.program, "--config", self.config] + ([] if REAL else ["--script", self.script_path])
        with open(self.log, "ab") as err:
            self.process = subprocess.Popen(
                [str(a) for a in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=err, text=True,
                preexec_fn=_die_with_parent)
        if not REAL:
            assert self.process.stdout.readline() == "listening\n", self.log.read_text()
        return self

    def script(self, room="*", **what):
        if REAL:
            pytest.skip("a real egress worker does nothing on demand")
        self.script_path.write_text(json.dumps({room: what}))

    def kill(self):
        self.process.kill()
        self.process.wait()

    def close(self):
        """Ends it at once, whatever it has in hand."""
        if self.process.poll() is None:
            self.kill()


def listens(redis_port):
    """Whether any worker takes jobs there: its subscription in Redis."""
    said = subprocess.run(["redis-cli", "-p", str(redis_port), "PUBSUB", "CHANNELS", "EgressInternal|StartEgress*REQ"],
                          capture_output=True, text=True, check=True)
    return "StartEgress" in said.stdout


def probe(path):
    """What ffprobe says of a file: its seconds, and the kinds of its streams."""
    said = subprocess.run(["ffprobe", "-v", "error", "-show_entries", "format=duration:stream=codec_type", "-of",
                           "json", pathlib.Path(path)], capture_output=True, text=True, check=True)
    found = json.loads(said.stdout)
    return float(found["format"]["duration"]), sorted(s["codec_type"] for s in found["streams"])
