# SPDX-License-Identifier: Apache-2.0
"""Our S3 client (common/object) with a real S3 server: what it does, and the kind and sentence of each refusal."""
import os
import urllib.error
import urllib.request

import pytest

from lib.egress import ours
from lib.stack import free_port

FINE, NO_OBJECT, NO_BUCKET, WRONG_KEY, WRONG_SECRET, DENIED, WRONG_REGION = range(7)
UNREACHABLE = 10


@pytest.fixture
def ask(s3):
    def one(word, changes=None, **kw):
        said = ours(f"s3-{word}", s3={**s3.block, "forcePathStyle": True, **(changes or {})}, **kw)
        assert s3.block["secretKey"] not in str(said)
        return said
    return one


def test_round(ask, s3, tmp_path):
    key = "rec/a b+c & ü.mp4"
    data = os.urandom(3_000_000)
    file = tmp_path / "got"
    assert ask("put", objectKey=key, data="first")["err"] == "ok"
    assert (s3.bucket / key).read_text() == "first"
    (s3.bucket / key).write_bytes(data)
    said = ask("head", objectKey=key)
    assert (said["err"], said["size"]) == ("ok", len(data))
    file.write_bytes(data[:1_000_000])
    assert ask("get", objectKey=key, file=str(file))["err"] == "ok"
    assert file.read_bytes() == data
    file.write_bytes(data + b"more")
    assert ask("get", objectKey=key, file=str(file))["err"] == "ok"
    assert file.read_bytes() == data
    assert ask("get", objectKey=key, file="/dev/full")["err"] == "io"
    assert ask("delete", objectKey=key)["err"] == "ok" and not (s3.bucket / key).exists()
    assert ask("delete", objectKey=key)["err"] == "ok"
    for word in ("head", "get"):
        said = ask(word, objectKey=key, file=str(file))
        assert (said["err"], said["fault"]) == ("absent", NO_OBJECT)


def test_empty_object(ask, tmp_path):
    assert ask("put", objectKey="empty", data="")["err"] == "ok"
    assert ask("head", objectKey="empty")["size"] == 0
    assert ask("get", objectKey="empty", file=str(tmp_path / "x"))["err"] == "ok"
    assert (tmp_path / "x").read_bytes() == b""


def test_list(ask, s3):
    """Names that XML must escape, a prefix, and more than a page (the server's pages hold 1,000)."""
    folder = s3.bucket / "many"
    folder.mkdir()
    names = sorted([f"o{n:04}" for n in range(1100)] + ["a&b", "a<b", "a b", "ü"])
    for name in names:
        (folder / name).write_text("x")
    found, at, pages = [], None, 0
    while at is not None or not pages:
        said = ask("list", prefix="many/", **({"from": at} if at else {}))
        assert said["err"] == "ok", said
        found += said["objects"]
        at, pages = said["next"], pages + 1
    assert sorted(o["key"] for o in found) == sorted(f"many/{n}" for n in names) and pages == 2
    assert {o["size"] for o in found} == {1} and all(o["modifiedAt"] for o in found)
    assert ask("list", prefix="none/")["objects"] == []


def test_link(ask, s3):
    """A link is good for who has it, names the file, gives ranges; a changed one isn't, nor one for something else."""
    (s3.bucket / "linked.mp4").write_bytes(b"0123456789")
    link = ask("link", objectKey="linked.mp4", fileName="Réunion.mp4", lifeS=60)["link"]
    with urllib.request.urlopen(urllib.request.Request(link, headers={"Range": "bytes=2-4"}), timeout=5) as r:
        assert (r.status, r.read()) == (206, b"234")
        assert r.headers["Content-Disposition"] == (
            "attachment; filename=\"R__union.mp4\"; filename*=UTF-8''R%C3%A9union.mp4")
    for bad in (link[:-1] + ("0" if link[-1] != "0" else "1"), link.replace("linked", "other"),
                link.replace("Expires=60", "Expires=600")):
        with pytest.raises(urllib.error.HTTPError) as e:
            urllib.request.urlopen(bad, timeout=5)
        assert e.value.code == 403
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(urllib.request.Request(link, method="DELETE"), timeout=5)


@pytest.mark.parametrize("word", ("head", "put", "list", "delete", "get"))
@pytest.mark.parametrize("changes,fault,words", (
    ({"bucket": "elsewhere"}, NO_BUCKET, "no such bucket"),
    ({"accessKey": "AKOTHER"}, WRONG_KEY, "no such access key"),
    ({"secretKey": "another"}, WRONG_SECRET, "the signature is wrong"),
    ({"region": "eu-west-9"}, WRONG_REGION, "in another region"),
), ids=("bucket", "key", "secret", "region"))
def test_refusals(ask, word, changes, fault, words, tmp_path):
    said = ask(word, changes, objectKey="k", data="x", prefix="", file=str(tmp_path / "x"))
    assert said["err"] == "config", said
    assert said["fault"] == fault and words in said["problem"], said


def test_unreachable(ask, tmp_path):
    for word in ("head", "put", "list", "delete"):
        said = ask(word, {"endpoint": f"http://127.0.0.1:{free_port()}"}, objectKey="k", data="x", prefix="")
        assert (said["err"], said["fault"]) == ("peer", UNREACHABLE)
        assert "isn't reached" in said["problem"]


def test_virtual_host(ask, s3):
    """The bucket in the host's name (names below localhost lead here)."""
    there = {"endpoint": f"http://localhost:{s3.port}", "forcePathStyle": False}
    assert ask("put", there, objectKey="by/host", data="x")["err"] == "ok"
    assert [o["key"] for o in ask("list", there, prefix="by/")["objects"]] == ["by/host"]
    link = ask("link", there, objectKey="by/host", lifeS=9)["link"]
    assert link.startswith(f"http://meet.localhost:{s3.port}/by/host?")
    assert ask("delete", there, objectKey="by/host")["err"] == "ok" and not (s3.bucket / "by/host").exists()
