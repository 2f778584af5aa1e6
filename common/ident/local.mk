# SPDX-License-Identifier: Apache-2.0
# Room ident: sources, and the unit tests in tests/unit/ident/.
