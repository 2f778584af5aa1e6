# SPDX-License-Identifier: Apache-2.0
# lighttpd's configuration: etc/lighttpd/bedrud.conf, which is for any server, inside a frame with the ports of this run.
# shellcheck shell=bash

# RUN = where sockets and the generated files are. A socket's path ends at 107 bytes, so a deep state directory gets a
# folder in /tmp, whose name is kept, so that the next start removes it if nobody else did.
run_dir_make() {
	RUN=$STATE/run
	run_dir_clean
	[ ${#RUN} -gt 80 ] || return 0
	RUN=$(as_user mktemp -d /tmp/bedrud-run-XXXXXX) && printf '%s' "$RUN" | put "$STATE/run/elsewhere" || fail 75 "no folder could be made in /tmp: is the disk full?"
}

run_dir_clean() {
	local other
	other=$(cat "$STATE/run/elsewhere" 2>/dev/null)
	[[ ! $other =~ ^/tmp/bedrud-run-[A-Za-z0-9]{6}$ ]] || [ -L "$other" ] || as_user rm -rf "$other"
	as_user find "$STATE/run" -mindepth 1 ! -name lock -delete
}

# The origins a browser may connect to beside our own: those of livekit.host
connect_origins() {
	local host
	host=$(config_get livekit host)
	[ -n "$host" ] || return 0
	host=${host#*://}
	host=${host%%/*}
	printf 'wss://%s https://%s' "$host" "$host"
	[[ $(config_get livekit host) == wss:* || $(config_get livekit host) == https:* ]] || printf ' ws://%s http://%s' "$host" "$host"
	[[ $host != *.livekit.cloud* ]] || printf ' wss://*.livekit.cloud https://*.livekit.cloud'
}

# Without --host: this machine only. With it: HTTPS on every address, and plain HTTP on 127.0.0.1 for LiveKit's webhooks.
listeners() {
	local six=
	# (A file of /proc is empty by its size, whatever it holds.)
	! grep -q '^0\{31\}1 ' /proc/net/if_inet6 2>/dev/null || six=1
	if [ "$TLS" = true ]; then
		printf 'server.bind = "0.0.0.0"\nserver.modules += ( "mod_openssl" )\nssl.engine = "enable"\n'
		printf 'ssl.pemfile = "%s"\nssl.privkey = "%s"\n' "$(config_path cert)" "$(config_path key)"
		[ -z "$six" ] || printf '$SERVER["socket"] == "[::]:%s" { ssl.engine = "enable" }\n' "$PORT"
		printf '$SERVER["socket"] == "127.0.0.1:%s" { ssl.engine = "disable" }\n' "$HTTP_PORT"
	else
		printf 'server.bind = "127.0.0.1"\n'
		[ -z "$six" ] || printf '$SERVER["socket"] == "[::1]:%s" { }\n' "$PORT"
	fi
}

config_path() {
	local path
	path=$(config_get server "$1File")
	path=${path:-$1.pem}
	[[ $path == /* ]] || path=$STATE/$path
	printf %s "$path"
}

web_conf() {
	local conf=$RUN/lighttpd.conf
	{
		printf '# Written by quickstart at each start.\nserver.port = %s\n' "$PORT"
		printf 'server.document-root = "%s"\nserver.upload-dirs = ( "%s" )\n' "$INST/share/bedrud/web" "$RUN"
		listeners
		printf 'include "%s"\n' "$RUN/bedrud.conf"
	} | put "$conf" && "$INST/share/doc/bedrud/examples/fill" "$INST/share/doc/bedrud/examples/lighttpd/bedrud.conf" \
		LIBEXEC="$INST/libexec/bedrud" WEB="$INST/share/bedrud/web" CONFIG="$CONFIG" RUN="$RUN" LIVEKIT_PORT="$LIVEKIT_PORT" \
		CONNECT="$(connect_origins)" 2>>"$LOG" | put "$RUN/bedrud.conf" ||
		fail 70 "lighttpd's configuration could not be written: $(tail -n 1 "$LOG")"
	LIGHTTPD=$(PATH=$PATH:/usr/sbin:/usr/local/sbin command -v lighttpd)
	"${CLEAN[@]}" "${AS[@]}" "$LIGHTTPD" -tt -f "$conf" >>"$LOG" 2>&1 || fail 70 "lighttpd does not accept its configuration: $(tail -n 1 "$LOG")"
}
