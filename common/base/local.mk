# SPDX-License-Identifier: Apache-2.0
# Room base: sources, and the unit tests in tests/unit/base/.
libbedrud_a_SOURCES += \
	common/base/err.h common/base/err.c common/base/limits.h \
	common/base/log.h common/base/log.c \
	common/base/mem.h common/base/mem.c \
	common/base/arena.h common/base/arena.c \
	common/base/buf.h common/base/buf.c \
	common/base/text.h common/base/text.c \
	common/base/clock.h common/base/clock.c \
	common/base/random.h common/base/random.c \
	common/base/json.h common/base/json.c \
	common/base/jwt.h common/base/jwt.c \
	common/base/lookup.h common/base/lookup.c \
	common/base/notify.h common/base/notify.c \
	common/base/folder.h common/base/folder.c \
	common/base/http.h common/base/http.c

# A unit test: name it in check_PROGRAMS; it links the library and cmocka.
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/base/test_text tests/unit/base/test_clock tests/unit/base/test_memory tests/unit/base/test_json \
	tests/unit/base/test_jwt tests/unit/base/test_err tests/unit/base/test_log tests/unit/base/test_lookup \
	tests/unit/base/test_notify tests/unit/base/test_http tests/unit/base/test_folder
tests_unit_base_test_text_LDADD = $(bedrud_test_libs)
tests_unit_base_test_clock_LDADD = $(bedrud_test_libs)
tests_unit_base_test_memory_LDADD = $(bedrud_test_libs)
tests_unit_base_test_json_LDADD = $(bedrud_test_libs)
tests_unit_base_test_jwt_LDADD = $(bedrud_test_libs)
tests_unit_base_test_err_LDADD = $(bedrud_test_libs)
tests_unit_base_test_log_LDADD = $(bedrud_test_libs)
tests_unit_base_test_lookup_LDADD = $(bedrud_test_libs)
tests_unit_base_test_notify_LDADD = $(bedrud_test_libs)
tests_unit_base_test_http_LDADD = $(bedrud_test_libs)
tests_unit_base_test_folder_LDADD = $(bedrud_test_libs)
endif
