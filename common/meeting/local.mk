# SPDX-License-Identifier: Apache-2.0
# Room meeting: sources, and the unit tests in tests/unit/meeting/.
