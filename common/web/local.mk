# SPDX-License-Identifier: Apache-2.0
# Room web: sources, and the unit tests in tests/unit/web/.
libbedrud_a_SOURCES += \
	common/web/request.h common/web/request_impl.h common/web/request.c \
	common/web/reply.h common/web/reply.c \
	common/web/file.h common/web/file.c \
	common/web/route.h common/web/route.c \
	common/web/loop.h common/web/loop.c \
	common/web/kept_impl.h common/web/kept.c \
	common/web/pool_impl.h common/web/pool.c

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/web/test_request tests/unit/web/test_reply tests/unit/web/test_route \
	tests/unit/web/test_wire tests/unit/web/test_file
tests_unit_web_test_request_LDADD = $(bedrud_test_libs)
tests_unit_web_test_reply_LDADD = $(bedrud_test_libs)
tests_unit_web_test_route_LDADD = $(bedrud_test_libs)
tests_unit_web_test_wire_LDADD = $(bedrud_test_libs)
tests_unit_web_test_file_LDADD = $(bedrud_test_libs)
endif
