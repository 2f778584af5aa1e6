# SPDX-License-Identifier: Apache-2.0
"""What of tests/system/test_webhook.py a web server can spoil, behind each of them."""
from system.test_webhook import (  # noqa: F401
    ann, room, test_a_real_event_counts, test_content_types, test_every_byte_arrives, test_forgeries,
    test_leaving_and_finishing, test_real_bodies, test_replay_at_once, test_replay_has_no_second_effect,
    test_signed_nonsense_is_refused_for_good, test_who_could_not_be_removed_is_tried_again,
    test_with_and_without_bearer)
