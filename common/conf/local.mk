# SPDX-License-Identifier: Apache-2.0
# Room conf: sources, and the unit tests in tests/unit/conf/.
libbedrud_a_SOURCES += common/conf/conf.h common/conf/keys.def
