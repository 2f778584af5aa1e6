# SPDX-License-Identifier: Apache-2.0
# Room web: sources, and the unit tests in tests/unit/web/.
