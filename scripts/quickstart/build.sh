# SPDX-License-Identifier: Apache-2.0
# Builds the programs and the web app in the cache folder, from a copy of the checkout: nothing is written into the checkout,
# which may belong to someone else, be read-only, or be configured for another purpose.
# shellcheck shell=bash

# source_files: what the checkout holds, without what it ignores
source_files() {
	cd "$TOP" || return
	if [ -e .git ] && command -v git >/dev/null; then
		git -c safe.directory='*' ls-files -z -co --exclude-standard --deduplicate
	else
		find . \( -name node_modules -o -name .git -o -path ./var -o -path './build*' -o -path ./b -o -path ./web/dist \
			-o -name autom4te.cache \) -prune -o -type f -printf '%P\0'
	fi | while IFS= read -r -d '' name; do
		[ ! -f "$name" ] || printf '%s\0' "$name"
	done | sort -z
}

# Brings the copy up to date; times are kept, so that make builds only what changed. What the checkout lost, the copy loses.
source_copy() {
	local old=$SRC.files
	mkdir -p "$SRC" && source_files >"$old.new" && [ -s "$old.new" ] || fail 70 "the checkout $TOP could not be read"
	[ ! -e "$old" ] || LC_ALL=C comm -z -23 <(LC_ALL=C sort -z "$old") <(LC_ALL=C sort -z "$old.new") | (cd "$SRC" && xargs -0r rm -f --)
	if ! tar -C "$TOP" --null -T "$old.new" -cf - 2>>"$LOG" | tar -C "$SRC" --no-same-owner -xf - 2>>"$LOG"; then
		out_of_space && fail 75 "the disk is full: the sources could not be copied to $CACHE"
		fail 75 "the sources could not be copied to $SRC"
	fi
	mv "$old.new" "$old"
}

build_failed() {
	out_of_space && fail 75 "the disk is full: nothing more can be built in $CACHE"
	fail 70 "$1: $(last_error "${2:-error}")"
}

# configured FOLDER OPTION...: a build folder, configured with these options
configured() {
	local options="${*:2}"
	[ -x "$SRC/configure" ] || logged "$SRC/autogen.sh" || build_failed "making configure failed"
	mkdir -p "$1"
	[ "$(cat "$1/.options" 2>/dev/null)" = "$options" ] && [ -e "$1/Makefile" ] && return
	rm -f "$1/.options"
	logged env -C "$1" "$SRC/configure" -q "${@:2}" || build_failed "configure stopped" 'configure: error'
	printf '%s' "$options" >"$1/.options"
}

build_programs() {
	configured "$BUILD" --prefix="$INST"
	logged make -C "$BUILD" -s -j"$(nproc)" all || build_failed "building the programs failed"
}

# web_hash FILE-PREFIX...: one number for the content of these files of the web app
web_hash() {
	(cd "$SRC" && xargs -0 sha256sum --) < <(LC_ALL=C grep -zE "^web/($1)" "$SRC.files") | sha256sum | cut -c1-32
}

build_web() {
	local web=$SRC/web stamp=$SRC.web packages sources
	[ -e "$web/package.json" ] || return 0
	packages=$(web_hash 'package') sources=$(web_hash '.')
	if [ "$(cat "$stamp.packages" 2>/dev/null)" != "$packages" ] || [ ! -d "$web/node_modules" ]; then
		rm -f "$stamp.packages"
		logged npm --prefix "$web" ci --no-audit --no-fund ||
			{ out_of_space || fail 75 "npm could not get the web app's packages: $(last_error 'npm err|npm error'); is the npm registry reachable?"; build_failed x; }
		printf '%s' "$packages" >"$stamp.packages"
	fi
	if [ "$(cat "$stamp" 2>/dev/null)" != "$sources" ] || [ ! -e "$web/dist/index.html" ]; then
		rm -f "$stamp"
		logged npm --prefix "$web" run build || build_failed "building the web app failed"
		printf '%s' "$sources" >"$stamp"
	fi
}

install_all() {
	logged make -C "$BUILD" -s install || build_failed "installing into $INST failed"
	chmod -R a+rX "$INST"
}
