# SPDX-License-Identifier: Apache-2.0
"""Programs in Go by LiveKit's own libraries: tests/tools/gotoken and what is below it, tests/egress-standin."""
import os
import pathlib
import shutil
import subprocess

import pytest

from lib.stack import ROOT

_built = {}


def build(out, package=".", module="tests/tools/gotoken"):
    """The program, built once in a run; without Go the test is skipped (quickstart brings one along)."""
    before = _built.get((module, package))
    if before and before.exists():
        return before
    go = os.environ.get("GO") or shutil.which("go")
    if not go:
        pytest.skip("no go: LiveKit's Go libraries can't be asked")
    subprocess.run([go, "build", "-o", out, package], cwd=ROOT / module, check=True, timeout=600,
                   env={**os.environ, "GOFLAGS": "-mod=readonly -buildvcs=false"})
    _built[module, package] = pathlib.Path(out)
    return out
