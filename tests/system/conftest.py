# SPDX-License-Identifier: Apache-2.0
"""Fixtures that several system tests share."""
import pytest

from lib.launcher import DOMAIN, Launcher, certificate


@pytest.fixture
def make(tmp_path):
    made = []

    def one(name="state", **livekit):
        folder = tmp_path / name
        folder.mkdir(mode=0o700)
        made.append(Launcher(folder, **livekit))
        return made[-1]
    yield one
    for m in made:
        m.close()


@pytest.fixture
def relay(make):
    """A launcher with TURN over UDP, and over TLS when with_tls."""
    def one(with_tls=True, **turn):
        m = make()
        m.server["domain"] = DOMAIN
        if with_tls:
            cert, key = certificate(m.dir)
            m.server.update(enableTLS=True, certFile=str(cert), keyFile=str(key))
        m.conf["udpPort"] = m.port + 2
        m.conf["turn"] = {"udpPort": m.port + 1, "tlsPort": m.port + 3, "relayPortStart": 42000,
                          "relayPortEnd": 42100, **turn}
        m.write()
        return m
    return one
