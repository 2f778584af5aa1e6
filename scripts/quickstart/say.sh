# SPDX-License-Identifier: Apache-2.0
# What the person sees: a line per step with its seconds, one sentence when something fails. Details go to $LOG.
# shellcheck shell=bash

LOG=/dev/null
STEP=
BUSY=		# process group of the command that runs now
LOW=()		# put before a command: LOWEST, or nothing
# On processor time that nobody else wants. Where the kernel shares it out by session (sched(7), "The autogroup feature"), nice(1) counts
# only within one.
# shellcheck disable=SC2016,SC2034
LOWEST=(nice -n 19 sh -c '{ echo 19 >/proc/self/autogroup; } 2>/dev/null; exec "$@"' lowest)

seconds_since() {
	local now=${EPOCHREALTIME/./}
	echo $(((now - ${1/./} + 500000) / 1000000))
}

# step TEXT FUNCTION [ARG...]: runs it in this shell, and says how long it took
step() {
	local began=$EPOCHREALTIME
	STEP=$1
	printf '\n== %s %s\n' "$(date -u +%FT%TZ)" "$STEP" >>"$LOG"
	[ ! -t 1 ] || printf '[  ...] %s' "$STEP"
	"${@:2}"
	[ ! -t 1 ] || printf '\r\033[K'
	printf '[%3d s] %s\n' "$(seconds_since "$began")" "$STEP"
	STEP=
}

note() {
	[ ! -t 1 ] || printf '\r\033[K'
	printf '        %s\n' "$*"
}

# fail CODE SENTENCE: 64 usage, 70 a part is broken, 75 try again, 78 something is missing or set wrong
fail() {
	[ ! -t 1 ] || [ -z "$STEP" ] || printf '\n'
	if [ "$LOG" != /dev/null ] && [ -s "$LOG" ] && [ "${3:-}" != nolog ]; then
		printf 'quickstart: %s\n            Details: %s\n' "$2" "$LOG" >&2
	else
		printf 'quickstart: %s\n' "$2" >&2
	fi
	exit "$1"
}

# logged COMMAND...: its output goes to the log. It runs in a session of its own, so that a signal to us ends all of it.
logged() {
	local status
	printf '$ %s\n' "$*" >>"$LOG"
	# (A shell starts what runs beside it with SIGINT ignored, which tests of Ctrl-C would inherit.)
	setsid env --default-signal=INT,QUIT "${LOW[@]}" "$@" >>"$LOG" 2>&1 </dev/null &
	BUSY=$!
	wait "$BUSY"
	status=$?
	BUSY=
	return "$status"
}

# The last line of the log that says what went wrong, for the sentence
last_error() {
	tail -n 400 "$LOG" | grep -aiE "${1:-error|no space|could not|cannot|failed}" | tail -n 1 | cut -c1-200
}

out_of_space() {
	tail -n 60 "$LOG" | grep -qai 'no space left on device'
}

end_busy() {
	[ -n "$BUSY" ] || return 0
	kill -TERM -- "-$BUSY" 2>/dev/null
	wait "$BUSY" 2>/dev/null
	BUSY=
}
