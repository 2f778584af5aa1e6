# SPDX-License-Identifier: Apache-2.0
# Room meeting: sources, and the unit tests in tests/unit/meeting/.
libbedrud_a_SOURCES += \
	common/meeting/moderation.h common/meeting/moderation.c \
	common/meeting/room.h common/meeting/room.c \
	common/meeting/join.h common/meeting/join.c \
	common/meeting/arrival.h common/meeting/arrival.c \
	common/meeting/compare.h common/meeting/compare.c \
	common/meeting/reconcile.h common/meeting/reconcile.c \
	common/meeting/role.h common/meeting/role.c \
	common/meeting/rights.h common/meeting/rights.c \
	common/meeting/outbound.h common/meeting/outbound.c \
	common/meeting/closing.h common/meeting/closing.c \
	common/meeting/ending.h common/meeting/ending.c \
	common/meeting/presence.h common/meeting/presence.c \
	common/meeting/recording.h common/meeting/recording.c \
	common/meeting/recorder.h common/meeting/recorder.c \
	common/meeting/entry.h common/meeting/entry.c \
	common/meeting/lobby.h common/meeting/lobby.c

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/meeting/test_moderation
tests_unit_meeting_test_moderation_LDADD = $(bedrud_test_libs)
check_PROGRAMS += tests/unit/meeting/test_room tests/unit/meeting/test_join tests/unit/meeting/test_arrival \
	tests/unit/meeting/test_compare tests/unit/meeting/test_rights tests/unit/meeting/test_ending \
	tests/unit/meeting/test_presence tests/unit/meeting/test_reconcile tests/unit/meeting/test_recording \
	tests/unit/meeting/test_recorder \
	tests/unit/meeting/test_entry tests/unit/meeting/test_lobby
check_PROGRAMS += tests/unit/meeting/test_converge
tests_unit_meeting_test_room_LDADD = $(bedrud_test_libs)
tests_unit_meeting_test_join_LDADD = $(bedrud_test_libs)
tests_unit_meeting_test_arrival_LDADD = $(bedrud_test_libs)
tests_unit_meeting_test_compare_LDADD = $(bedrud_test_libs)
tests_unit_meeting_test_rights_LDADD = $(bedrud_test_libs)
tests_unit_meeting_test_converge_LDADD = libwebhook.a $(bedrud_test_libs)
tests_unit_meeting_test_presence_LDADD = $(bedrud_test_libs)
tests_unit_meeting_test_ending_LDADD = $(bedrud_test_libs)
tests_unit_meeting_test_recording_LDADD = $(bedrud_test_libs)
tests_unit_meeting_test_recorder_LDADD = $(bedrud_test_libs)
tests_unit_meeting_test_reconcile_LDADD = $(bedrud_test_libs)
tests_unit_meeting_test_entry_LDADD = $(bedrud_test_libs)
tests_unit_meeting_test_lobby_LDADD = $(bedrud_test_libs)
endif
