# SPDX-License-Identifier: Apache-2.0
# Room object: sources, and the unit tests in tests/unit/object/.
libbedrud_a_SOURCES += \
	common/object/sign.h common/object/sign.c \
	common/object/xml.h common/object/xml.c \
	common/object/fault.h common/object/fault.c \
	common/object/bucket.h common/object/bucket.c \
	common/object/mp4.h common/object/mp4.c

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/object/test_sign tests/unit/object/test_xml tests/unit/object/test_bucket tests/unit/object/test_mp4
tests_unit_object_test_sign_LDADD = $(bedrud_test_libs)
tests_unit_object_test_xml_LDADD = $(bedrud_test_libs)
tests_unit_object_test_bucket_LDADD = $(bedrud_test_libs)
tests_unit_object_test_mp4_LDADD = $(bedrud_test_libs)
endif
