# SPDX-License-Identifier: Apache-2.0
# Every request of tests/fixtures/requests with memory and disk failing at every call. FAULT_STEP leaves calls out in `make check`;
# BEDRUD_TEST_LONG=1 leaves none out.
check_PROGRAMS += tests/faults/faults_auth tests/faults/faults_join tests/faults/faults_room tests/faults/faults_hook \
	tests/faults/faults_health tests/faults/faults_recording
EXTRA_DIST += tests/fixtures/requests
faults = tests/faults/faults.c tests/house/disk.h tests/house/disk.c tests/house/memory.h tests/house/memory.c $(house)
tests_faults_faults_auth_SOURCES = $(faults)
tests_faults_faults_auth_CPPFLAGS = $(AM_CPPFLAGS) -DFAULT_STEP=23 -DFAULT_CASES='"auth"' -DHOUSE_MAIN='"cgi/auth/main.c"'
tests_faults_faults_auth_LDADD = libauth.a $(bedrud_all_libs)
tests_faults_faults_join_SOURCES = $(faults)
tests_faults_faults_join_CPPFLAGS = $(AM_CPPFLAGS) -DFAULT_STEP=9 -DFAULT_CASES='"join"' -DHOUSE_MAIN='"cgi/join/main.c"'
tests_faults_faults_join_LDADD = libjoin.a $(bedrud_all_libs)
tests_faults_faults_room_SOURCES = $(faults)
tests_faults_faults_room_CPPFLAGS = $(AM_CPPFLAGS) -DFAULT_STEP=9 -DFAULT_CASES='"room"' -DHOUSE_MAIN='"cgi/room/main.c"'
tests_faults_faults_room_LDADD = libroom.a $(bedrud_all_libs)
tests_faults_faults_hook_SOURCES = $(faults)
tests_faults_faults_hook_CPPFLAGS = $(AM_CPPFLAGS) -DFAULT_STEP=17 -DFAULT_CASES='"hook"' -DHOUSE_MAIN='"cgi/webhook/main.c"'
tests_faults_faults_hook_LDADD = libwebhook.a $(bedrud_all_libs)
tests_faults_faults_health_SOURCES = $(faults)
tests_faults_faults_health_CPPFLAGS = $(AM_CPPFLAGS) -DFAULT_STEP=5 -DFAULT_CASES='"health"' -DHOUSE_MAIN='"cgi/health/main.c"'
tests_faults_faults_health_LDADD = libhealth.a $(bedrud_all_libs)
tests_faults_faults_recording_SOURCES = $(faults)
tests_faults_faults_recording_CPPFLAGS = $(AM_CPPFLAGS) -DFAULT_STEP=17 -DFAULT_CASES='"recording"' -DHOUSE_MAIN='"cgi/recording/main.c"'
tests_faults_faults_recording_LDADD = librecording.a $(bedrud_all_libs)
