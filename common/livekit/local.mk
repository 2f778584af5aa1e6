# SPDX-License-Identifier: Apache-2.0
# Room livekit: sources, and the unit tests in tests/unit/livekit/.
