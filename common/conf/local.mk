# SPDX-License-Identifier: Apache-2.0
# Room conf: sources, and the unit tests in tests/unit/conf/.
