# SPDX-License-Identifier: Apache-2.0
"""Fixtures that several system tests share."""
import pytest

from lib.launcher import Launcher, with_relay


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
    return lambda with_tls=True, **turn: with_relay(make(), with_tls, **turn)
