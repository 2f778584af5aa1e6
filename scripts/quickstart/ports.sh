# SPDX-License-Identifier: Apache-2.0
# Whether a port is free, read from /proc: needs no program that may be missing.
# shellcheck shell=bash

# port_inode tcp|udp PORT: the socket's inode when somebody listens there, else nothing
port_inode() {
	local state=0A hex
	[ "$1" = tcp ] || state=07
	hex=$(printf ':%04X' "$2")
	cat "/proc/net/$1" "/proc/net/${1}6" 2>/dev/null |
		awk -v p="$hex" -v s="$state" 'substr($2, length($2) - 4) == p && $4 == s { print $10; exit }'
}

# Who holds the socket, as " (NAME, process 123)", where we may see it
port_holder() {
	local link pid
	link=$(find /proc/[0-9]*/fd -lname "socket:\[$1\]" 2>/dev/null | head -n 1)
	[ -n "$link" ] || return 0
	pid=${link#/proc/}
	pid=${pid%%/*}
	printf ' by %s (process %s)' "$(tr -d '\n' <"/proc/$pid/comm" 2>/dev/null)" "$pid"
}

# port_need tcp|udp PORT WHAT OPTION: fails with a sentence when it is taken
port_need() {
	local inode
	inode=$(port_inode "$1" "$2")
	[ -z "$inode" ] || fail 75 "port $2/$1, needed for $3, is in use$(port_holder "$inode"); end that, or choose another with $4 N" nolog
}

port_valid() {
	[[ $1 =~ ^[1-9][0-9]{0,4}$ ]] && [ "$1" -le "$2" ]
}
