# SPDX-License-Identifier: Apache-2.0
"""The systemd units as systemd itself judges them. That LiveKit lives with what it forbids is partly
shown here, too: memory that is writable and executable at once."""
import ctypes
import os
import platform
import re
import subprocess

import pytest

from lib.stack import ROOT

UNIT = ROOT / "etc/systemd/livekit-launcher.service"
PR_SET_MDWE = 65            # Linux 6.3


def analyze(*words):
    return subprocess.run(["systemd-analyze", *words], capture_output=True, text=True,
                          env={**os.environ, "SYSTEMD_COLORS": "0", "SYSTEMD_EMOJI": "0"})


@pytest.mark.parametrize("name, most", [("livekit-launcher", 2.0), ("bedrud-worker", 1.5), ("bedrud-doctor", 5.5)])
def test_exposure(name, most):
    """bedrud-doctor is root's; bedrud-egress starts a container, which has walls of its own."""
    p = analyze("security", "--offline=true", "--no-pager", str(UNIT.parent / f"{name}.service"))
    level = re.search(rf"Overall exposure level for {name}.service: ([\d.]+)", p.stdout)
    assert level and float(level[1]) <= most, p.stdout + p.stderr


@pytest.mark.parametrize("name", sorted(u.name for u in UNIT.parent.iterdir()))
def test_systemd_understands_it(tmp_path, name):
    """Each line is known; the programs it names are elsewhere here."""
    for unit in UNIT.parent.iterdir():
        text = re.sub(r"/usr/bin/(livekit-launcher|bedrud-worker|bedrudctl|docker)", "/bin/true", unit.read_text())
        (tmp_path / unit.name).write_text(text)
    p = analyze("verify", "--man=no", str(tmp_path / name))
    complaints = [line for line in (p.stdout + p.stderr).splitlines() if name in line]
    assert not complaints, complaints


def test_it_gives_the_drain_its_time():
    unit = dict(re.findall(r"^(\w+)=(.*)$", UNIT.read_text(), re.M))
    drain = int(re.search(r"LIVEKIT_DRAIN_TIMEOUT=(\d+)", UNIT.read_text())[1])
    assert drain == 60 and int(unit["TimeoutStopSec"]) > drain + 15
    assert (unit["Type"], unit["KillMode"]) == ("notify", "mixed")


def test_without_memory_that_is_writable_and_executable(make):
    """What MemoryDenyWriteExecute= forbids, forbidden by the kernel itself."""
    if tuple(map(int, re.findall(r"\d+", platform.release())[:2])) < (6, 3):
        pytest.skip("Linux before 6.3 can't forbid it by prctl")

    def forbid():
        if ctypes.CDLL(None).prctl(PR_SET_MDWE, 1, 0, 0, 0) != 0:
            raise OSError("PR_SET_MDWE")
    m = make().start(preexec_fn=forbid).ready()
    assert m.stop() == 0
