# SPDX-License-Identifier: Apache-2.0
"""Recordings behind each web server: who sees them, and a download byte by byte, in parts and by HEAD."""
import hashlib

import pytest

from lib import films


@pytest.fixture(scope="module")
def film(stack):
    """A finished recording, with a file as large as no buffer on the way: (path, id, its bytes, the room's owner)."""
    owner = stack.account()
    room = stack.room(owner)
    body = films.FILM[:12] + b"".join(hashlib.sha256(i.to_bytes(4, "big")).digest() for i in range(20000))[12:]
    id, key = films.add(stack, owner.id, room=room, size=len(body), name="Tea at four \u2615.mp4")
    films.put(stack, key, body)
    return f"/api/rooms/{room['id']}/recordings", id, body, owner


def test_seen_by_its_own(stack, film):
    path, id, body, owner = film
    assert [r["id"] for r in stack.http.get(path, token=owner.token).must(200)["recordings"]] == [id]
    one = stack.http.get(f"{path}/{id}", token=owner.token).must(200)
    assert one["fileSize"] == len(body) and one["fileUrl"] == f"{path}/{id}/download", one
    stranger = stack.account("Stranger")
    for p in (path, f"{path}/{id}", f"{path}/{id}/wait", f"{path}/{id}/download"):
        stack.http.get(p, token=stranger.token).error(404)
        stack.http.get(p).error(401)


def test_whole(stack, film):
    path, id, body, owner = film
    r = stack.http.get(f"{path}/{id}/download", token=owner.token)
    assert r.status == 200 and r.body == body
    assert r.header("content-length") == str(len(body)) and r.header("content-type") == "video/mp4"
    assert "attachment" in r.header("content-disposition") and "%E2%98%95" in r.header("content-disposition")
    again = stack.http.get(f"{path}/{id}/download", token=owner.token, headers={"If-None-Match": r.header("etag")})
    assert again.status == 304 and again.body == b""


@pytest.mark.parametrize("range,at,to", (("bytes=0-0", 0, 1), ("bytes=65535-131072", 65535, 131073),
                                         ("bytes=600000-", 600000, 640000), ("bytes=-7", 639993, 640000)))
def test_part(stack, film, range, at, to):
    path, id, body, owner = film
    r = stack.http.get(f"{path}/{id}/download", token=owner.token, headers={"Range": range})
    assert r.status == 206 and r.body == body[at:to]
    assert r.header("content-range") == f"bytes {at}-{to - 1}/{len(body)}"


def test_resumed(stack, film):
    """A download that broke off goes on while the file is the same, and begins anew when it isn't."""
    path, id, body, owner = film
    tag = stack.http.request("HEAD", f"{path}/{id}/download", token=owner.token).header("etag")
    for given, status, bytes_ in ((tag, 206, body[500000:]), ('"another"', 200, body)):
        r = stack.http.get(f"{path}/{id}/download", token=owner.token,
                           headers={"Range": "bytes=500000-", "If-Range": given})
        assert r.status == status and r.body == bytes_, r


def test_beyond_its_end(stack, film):
    path, id, body, owner = film
    assert stack.http.request("HEAD", f"{path}/{id}/download", token=owner.token).header("accept-ranges") == "bytes"
    r = stack.http.get(f"{path}/{id}/download", token=owner.token, headers={"Range": f"bytes={len(body)}-"})
    assert r.status == 416 and r.header("content-range") == f"bytes */{len(body)}"


def test_head(stack, film):
    path, id, body, owner = film
    r = stack.http.request("HEAD", f"{path}/{id}/download", token=owner.token)
    assert r.status == 200 and r.body == b"" and r.header("content-length") == str(len(body))
