# SPDX-License-Identifier: Apache-2.0
# Starts LiveKit and the web server, sends a real request through every part, watches, ends everything.
# shellcheck shell=bash

LAUNCHER="" WEB="" WORKER=""	# process ids; each leads a session of its own

alive() {
	[ -n "$1" ] && kill -0 "$1" 2>/dev/null
}

# wait_for SECONDS COMMAND...: until it succeeds; 1 when time is up or a program that we started has ended
wait_for() {
	local end=$((SECONDS + $1))
	until "${@:2}"; do
		[ "$SECONDS" -lt "$end" ] || return 1
		[ -z "$LAUNCHER" ] || alive "$LAUNCHER" || return 1
		[ -z "$WEB" ] || alive "$WEB" || return 1
		[ -z "$WORKER" ] || alive "$WORKER" || return 1
		sleep 0.1
	done
}

answers() {
	curl -qsf --noproxy '*' -m 5 -o /dev/null "$1"
}

last_of() {
	tail -n 3 "$1" 2>/dev/null | cut -c1-300 | tr '\n' ' '
}

launcher_start() {
	child LAUNCHER "$STATE/log/livekit.log" "$INST/bin/livekit-launcher" --config "$CONFIG"
	wait_for 30 answers "http://127.0.0.1:$LIVEKIT_PORT/" ||
		fail 70 "LiveKit did not start; the end of $STATE/log/livekit.log: $(last_of "$STATE/log/livekit.log")"
}

web_start() {
	ulimit -Sn "$(ulimit -Hn | sed 's/unlimited/8192/; s/^[0-9]\{5,\}$/8192/')" 2>/dev/null
	child WEB "$STATE/log/web.log" "$LIGHTTPD" -D -f "$RUN/lighttpd.conf"
	wait_for 15 answers "$LOCAL/" ||
		fail 70 "the web server did not start; the end of $STATE/log/web.log: $(last_of "$STATE/log/web.log")"
}

# Ready when it has done its duties for the first time.
worker_ready() {
	grep -q '"jobs":{"lastRunAt":"' <<<"$("$INST/bin/bedrudctl" --config "$CONFIG" --json jobs 2>>"$LOG")"
}
worker_start() {
	child WORKER "$STATE/log/worker.log" "$INST/bin/bedrud-worker" --config "$CONFIG"
	wait_for 15 worker_ready ||
		fail 70 "bedrud-worker did not start; the end of $STATE/log/worker.log: $(last_of "$STATE/log/worker.log")"
}

