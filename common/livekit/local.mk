# SPDX-License-Identifier: Apache-2.0
# Room livekit: sources, and the unit tests in tests/unit/livekit/.
libbedrud_a_SOURCES += \
	common/livekit/address.h common/livekit/address.c \
	common/livekit/turn.h common/livekit/turn.c \
	common/livekit/token.h common/livekit/token.c \
	common/livekit/proto_impl.h common/livekit/proto.c \
	common/livekit/participant.h common/livekit/participant.c \
	common/livekit/egress.h common/livekit/egress.c \
	common/livekit/event.h common/livekit/event.c \
	common/livekit/status.h common/livekit/status.c \
	common/livekit/api_impl.h \
	common/livekit/api.h common/livekit/api.c

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/livekit/test_address tests/unit/livekit/test_turn tests/unit/livekit/test_status \
	tests/unit/livekit/test_token tests/unit/livekit/test_event tests/unit/livekit/test_participant \
	tests/unit/livekit/test_api tests/unit/livekit/test_egress
tests_unit_livekit_test_address_LDADD = $(bedrud_test_libs)
tests_unit_livekit_test_status_LDADD = $(bedrud_test_libs)
tests_unit_livekit_test_turn_LDADD = $(bedrud_test_libs)
tests_unit_livekit_test_token_LDADD = $(bedrud_test_libs)
tests_unit_livekit_test_event_LDADD = $(bedrud_test_libs)
tests_unit_livekit_test_participant_LDADD = $(bedrud_test_libs)
tests_unit_livekit_test_egress_LDADD = $(bedrud_test_libs)
tests_unit_livekit_test_api_LDADD = $(bedrud_test_libs)
endif
EXTRA_DIST += tests/fixtures/livekit/webhooks-1.13.5.jsonl tests/fixtures/livekit/egress-webhooks.jsonl \
	tests/fixtures/livekit/egress-twirp.jsonl
