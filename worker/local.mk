# SPDX-License-Identifier: Apache-2.0
# bedrud-worker; all but its main is a library of its own, so that unit tests reach it.
noinst_LIBRARIES += libworker.a
libworker_a_SOURCES = \
	worker/worker.h worker/rights.h \
	worker/deliver.h worker/deliver.c \
	worker/jobs.h worker/dispatch.c worker/end.h worker/end.c worker/user.c \
	worker/duty.c \
	worker/guard.h worker/guard.c \
	worker/job.c \
	worker/reconcile.h worker/reconcile.c \
	worker/recording.h worker/recording.c worker/files.c worker/home.c \
	worker/bucket.h worker/bucket.c \
	worker/run.c \
	worker/thread.c \
	worker/tidy.h worker/tidy.c
bin_PROGRAMS += bedrud-worker
bedrud_worker_SOURCES = worker/main.c
bedrud_worker_LDADD = libworker.a $(bedrud_all_libs)
dist_man_MANS += man/bedrud-worker.8

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/worker/test_guard tests/unit/worker/test_jobs tests/unit/worker/test_faults
tests_unit_worker_test_faults_SOURCES = tests/unit/worker/test_faults.c tests/unit/worker/desk.h \
	tests/house/disk.h tests/house/disk.c tests/house/memory.h tests/house/memory.c
tests_unit_worker_test_faults_LDADD = libworker.a $(bedrud_test_libs)
tests_unit_worker_test_guard_LDADD = libworker.a $(bedrud_test_libs)
tests_unit_worker_test_jobs_LDADD = libworker.a $(bedrud_test_libs)
endif
