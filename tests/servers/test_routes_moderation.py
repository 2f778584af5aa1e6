# SPDX-License-Identifier: Apache-2.0
"""Those of tests/system/test_moderation.py that ask most routes, behind each web server."""
from system.test_moderation import meeting, test_archived, test_who_may_do_what_to_whom  # noqa: F401
