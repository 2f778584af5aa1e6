# SPDX-License-Identifier: Apache-2.0
"""Hosts of a run that was killed are gone after the next run has begun."""
import pathlib
import signal
import subprocess
import sys

from lib import netns
from lib.stack import ROOT, poll

PROGRAM = """
import os, pathlib, subprocess, sys, tempfile, time
from lib import netns
a, b = netns.Host("a"), netns.Router("b")
netns.link(a, "one", "10.1.1.1/24", b, "inner", "10.1.1.2/24")
folder = pathlib.Path(tempfile.mkdtemp(prefix=netns.RUN, dir="/tmp"))
child = subprocess.Popen([*a.words, "sleep", "600"])
print(a.name, b.name, folder, child.pid, flush=True)
time.sleep(600)
"""


def test_what_a_killed_run_left_is_swept():
    p = subprocess.Popen([sys.executable, "-c", PROGRAM], cwd=ROOT / "tests", stdout=subprocess.PIPE, text=True)
    a, b, folder, child = p.stdout.readline().split()
    left = [pathlib.Path("/run/netns", a), pathlib.Path("/run/netns", b), pathlib.Path("/etc/netns", a),
            pathlib.Path("/etc/netns", b), pathlib.Path(folder), pathlib.Path("/proc", child)]
    poll("the child in its network", lambda: (left[5] / "comm").read_text() == "sleep\n")
    netns.sweep()
    assert all(f.exists() for f in left), "a living run's are nobody else's business"
    p.send_signal(signal.SIGKILL)
    p.wait()
    netns.sweep()
    assert [f for f in left[:5] if f.exists()] == []
    poll("the child's end", lambda: not left[5].exists() or "\nState:\tZ" in (left[5] / "status").read_text())
