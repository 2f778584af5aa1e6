# SPDX-License-Identifier: Apache-2.0
"""tests/system/test_http.py behind each web server."""
from system.test_http import *  # noqa: F401, F403