# ask STATUS-PATTERN BODY-PATTERN PATH [CURL-OPTION...]: one request as a browser makes it; the answer is left in $ANSWER
ANSWER=
ask() {
	local status via=()
	[ "$TLS" != true ] || via=(--resolve "$NAME:$PORT:127.0.0.1" --cacert "$(config_path cert)")
	ANSWER=$(curl -qsS --noproxy '*' -m 30 "${via[@]}" -w '\n%{http_code}' "${@:4}" "${URL%/}$3" 2>>"$LOG") ||
		fail 70 "$URL does not answer ($3); the end of $STATE/log/web.log: $(last_of "$STATE/log/web.log")"
	status=${ANSWER##*$'\n'} ANSWER=${ANSWER%$'\n'*}
	printf '%s %s %s\n' "$status" "$3" "$(cut -c1-200 <<<"$ANSWER" | sed 's/[A-Za-z0-9_.-]\{40,\}/…/g')" >>"$LOG"
	[[ $status =~ ^($1)$ && $ANSWER == *$2* ]] ||
		fail 70 "$3 answered $status instead of ${1//|/ or }: $(tr '\n' ' ' <<<"$ANSWER" | cut -c1-200); see $STATE/log/web.log"
}

# A real request through every part, as a person's browser would send it. Nothing of it stays: the session is ended again.
probe() {
	local token
	ask 200 '<html' /
	ask 200 healthy /api/health
	ask 200 ready /api/ready
	ask '200|404' '{' /api/room/check/quickstart-probe
	# Somebody else who took the port meanwhile answers, too: then ours has ended by now.
	alive "$WEB" || fail 70 "the web server has ended; the end of $STATE/log/web.log: $(last_of "$STATE/log/web.log")"
	ask 401 error /api/livekit/webhook -X POST -H 'Content-Type: application/webhook+json' -d '{}'
	[ "$EMBEDDED" != true ] || ask 200 OK /livekit/
	# The password may have been changed since admin.json was written: a refusal is an answer of the whole path, too.
	ask '200|401|403|429' '{' /api/auth/login -X POST -H 'Content-Type: application/json' --data @- <"$STATE/admin.json"
	token=$(sed -n 's/.*"accessToken": *"\([^"]*\)".*/\1/p' <<<"$ANSWER")
	[ -n "$token" ] || return 0
	# The token goes by standard input: a command line is for everyone to see.
	ask 200 email /api/auth/me -H @- <<<"Authorization: Bearer $token"
	ask 200 '[' /api/room/list -H @- <<<"Authorization: Bearer $token"
	ask 200 '' /api/auth/logout -d '' -H @- <<<"Authorization: Bearer $token"
}

# A LiveKit of others' may come later, so the site runs; but while it can't be used nobody meets, and that is said.
livekit_elsewhere() {
	local said line
	said=$(ctl doctor 2>>"$LOG" | awk '/^[a-z]/ { wanted = /^error +livekit\./ } wanted { sub(/^error +/, ""); print }')
	[ -n "$said" ] || return 0
	printf '%s\n' "$said" >>"$LOG"
	note "nobody can meet until that LiveKit can be used:"
	while read -r line; do note "  $line"; done <<<"$said"
}

# end_group LEADER SECONDS SIGNAL...: each signal to the leader, then as many seconds for its whole session to end
group_alive() {
	kill -0 -- "-$1" 2>/dev/null
}
end_group() {
	local leader=$1 signal end
	[ -n "$leader" ] || return 0
	for signal in "${@:3}"; do
		kill "-$signal" "$leader" 2>/dev/null
		end=$((SECONDS + $2))
		while group_alive "$leader" && [ "$SECONDS" -le "$end" ]; do sleep 0.05; done
	done
	kill -KILL -- "-$leader" 2>/dev/null
	wait "$leader" 2>/dev/null
	return 0
}

# A launcher that was killed could not remove LiveKit's configuration, with its secret in it; its name is in the state directory.
launcher_left() {
	local name
	name=$(head -n 1 "$STATE/livekit-launcher.file" 2>/dev/null)
	[[ ! $name =~ ^/tmp/bedrud-livekit-[A-Za-z0-9]{6}\.yaml$ ]] || [ -L "$name" ] || as_user rm -f "$name"
}

# Whatever ends us: nothing that we started goes on, nothing that was for this run stays.
end_all() {
	local status=$?
	trap '' INT TERM HUP
	end_busy
	end_group "$WEB" 5 TERM
	end_group "$WORKER" 12 TERM
	# LiveKit drains on its first signal, for as long as somebody is in a meeting: a second one ends it.
	end_group "$LAUNCHER" 6 TERM TERM
	WEB='' LAUNCHER='' WORKER=''
	[ -z "${RUN:-}" ] || { run_dir_clean; launcher_left; }
	[ -z "${SUDO+x}" ] || policy_clear
	# Details are for when something failed.
	[ "$status" != 0 ] || rm -f "$LOG"
}

watch() {
	local who=
	wait -n -p who "$WEB" "$WORKER" ${LAUNCHER:+"$LAUNCHER"}
	if [ "$who" = "$WEB" ]; then
		fail 70 "the web server has ended; the end of $STATE/log/web.log: $(last_of "$STATE/log/web.log")" nolog
	fi
	if [ "$who" = "$WORKER" ]; then
		fail 70 "bedrud-worker has ended; the end of $STATE/log/worker.log: $(last_of "$STATE/log/worker.log")" nolog
	fi
	fail 70 "LiveKit's launcher has ended; the end of $STATE/log/livekit.log: $(last_of "$STATE/log/livekit.log")" nolog
}
