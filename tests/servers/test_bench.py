# SPDX-License-Identifier: Apache-2.0
"""The benchmark works, and 64 connections at once lose nothing behind any web server. Nothing else is judged."""
import pathlib
import subprocess
import sys
import xml.etree.ElementTree as tree

import pytest

from lib.fronts import FRONTS

ROOT = pathlib.Path(__file__).resolve().parents[2]


@pytest.mark.timeout(300)
def test_64_connections_lose_nothing(tmp_path):
    where = tmp_path / "page.md"
    p = subprocess.run([sys.executable, ROOT / "tests/bench/bench.py", "--smoke", "--write", where],
                       capture_output=True, text=True)
    assert p.returncode == 0, p.stdout + p.stderr
    joins = [x for x in where.read_text().splitlines() if x.startswith("| join, ") and "| 64 |" in x]
    assert len(joins) == len(FRONTS), p.stdout
    tree.parse(where.with_suffix(".svg"))
