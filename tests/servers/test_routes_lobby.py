# SPDX-License-Identifier: Apache-2.0
"""tests/system/test_lobby.py behind each web server, without what needs a LiveKit."""
from system.test_lobby import *  # noqa: F401, F403

del test_moderators_in_the_meeting_hear_of_it  # noqa: F821
