# SPDX-License-Identifier: Apache-2.0
"""tests/system/test_room_life.py behind each web server."""
from system.test_room_life import *  # noqa: F401, F403
