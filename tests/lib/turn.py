# SPDX-License-Identifier: Apache-2.0
"""A TURN client that shows every answer (RFC 8489, RFC 8656)."""
import hashlib
import hmac
import ipaddress
import os
import struct
import zlib

MAGIC = 0x2112A442
ALLOCATE, SEND, CREATE_PERMISSION, CHANNEL_BIND, CONNECT = 0x003, 0x006, 0x008, 0x009, 0x00A
(NUMBER, USERNAME, INTEGRITY, ERROR, PEER, DATA, REALM, NONCE, RELAYED, FAMILY, TRANSPORT, CONNECTION,
 FINGERPRINT) = (
    0x00C, 0x006, 0x008, 0x009, 0x012, 0x013, 0x014, 0x015, 0x016, 0x017, 0x019, 0x02A, 0x8028)
UDP, TCP = 17, 6


def attribute(kind, value):
    return struct.pack(">HH", kind, len(value)) + value + b"\0" * (-len(value) % 4)


def message(kind, transaction, attributes, key=None):
    """MESSAGE-INTEGRITY when there is a key."""
    head, body = struct.pack(">I", MAGIC) + transaction, b"".join(attributes)
    if key:
        signed = struct.pack(">HH", kind, len(body) + 24) + head + body
        body += attribute(INTEGRITY, hmac.new(key, signed, hashlib.sha1).digest())
    signed = struct.pack(">HH", kind, len(body) + 8) + head + body
    return signed + attribute(FINGERPRINT, struct.pack(">I", zlib.crc32(signed) ^ 0x5354554E))


def parse(reply):
    kind, length = struct.unpack(">HH", reply[:4])
    at, found = 20, {}
    while at < 20 + length:
        name, n = struct.unpack(">HH", reply[at:at + 4])
        found[name] = reply[at + 4:at + 4 + n]
        at += 4 + n + -n % 4
    return kind, found


def peer(address, port, transaction):
    """XOR-PEER-ADDRESS."""
    ip = ipaddress.ip_address(address)
    mask = struct.pack(">I", MAGIC) + transaction
    return attribute(PEER, struct.pack(">BBH", 0, 1 if ip.version == 4 else 2, port ^ (MAGIC >> 16))
                     + bytes(a ^ b for a, b in zip(ip.packed, mask)))


class Turn:
    """On a connected socket: UDP, or a stream (TCP or TLS)."""

    def __init__(self, sock, username, credential):
        self.sock, self.username, self.credential = sock, username, credential
        self.named, self.key = [], None

    def ask(self, kind, attributes=(), to=None):
        """The answer's attributes, or the error code as a negative number. to: the peer it is about."""
        transaction = os.urandom(12)
        about = [peer(*to, transaction)] if to else []
        self.sock.sendall(message(kind, transaction, [*about, *attributes, *self.named], self.key))
        while True:
            raw = self.sock.recv(2048)
            got, reply = parse(raw)
            if raw[8:20] != transaction:
                continue        # data that came
            if got == kind | 0x100:
                return reply
            assert got == kind | 0x110, hex(got)
            if REALM in reply:
                user = self.username.encode()
                self.named = [attribute(USERNAME, user), attribute(REALM, reply[REALM]),
                              attribute(NONCE, reply[NONCE])]
                self.secret = hashlib.md5(b":".join([user, reply[REALM], self.credential.encode()])).digest()
            return -(reply[ERROR][2] * 100 + reply[ERROR][3])

    def allocate(self, transport=UDP, more=()):
        """The port of the relayed address, or the error code as a negative number."""
        wish = [attribute(TRANSPORT, struct.pack(">BBH", transport, 0, 0)), *more]
        assert self.ask(ALLOCATE, wish) == -401
        self.key = self.secret
        reply = self.ask(ALLOCATE, wish)
        if isinstance(reply, int):
            return reply
        return struct.unpack(">H", reply[RELAYED][2:4])[0] ^ (MAGIC >> 16)

    def permit(self, address, port=9):
        """Asks to relay to that address: 0, or the error code."""
        got = self.ask(CREATE_PERMISSION, to=(address, port))
        return -got if isinstance(got, int) else 0

    def send(self, data, to):
        """A Send indication, which nobody answers."""
        transaction = os.urandom(12)
        self.sock.sendall(message(SEND | 0x10, transaction, [peer(*to, transaction), attribute(DATA, data)]))
