#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Makes configure from configure.ac. Needs the Debian packages autoconf, automake and pkg-config.
set -eu
cd "$(dirname "$0")"
for tool in autoreconf:autoconf automake:automake pkg-config:pkg-config; do
	command -v "${tool%%:*}" >/dev/null || {
		echo "autogen.sh: ${tool%%:*} is missing: install the Debian package ${tool#*:}" >&2
		exit 78
	}
done
mkdir -p m4
exec autoreconf --install --warnings=all
