# SPDX-License-Identifier: Apache-2.0
include tests/tools/local.mk
