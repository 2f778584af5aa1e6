# SPDX-License-Identifier: Apache-2.0
"""Every test here runs behind each web server."""
import pytest

from lib.fronts import FRONTS, Front
from lib.leaks import witness

pytest.register_assert_rewrite("system")

Front.access_log = True


@pytest.fixture(scope="session", params=FRONTS)
def stack(request):
    s = FRONTS[request.param]()
    s.front, s.seen = request.param, witness(s)
    yield s
    s.close()
