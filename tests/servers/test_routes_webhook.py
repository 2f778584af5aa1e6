# SPDX-License-Identifier: Apache-2.0
"""tests/system/test_webhook.py behind each web server, without what it does to a responder of its own."""
from system.test_webhook import *  # noqa: F401, F403

del (test_locked_database_loses_nothing, test_locked_database_shows_no_sqlite,  # noqa: F821
     test_sigterm_finishes_the_request_in_hand, test_sigterm_while_the_body_is_on_its_way,  # noqa: F821
     test_sigterm_answers_what_is_queued, test_a_listener_that_does_not_block, test_sigterm_when_idle)  # noqa: F821
