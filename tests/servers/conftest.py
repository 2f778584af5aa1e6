# SPDX-License-Identifier: Apache-2.0
"""Every test here runs behind each web server."""
import pytest

from lib.fronts import FRONTS


@pytest.fixture(scope="session", params=FRONTS)
def stack(request):
    s = FRONTS[request.param]()
    s.front = request.param
    yield s
    s.close()
