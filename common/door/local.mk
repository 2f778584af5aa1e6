# SPDX-License-Identifier: Apache-2.0
# Room door: sources, and the unit tests in tests/unit/door/.
