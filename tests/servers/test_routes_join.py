# SPDX-License-Identifier: Apache-2.0
"""tests/system/test_join.py behind each web server."""
from system.test_join import *  # noqa: F401, F403
