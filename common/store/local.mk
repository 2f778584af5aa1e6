# SPDX-License-Identifier: Apache-2.0
# Room store: sources, and the unit tests in tests/unit/store/.
libbedrud_a_SOURCES += \
	common/store/store.h common/store/store_impl.h common/store/store.c common/store/statement.c \
	common/store/gate.c common/store/queue.c common/store/schema.c common/store/migrate.c common/store/moved.c \
	common/store/user.h common/store/user.c \
	common/store/session.h common/store/session.c \
	common/store/room.h common/store/room.c \
	common/store/seat.h common/store/seat.c \
	common/store/truth.h common/store/truth.c \
	common/store/inbox.h common/store/inbox.c \
	common/store/rate.h common/store/rate.c \
	common/store/setting.h common/store/setting.c \
	common/store/report.h common/store/report.c \
	common/store/standing.h common/store/standing.c \
	common/store/job.h common/store/job.c \
	common/store/duty.h common/store/duty.c \
	common/store/purge.h common/store/purge.c common/store/prune.h common/store/prune.c \
	common/store/webhook.h common/store/webhook.c \
	common/store/recording.h common/store/recording.c \
	common/store/invitation.h common/store/invitation.c \
	common/store/knock.h common/store/knock.c

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/store/test_prune tests/unit/store/test_store tests/unit/store/test_migrate tests/unit/store/test_user \
	tests/unit/store/test_session tests/unit/store/test_room tests/unit/store/test_seat \
	tests/unit/store/test_inbox tests/unit/store/test_rate tests/unit/store/test_setting \
	tests/unit/store/test_crash tests/unit/store/test_fault tests/unit/store/test_report tests/unit/store/test_queue \
	tests/unit/store/test_truth tests/unit/store/test_standing tests/unit/store/test_job \
	tests/unit/store/test_recording tests/unit/store/test_duty \
	tests/unit/store/test_invitation tests/unit/store/test_knock
tests_unit_store_test_prune_LDADD = $(bedrud_test_libs)
tests_unit_store_test_store_LDADD = $(bedrud_test_libs)
tests_unit_store_test_migrate_LDADD = $(bedrud_test_libs)
tests_unit_store_test_user_LDADD = $(bedrud_test_libs)
tests_unit_store_test_session_LDADD = $(bedrud_test_libs)
tests_unit_store_test_room_LDADD = $(bedrud_test_libs)
tests_unit_store_test_seat_LDADD = $(bedrud_test_libs)
tests_unit_store_test_inbox_LDADD = $(bedrud_test_libs)
tests_unit_store_test_rate_LDADD = $(bedrud_test_libs)
tests_unit_store_test_setting_LDADD = $(bedrud_test_libs)
tests_unit_store_test_report_LDADD = $(bedrud_test_libs)
tests_unit_store_test_truth_LDADD = $(bedrud_test_libs)
tests_unit_store_test_standing_LDADD = $(bedrud_test_libs)
tests_unit_store_test_job_LDADD = $(bedrud_test_libs)
tests_unit_store_test_recording_LDADD = $(bedrud_test_libs)
tests_unit_store_test_queue_LDADD = $(bedrud_test_libs)
tests_unit_store_test_duty_LDADD = $(bedrud_test_libs)
tests_unit_store_test_invitation_LDADD = $(bedrud_test_libs)
tests_unit_store_test_knock_LDADD = $(bedrud_test_libs)
tests_unit_store_test_fault_SOURCES = tests/unit/store/test_fault.c tests/house/disk.h tests/house/disk.c
tests_unit_store_test_fault_LDADD = $(bedrud_test_libs)
tests_unit_store_test_crash_LDADD = $(bedrud_test_libs)
endif
EXTRA_DIST += tests/fixtures/upstream.sql tests/unit/store/scratch.h
