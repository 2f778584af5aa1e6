# SPDX-License-Identifier: Apache-2.0
"""Fixtures that several system tests share."""
import pytest

from lib.launcher import Launcher


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
