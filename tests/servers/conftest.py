# SPDX-License-Identifier: Apache-2.0
"""Every test here runs behind each web server."""
import sys
import pathlib

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
from fronts import FRONTS  # noqa: E402


@pytest.fixture(scope="session", params=FRONTS)
def stack(request):
    s = FRONTS[request.param]()
    s.front = request.param
    yield s
    s.close()
