# SPDX-License-Identifier: Apache-2.0
# Room ident: sources, and the unit tests in tests/unit/ident/.
libbedrud_a_SOURCES += \
	common/ident/bcrypt.h common/ident/bcrypt.c \
	common/ident/guest.h common/ident/guest.c \
	common/ident/normal.h common/ident/normal.c \
	common/ident/password.h common/ident/password.c \
	common/ident/session.h common/ident/session.c
