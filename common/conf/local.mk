# SPDX-License-Identifier: Apache-2.0
# Room conf: sources, and the unit tests in tests/unit/conf/.
libbedrud_a_SOURCES += \
	common/conf/keys.def common/conf/conf.h common/conf/conf_impl.h common/conf/conf.c \
	common/conf/yaml_impl.h common/conf/yaml.c \
	common/conf/value_impl.h common/conf/value.c \
	common/conf/env_impl.h common/conf/env.c \
	common/conf/check_impl.h common/conf/check.c \
	common/conf/nearest_impl.h common/conf/nearest.c \
	common/conf/livekit_impl.h common/conf/livekit.c \
	common/conf/recording.h common/conf/recording.c

EXTRA_DIST += tests/unit/conf/fixture.h
if HAVE_CMOCKA
check_PROGRAMS += tests/unit/conf/test_conf tests/unit/conf/test_yaml tests/unit/conf/test_value tests/unit/conf/test_env \
	tests/unit/conf/test_check tests/unit/conf/test_nearest tests/unit/conf/test_livekit \
	tests/unit/conf/test_recording
tests_unit_conf_test_conf_LDADD = $(bedrud_test_libs)
tests_unit_conf_test_yaml_LDADD = $(bedrud_test_libs)
tests_unit_conf_test_value_LDADD = $(bedrud_test_libs)
tests_unit_conf_test_env_LDADD = $(bedrud_test_libs)
tests_unit_conf_test_check_LDADD = $(bedrud_test_libs)
tests_unit_conf_test_nearest_LDADD = $(bedrud_test_libs)
tests_unit_conf_test_livekit_LDADD = $(bedrud_test_libs)
tests_unit_conf_test_recording_LDADD = $(bedrud_test_libs)
endif
