# SPDX-License-Identifier: Apache-2.0
"""Looks for secrets where others could read them: collects each that a client sees, searches files and processes."""
import os
import pathlib
import re
import stat
import threading

from .http import Client

SHORTEST = 12           # below this a word may stand anywhere by chance, as does what has few different letters
MEMBERS = {"password", "currentPassword", "newPassword", "token", "accessToken", "access_token", "refreshToken",
           "refresh_token"}
WORD = re.compile(rb"[A-Za-z0-9_-]{%d,}" % SHORTEST)


class Secrets:
    """value → what it is. Of what has dots (a JWT, a signed cookie) the last part is the secret one."""

    def __init__(self):
        self.words, self.texts = {}, {}

    def add(self, what, value):
        value = value.strip('"').split(" ")[-1].split(".")[-1] if "." in value else value
        if len(value) < SHORTEST or len(set(value)) < 5:    # a forged signature of zeros
            return
        raw = value.encode("utf-8", "surrogatepass")
        (self.words if WORD.fullmatch(raw) else self.texts).setdefault(raw, what)

    def collect(self, what, value):
        """Every member with a secret's name, however deep."""
        if isinstance(value, dict):
            for k, v in value.items():
                if k in MEMBERS and isinstance(v, str):
                    self.add(f"{k} of {what}", v)
                self.collect(what, v)
        elif isinstance(value, list):
            for v in value:
                self.collect(what, v)

    def found(self, data):
        """What of them the bytes hold."""
        return sorted({self.words[w] for w in WORD.findall(data) if w in self.words}
                      | {what for text, what in self.texts.items() if text in data})


class Witness(Client):
    """A client that remembers every secret it sends and gets."""

    def __init__(self, port, secrets):
        super().__init__(port)
        self.secrets = secrets

    def request(self, method, path, json=None, headers=None, token=None, cookies=None, **kw):
        what = f"{method} {path.partition('?')[0]}"
        self.secrets.collect(what, json)
        sent = [("token", token or ""), ("Authorization", (headers or {}).get("Authorization", "")),
                *((f"cookie {k}", v) for k, v in (cookies or {}).items())]
        reply = super().request(method, path, json=json, headers=headers, token=token, cookies=cookies, **kw)
        for name, value in sent + [(f"cookie {k}", m.value) for k, m in reply.cookies.items()]:
            self.secrets.add(f"{name} of {what}", value)
        is_plain = reply.body and not reply.header("content-encoding")
        if is_plain and reply.header("content-type", "").startswith("application/json"):
            self.secrets.collect(what, reply.json())
        return reply


def witness(stack):
    """From now on the stack's own client is a witness; the secrets, those of its configuration and database among
    them."""
    secrets = Secrets()
    for name, value in stack.secrets.items():
        secrets.add(f"config {name}", value)
    secrets.add("admin password", stack.admin_password)
    stack.http = Witness(stack.port, secrets)
    return secrets


def add_database(secrets, stack):
    for row in stack.sql("SELECT password FROM users WHERE password > ''"):
        secrets.add("password hash", row["password"])
    for row in stack.sql("SELECT refresh_hash FROM sessions"):
        secrets.add("hash of a refresh token", row["refresh_hash"])


def descendants(pid):
    out = [pid]
    try:
        for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                out += descendants(int(child))
    except OSError:
        pass
    return out


class Watch:
    """While it is open: every command line and environment of the process `root` and of what it starts, looked at all
    the time."""

    def __init__(self, root):
        self.root, self.seen, self.over = root, set(), threading.Event()
        self.thread = threading.Thread(target=self._watch, daemon=True)

    def _watch(self):
        while not self.over.wait(0.005):
            self.look()

    def look(self):
        for pid in descendants(self.root)[1:]:
            for what in ("cmdline", "environ"):
                try:
                    self.seen.add((what, pathlib.Path(f"/proc/{pid}/{what}").read_bytes()))
                except OSError:
                    pass

    def __enter__(self):
        self.thread.start()
        return self

    def __exit__(self, *exc):
        self.over.set()
        self.thread.join()
        self.look()


def open_to_others(path):
    """Whether somebody else than the owner may read the file, whatever folder it is in."""
    return bool(stat.S_IMODE(path.stat().st_mode) & 0o077)


def is_program(path):
    """An ELF file that is no core (which would hold every key): tests copy LiveKit's by the dozen."""
    with open(path, "rb") as f:
        head = f.read(18)
    return head[:4] == b"\x7fELF" and head[16:] != b"\4\0"


def holders(secrets, folders, since=0):
    """(file, secrets in it, whether others may read it) of every file below that was written after `since`."""
    out = []
    names = (pathlib.Path(where, n) for folder in folders for where, _, files in os.walk(folder) for n in files)
    for f in names:
        try:
            if f.is_symlink() or not f.is_file() or f.stat().st_mtime < since or f.stat().st_size > 1 << 28 \
                    or is_program(f):
                continue
            found = secrets.found(f.read_bytes())
            if found:
                out.append((f, found, open_to_others(f)))
        except OSError:
            continue        # it went away meanwhile
    return out


def nothing_is_told(stack, *folders):
    """None of the stack's secrets is in a log, in a file (also of the folders) that others may read, or in the command
    line or environment of a process of its. Returns the names of the files that hold some."""
    add_database(stack.seen, stack)
    found = holders(stack.seen, [stack.dir, *folders])
    bad = [(str(f), what) for f, what, others in found if others or f.parent == stack.dir / "log"]
    for pid in [pid for p in stack.processes.values() for pid in descendants(p.pid)]:
        for name in ("cmdline", "environ"):
            try:
                told = stack.seen.found(pathlib.Path(f"/proc/{pid}", name).read_bytes())
            except OSError:
                continue        # it has ended meanwhile
            bad += [(f"{name} of {pid}", what) for what in told]
    assert not bad, bad
    return {f.name for f, _, _ in found}
