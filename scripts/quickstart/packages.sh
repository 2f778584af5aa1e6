# SPDX-License-Identifier: Apache-2.0
# Debian's packages: only what is missing is installed, and no service is started or enabled by that.
# shellcheck shell=bash

PACKAGES_BUILD=(gcc libc6-dev make autoconf automake pkg-config libfcgi-dev libjson-c-dev libssl-dev libcurl4-openssl-dev
	libsqlite3-dev libyaml-dev libcrypt-dev libidn2-dev libunistring-dev)
PACKAGES_RUN=(lighttpd lighttpd-mod-openssl lighttpd-mod-deflate openssl curl ca-certificates python3 python3-venv)
PACKAGES_TEST=(libcmocka-dev clang clang-tidy libclang-rt-14-dev cppcheck chromium fonts-noto-color-emoji nginx-light apache2
	libapache2-mod-fcgid libapache2-mod-xsendfile pngquant ffmpeg redis-server spawn-fcgi wrk shellcheck sqlite3 procps
	iproute2 nftables libnginx-mod-stream libnss3-tools systemd)

# For programs of 32 bits (packages_32), on the one architecture where the compiler makes both
PACKAGES_32=(libcmocka-dev libcmocka0 libcrypt-dev libcrypt1 libcurl4-openssl-dev libfcgi-dev libfcgi0ldbl libidn2-0 libidn2-dev
	libjson-c-dev libjson-c5 libsqlite3-0 libsqlite3-dev libssl-dev libssl3 libunistring-dev libunistring2 libyaml-0-2 libyaml-dev)
can_32() { [ "$(dpkg --print-architecture 2>/dev/null)" = amd64 ]; }
! can_32 || PACKAGES_TEST+=(gcc-multilib)

missing_packages() {
	local have name
	have=" $(dpkg-query -W -f='${db:Status-Status}=${Package} ' "$@" 2>/dev/null)"
	for name in "$@"; do
		[[ $have == *" installed=$name "* ]] || printf '%s ' "$name"
	done
}

# Installing lighttpd, nginx or Apache starts them on port 80, which nobody asked for: policy-rc.d is Debian's way to say no.
# An administrator's own policy-rc.d stays as it is.
POLICY=/usr/sbin/policy-rc.d
POLICY_MARK='# made by Bedrud'"'"'s quickstart while it installs packages'
policy_set() {
	policy_clear
	[ ! -e "$POLICY" ] || return 0
	printf '#!/bin/sh\n%s\nexit 101\n' "$POLICY_MARK" | as_root tee "$POLICY" >/dev/null
	as_root chmod 755 "$POLICY"
}
policy_clear() {
	grep -qsF "$POLICY_MARK" "$POLICY" && as_root rm -f "$POLICY"
	return 0
}
services_disable() {
	local unit
	[ -d /run/systemd/system ] || return 0
	for unit in lighttpd nginx apache2 redis-server; do
		[[ " $1 " != *" $unit"[\ -]* ]] || as_root_logged systemctl disable --now "$unit"
	done
	return 0
}

as_root() {
	"${SUDO[@]}" "$@"
}

# Unlike `logged`, not to be ended half-way: the session of its own is out of Ctrl-C's reach, and our traps wait for its end.
# (sudo comes first: it remembers the person by the terminal.)
as_root_logged() {
	printf '# %s\n' "$*" >>"$LOG"
	as_root setsid -w "$@" >>"$LOG" 2>&1 </dev/null
}

packages_install() {
	local missing=$1 failed=0
	SUDO=()
	[ "$(id -u)" = 0 ] || SUDO=(sudo -n)
	as_root_logged apt-get update ||
		fail 75 "apt-get update failed: $(last_error '^[EW]:'); is the network up?"
	policy_set
	# shellcheck disable=SC2086
	as_root_logged env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
		-o DPkg::Lock::Timeout=600 $missing || failed=1
	policy_clear
	[ "$failed" = 0 ] || {
		out_of_space && fail 75 "the disk is full: apt-get could not install packages"
		fail 75 "apt-get could not install ${missing% }: $(last_error '^E:')"
	}
	services_disable "$missing"
}

# packages_need NAME...: there afterwards, or a sentence
packages_need() {
	local missing
	if ! command -v dpkg-query >/dev/null; then
		programs_need
		return
	fi
	missing=$(missing_packages "$@")
	[ -n "$missing" ] || return 0
	if [ "$(id -u)" != 0 ] && ! sudo -n true 2>/dev/null; then
		fail 78 "packages are missing, and installing them needs root. Run this, then ./quickstart again:
    sudo apt-get install --no-install-recommends ${missing% }" nolog
	fi
	packages_install "$missing"
}

# No Debian: we can't install, but can name what is missing. configure names the libraries.
programs_need() {
	local name
	for name in gcc make autoconf automake pkg-config lighttpd openssl curl python3; do
		command -v "$name" >/dev/null || [ -x "/usr/sbin/$name" ] ||
			fail 78 "$name is missing, and this is no Debian where quickstart could install it: install it and start again" nolog
	done
}

# packages_32 FOLDER: Debian's i386 libraries and headers unpacked there. The system's own apt and its packages stay as they are.
packages_32() {
	local deb apt=(-o APT::Architecture=i386 -o APT::Architectures::=i386 -o Dir::State="$1/apt" -o Dir::State::status=/dev/null
		-o Dir::Cache="$1/apt" -o Acquire::Languages=none -o APT::Sandbox::User="$(id -un)")
	[ ! -e "$1/.complete" ] || return 0
	rm -rf "$1"
	mkdir -p "$1/apt/lists/partial" "$1/apt/archives/partial"
	# An index that could not be had (a mirror in the middle of its own update) need not be one that matters.
	logged apt-get "${apt[@]}" update
	logged env -C "$1/apt" apt-get "${apt[@]}" download "${PACKAGES_32[@]}" || return
	for deb in "$1"/apt/*.deb; do
		logged dpkg -x "$deb" "$1" || return
	done
	rm -rf "$1/apt"
	: >"$1/.complete"
}
