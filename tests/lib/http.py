# SPDX-License-Identifier: Apache-2.0
"""A small HTTP client that hides nothing: no cookie jar, no redirects, no retries, headers as they came."""
import http.client
import json as jsonlib
from http.cookies import SimpleCookie


class Reply:
    def __init__(self, what, status, headers, body):
        self.what, self.status, self.body = what, status, body
        self.headers = [(k.lower(), v) for k, v in headers]

    def header(self, name, default=None):
        return next((v for k, v in self.headers if k == name.lower()), default)

    @property
    def cookies(self):
        """name -> Morsel of every Set-Cookie."""
        out = {}
        for k, v in self.headers:
            if k == "set-cookie":
                out.update(SimpleCookie(v))
        return out

    @property
    def text(self):
        return self.body.decode("utf-8", "replace")

    def json(self):
        kind = self.header("content-type", "")
        assert kind.split(";")[0].strip() == "application/json", f"not JSON ({kind!r}): {self}"
        try:
            return jsonlib.loads(self.body.decode("utf-8"))
        except ValueError as e:
            raise AssertionError(f"broken JSON ({e}): {self}") from None

    def must(self, *statuses):
        """The JSON body, when the status is one of these."""
        assert self.status in statuses, f"expected {' or '.join(map(str, statuses))}: {self}"
        return self.json()

    def error(self, status, word=None):
        """The error sentence; every error is {"error": "<a sentence>"}."""
        body = self.must(status)
        assert isinstance(body, dict) and isinstance(body.get("error"), str), f"no error sentence: {self}"
        assert body["error"][0].isupper() and body["error"][-1] == ".", f"not a sentence: {self}"
        if word:
            assert word in body["error"].lower(), f"{word!r} is missing: {self}"
        return body["error"]

    def __repr__(self):
        return f"{self.what} -> {self.status} {self.text[:600]!r}"


def encode(json, body, headers, token, cookies, kind):
    """One request's headers and body from what a test names."""
    headers = dict(headers or {})
    if json is not None:
        body = jsonlib.dumps(json).encode()
        kind = kind or "application/json"
    if isinstance(body, str):
        body = body.encode()
    if kind:
        headers["Content-Type"] = kind
    if token:
        headers["Authorization"] = "Bearer " + token
    if cookies:
        headers["Cookie"] = "; ".join(f"{k}={v}" for k, v in cookies.items())
    return headers, body


class Client:
    def __init__(self, port, host="127.0.0.1"):
        self.host, self.port = host, port

    def request(self, method, path, json=None, body=None, headers=None, token=None, cookies=None, kind=None,
                timeout=30):
        headers, body = encode(json, body, headers, token, cookies, kind)
        conn = http.client.HTTPConnection(self.host, self.port, timeout=timeout)
        try:
            conn.putrequest(method, path, skip_host="Host" in headers, skip_accept_encoding=True)
            for k, v in headers.items():
                conn.putheader(k, v)
            if body is not None or method in ("POST", "PUT", "PATCH", "DELETE"):
                conn.putheader("Content-Length", str(len(body or b"")))
            conn.endheaders()
            if body:
                try:
                    conn.send(body)
                except (BrokenPipeError, ConnectionResetError):
                    pass  # answered before the body was read: the reply says why
            r = conn.getresponse()
            return Reply(f"{method} {path}", r.status, r.getheaders(), r.read())
        finally:
            conn.close()

    def get(self, path, **kw):
        return self.request("GET", path, **kw)

    def post(self, path, json=None, **kw):
        return self.request("POST", path, json=json, **kw)

    def delete(self, path, **kw):
        return self.request("DELETE", path, **kw)
