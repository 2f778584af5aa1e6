# SPDX-License-Identifier: Apache-2.0
# Room store: sources, and the unit tests in tests/unit/store/.
libbedrud_a_SOURCES += \
	common/store/store.h common/store/store_impl.h common/store/store.c common/store/statement.c \
	common/store/schema.c common/store/migrate.c \
	common/store/user.h common/store/user.c \
	common/store/session.h common/store/session.c \
	common/store/room.h common/store/room.c \
	common/store/seat.h common/store/seat.c \
	common/store/inbox.h common/store/inbox.c \
	common/store/rate.h common/store/rate.c \
	common/store/setting.h common/store/setting.c
