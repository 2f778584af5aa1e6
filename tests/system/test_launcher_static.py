# SPDX-License-Identifier: Apache-2.0
"""livekit.configPath: a configuration of LiveKit's own, with a real livekit-server."""
import json
import pathlib
import socket

import pytest

from lib.launcher import KEY, SECRET, argv
from lib.stack import poll


@pytest.fixture
def static(make):
    """A launcher that is pointed at a file; `text` takes its place in it, and `keys` are right by default."""
    def one(text="", keys=None, **livekit):
        m = make(configPath="livekit.yaml", **livekit)
        m.file = m.dir / "livekit.yaml"
        keys = json.dumps({KEY: SECRET} if keys is None else keys, ensure_ascii=False)
        m.file.write_text(f"# by hand\nport: {m.port}\nkeys: {keys}\nrtc:\n  tcp_port: {m.port + 1}\n"
                          f"  udp_port: {m.port + 2}\n  node_ip: 127.0.0.1\n{text}")
        m.file.chmod(0o600)
        return m
    return one


def last(p):
    return p.stderr.strip().split("\n")[-1]


def test_it_is_used_as_it_is_and_stays(static):
    m = static("webhook:\n  api_key: other\n  urls: ['http://127.0.0.1:9/api/livekit/webhook']\n",
               keys={KEY: SECRET, "other": "y" * 40})
    before = m.file.read_bytes(), m.file.stat()
    m.start().ready()
    livekit = m.livekit()
    assert argv(livekit) == ["livekit-server", "--config", str(m.file)]
    assert f"LiveKit runs with {m.file} as it is (livekit.configPath)" in m.log()
    assert "signs its events with another key" in m.log()
    m.process.kill()
    m.process.wait()
    m.start().ready(2)                  # a killed launcher's successor removes no file of somebody else's either
    assert m.stop() == 0
    after = m.file.read_bytes(), m.file.stat()
    assert before[0] == after[0] and before[1].st_mtime_ns == after[1].st_mtime_ns
    assert before[1].st_ino == after[1].st_ino
    assert KEY not in m.log() and SECRET[-32:] not in m.log()


def test_by_the_environment(static):
    m = static()
    other = m.dir / "other.yaml"
    m.file.rename(other)
    del m.conf["configPath"]
    m.write()
    other.chmod(0o644)
    m.start({"LIVEKIT_CONFIG_PATH": str(other), "LIVEKIT_CONFIG": "port: 1"}).ready()
    assert f"everybody on this machine can read or change the secrets in {other}: chmod 640" in m.log()
    assert argv(m.livekit())[2] == str(other)
    assert "sends no events to Bedrud" in m.log()
    assert m.stop() == 0 and other.exists()


def test_print_and_check(static):
    m = static()
    p = m.run("--print-config")
    assert p.returncode == 0 and f"runs with {m.file} as it is" in p.stdout, p
    assert KEY not in p.stdout and SECRET[-32:] not in p.stdout
    p = m.run("--check")
    assert p.returncode == 0 and f"accepts the configuration: port {m.port}," in p.stdout, p


def test_it_listens_elsewhere_than_on_loopback(static):
    """bind_addresses that leave 127.0.0.1 out: readiness is asked for where LiveKit answers."""
    m = static("bind_addresses: ['127.0.0.9']\n", internalHost="http://127.0.0.9:1")
    m.conf["internalHost"] = f"http://127.0.0.9:{m.port}"
    m.write()
    m.start()
    poll("ready", lambda: f"LiveKit is ready on port {m.port}" in m.log(), 40, log=m.log)
    assert m.stop() == 0


def test_another_port_than_bedrud_looks_at(static):
    m = static()
    m.conf["port"] = m.port + 3
    m.write()
    m.start().ready()
    assert f"Bedrud looks for LiveKit at http://127.0.0.1:{m.port + 3}" in m.log()
    assert f"will listen on port {m.port} ({m.file}): make them equal" in m.log()


@pytest.mark.parametrize("text,words", [
    ("tls:\n  a: 1\n", "field tls not found in type config.Config"),
    ("rtc2: {}\n", "field rtc2 not found"),
    ("room:\n  empty_timeout: soon\n", "cannot unmarshal"),
    ("room:\n  - [\n", "livekit.yaml:10:1: this is not YAML"),
    ("port: 7\n", "already defined"),
])
def test_what_livekit_refuses_is_said_before_it_starts(static, text, words):
    m = static(text)
    for option in ([], ["--check"]):
        p = m.run(*option)
        assert p.returncode == 78 and words in last(p), p.stderr
        assert str(m.file) in last(p)
        assert "started " not in p.stderr
    assert m.file.exists()


@pytest.mark.parametrize("keys,words", [
    ({"other": SECRET}, "has no key of the name that livekit.apiKey gives"),
    ({KEY: "x" * 40}, "has another secret for livekit.apiKey"),
])
def test_keys_that_bedrud_does_not_sign_with(static, keys, words):
    p = static(keys=keys).run()
    assert p.returncode == 78 and words in last(p), p.stderr
    assert KEY not in p.stderr and "x" * 40 not in p.stderr


def test_keys_in_a_file_of_their_own(static):
    m = static()
    keys = m.dir / "keys.yaml"
    keys.write_text(json.dumps({KEY: SECRET}, ensure_ascii=False))
    text = [line for line in m.file.read_text().split("\n") if not line.startswith("keys:")]
    m.file.write_text("\n".join([f"key_file: {keys}", *text]))
    keys.chmod(0o644)
    p = m.run()
    assert p.returncode == 78 and "chmod 600" in p.stderr and f"Correct {m.file}" in last(p), p.stderr
    keys.chmod(0o600)
    m.start().ready()
    assert m.stop() == 0


def test_what_livekit_refuses_only_when_it_starts(static):
    m = static("webhook:\n  api_key: other\n  urls: ['http://127.0.0.1:9/api/livekit/webhook']\n")
    p = m.run()
    assert p.returncode == 78 and f"api_key is required to use webhooks\". Correct {m.file}" in last(p), p.stderr


def test_it_cannot_be_read(static):
    m = static()
    pathlib.Path(m.file).unlink()
    p = m.run()
    assert p.returncode == 78 and f"unable to read LiveKit's configuration {m.file}" in last(p), p.stderr


def test_a_port_in_use_names_the_file(static):
    m = static()
    with socket.socket() as s:
        s.bind(("", m.port + 1))
        s.listen()
        p = m.run()
    assert p.returncode == 75 and f"change that port in {m.file}" in last(p), p.stderr
