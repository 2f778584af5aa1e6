# SPDX-License-Identifier: Apache-2.0
# Room door: sources, and the unit tests in tests/unit/door/.
libbedrud_a_SOURCES += \
	common/door/door.h common/door/door_impl.h common/door/door.c \
	common/door/access.c common/door/cors.c common/door/guest.c common/door/livekit.c common/door/main.c common/door/rate.c common/door/serve.c \
	common/door/proxy.h common/door/proxy.c

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/door/test_proxy
tests_unit_door_test_proxy_LDADD = $(bedrud_test_libs)
endif
