# SPDX-License-Identifier: Apache-2.0
"""tests/system/test_rooms.py behind each web server."""
from system.test_rooms import *  # noqa: F401, F403
