# SPDX-License-Identifier: Apache-2.0
# Room conf: sources, and the unit tests in tests/unit/conf/.
libbedrud_a_SOURCES += \
	common/conf/keys.def common/conf/conf.h common/conf/conf_impl.h common/conf/conf.c \
	common/conf/yaml_impl.h common/conf/yaml.c \
	common/conf/value_impl.h common/conf/value.c \
	common/conf/env_impl.h common/conf/env.c \
	common/conf/check_impl.h common/conf/check.c \
	common/conf/nearest_impl.h common/conf/nearest.c \
	common/conf/livekit_impl.h common/conf/livekit.c
