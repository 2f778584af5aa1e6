# SPDX-License-Identifier: Apache-2.0
# Room ident: sources, and the unit tests in tests/unit/ident/.
libbedrud_a_SOURCES += \
	common/ident/address.h common/ident/address.c \
	common/ident/bcrypt.h common/ident/bcrypt.c \
	common/ident/guest.h common/ident/guest.c \
	common/ident/normal.h common/ident/normal.c \
	common/ident/password.h common/ident/password.c \
	common/ident/session.h common/ident/session.c

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/ident/test_password tests/unit/ident/test_guest tests/unit/ident/test_normal \
	tests/unit/ident/test_session tests/unit/ident/test_address
tests_unit_ident_test_password_LDADD = $(bedrud_test_libs)
tests_unit_ident_test_address_LDADD = $(bedrud_test_libs)
tests_unit_ident_test_guest_LDADD = $(bedrud_test_libs)
tests_unit_ident_test_normal_LDADD = $(bedrud_test_libs)
tests_unit_ident_test_session_LDADD = $(bedrud_test_libs)
endif
