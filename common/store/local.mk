# SPDX-License-Identifier: Apache-2.0
# Room store: sources, and the unit tests in tests/unit/store/.
