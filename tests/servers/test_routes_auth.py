# SPDX-License-Identifier: Apache-2.0
"""tests/system/test_auth.py behind each web server."""
from system.test_auth import *  # noqa: F401, F403
