# SPDX-License-Identifier: Apache-2.0
# The state directory: config.yaml, the database, the first superadmin, run/ and log/.
# shellcheck shell=bash

# Makes $STATE and gives it to the user. Below a folder that this user can't enter, the content lies under $KEEP and $STATE is a
# link to it.
state_make() {
	local mode=700
	[ -z "${SUDO_UID:-}" ] || mode=711
	ASKED=$STATE
	[ ! -d "$STATE" ] || STATE=$(realpath "$STATE")
	mkdir -p "$STATE" 2>/dev/null && [ -d "$STATE" ] && [ -w "$STATE" ] ||
		fail 78 "the state directory $STATE can't be made or written; choose another with --state DIR" nolog
	if [ "$(id -u)" = 0 ]; then
		chown "$RUN_USER": "$(realpath "$STATE")"
		user_can -w "$STATE" || state_move
	fi
	[ ! -L "$STATE" ] || STATE=$(realpath "$STATE")
	# config.yaml and database made by another user (an earlier start without root) become readable to this one.
	[ "$(id -u)" != 0 ] || chown -Rh "$RUN_USER": "$STATE"
	# With sudo, the person may pass through to admin.json, and see nothing else.
	as_user mkdir -p "$STATE/run" "$STATE/log" && as_user chmod 700 "$STATE/run" "$STATE/log" &&
		as_user chmod "$mode" "$STATE" || fail 75 "$STATE could not be prepared: is the disk full?" nolog
	admin_hand_over
	CONFIG=$STATE/config.yaml
}

state_move() {
	local kept
	kept=$KEEP/$(printf %s "$STATE" | sha256sum | cut -c1-12)
	mkdir -p "$KEEP" && chmod 755 "$KEEP" || fail 70 "$KEEP can't be made" nolog
	# Left by a state directory of this name that somebody removed: not ours to use, nor to lose at once.
	if [ -e "$kept" ]; then
		rm -rf "$kept.old"
		mv -T "$kept" "$kept.old"
	fi
	mv -T "$STATE" "$kept" && ln -s "$kept" "$STATE" || fail 70 "$STATE could not be moved to where the user $RUN_USER can reach it" nolog
}

# One quickstart per state directory. The programs we start inherit the lock: it is free when the last of them is gone.
state_lock() {
	as_user touch "$STATE/run/lock"
	exec 9<"$STATE/run/lock"
	flock -n 9 || fail 75 "another quickstart is running with the state directory $STATE; end it first, or choose another with --state DIR" nolog
}

# space_need FOLDER MEGABYTES WHAT
space_need() {
	local dir=$1 free
	while [ ! -d "$dir" ]; do dir=$(dirname "$dir"); done
	free=$(df -Pk "$dir" 2>/dev/null | awk 'NR == 2 { print int($4 / 1024) }')
	[ -z "$free" ] || [ "$free" -ge "$2" ] ||
		fail 75 "the disk is full: $3 needs $2 MB in $1, and $free MB are free" nolog
}

# --- config.yaml: read and changed here only in the block style that quickstart itself writes; bedrudctl checks the whole -------

config_get() {
	awk -v section="$1" -v key="$2" '
		/^[^ #]/ { inside = ($1 == section ":") }
		inside && $1 == key ":" && /^  [^ ]/ {
			sub(/^  [^:]*:[ \t]*/, ""); sub(/[ \t]+#.*$/, ""); gsub(/^"|"[ \t]*$/, ""); print; exit
		}' "$CONFIG"
}

# config_set SECTION KEY VALUE: changes this line only, or adds it
config_set() {
	[ "$(config_get "$1" "$2")" != "$3" ] || return 0
	CONFIG_VALUE=$3 awk -v section="$1" -v key="$2" '
		function line(tail) { return "  " key ": " ENVIRON["CONFIG_VALUE"] tail }
		/^[^ #]/ { if (inside && !done) { print line(""); done = 1 } inside = ($1 == section ":"); if (inside) found = 1 }
		inside && !done && $1 == key ":" && /^  [^ ]/ {
			tail = match($0, /[ \t]+#.*$/) ? substr($0, RSTART) : ""; print line(tail); done = 1; next
		}
		{ print }
		END { if (!done) { if (!found) print section ":"; print line("") } }' "$CONFIG" | put "$CONFIG" || fail 75 "$CONFIG could not be written: is the disk full?"
}

secret() {
	openssl rand -hex 32
}

config_make() {
	local text
	[ ! -e "$CONFIG" ] || return 0
	text=$(printf '%s\n' JWT_SECRET="$(secret)" SESSION_SECRET="$(secret)" LIVEKIT_KEY="bedrud-$(openssl rand -hex 6)" \
		LIVEKIT_SECRET="$(secret)" | "$TOP/scripts/fill" "$TOP/etc/config.yaml" -) && put "$CONFIG" <<<"$text" ||
		fail 75 "$CONFIG could not be written: is the disk full?"
}

# What the command line asks for goes into the file; where it says nothing, the file stands.
config_adapt() {
	local name tls address='""'
	if [ -n "$OPT_PORT" ]; then config_set server port "$OPT_PORT"; fi
	if [ -n "$OPT_LIVEKIT_PORT" ]; then
		config_set livekit port "$OPT_LIVEKIT_PORT"
		config_set livekit tcpPort $((OPT_LIVEKIT_PORT + 1))
		config_set livekit udpPort $((OPT_LIVEKIT_PORT + 2))
		config_set livekit internalHost "http://127.0.0.1:$OPT_LIVEKIT_PORT"
	fi
	[ -n "$OPT_PORT$OPT_HOST" ] || return 0
	name=${OPT_HOST:-$(config_name)} tls=false
	[ "$name" = localhost ] || tls=true
	config_set server enableTLS "$tls"
	# An address says where LiveKit's media is, too. A name may mean 127.0.1.1 on this machine, so it doesn't.
	[[ ! $name =~ ^[0-9.]+$ ]] || address=$name
	[ "$address$(config_get server host)" = '""' ] || config_set server host "$address"
	if [ "$tls" = true ]; then
		config_set server httpPort $(($(config_get server port) + 1))
		config_set auth frontendURL "https://$name:$(config_get server port)"
	else
		config_set server httpPort '""'
		config_set auth frontendURL "http://localhost:$(config_get server port)"
	fi
}

# The name in auth.frontendURL
config_name() {
	local url
	url=$(config_get auth frontendURL)
	url=${url#*://}
	url=${url%%[:/]*}
	printf %s "${url:-localhost}"
}

# PORT HTTP_PORT LIVEKIT_PORT TLS NAME URL LOCAL (an address that needs no certificate)
config_read() {
	PORT=$(config_get server port)
	HTTP_PORT=$(config_get server httpPort)
	TLS=$(config_get server enableTLS)
	NAME=$(config_name)
	LIVEKIT_PORT=$(config_get livekit port)
	EMBEDDED=true
	if [ "$(config_get livekit external)" = true ] || [ "$(config_get livekit embedded)" = false ]; then EMBEDDED=false; fi
	port_valid "$PORT" 65535 || fail 78 "$CONFIG: server.port must be a number from 1 to 65535" nolog
	port_valid "$LIVEKIT_PORT" 65533 || fail 78 "$CONFIG: livekit.port must be a number from 1 to 65533" nolog
	LIVEKIT_TCP=$(config_get livekit tcpPort) LIVEKIT_UDP=$(config_get livekit udpPort)
	[ "${LIVEKIT_TCP:-0}" != 0 ] || LIVEKIT_TCP=$((LIVEKIT_PORT + 1))
	if [ "$TLS" = true ]; then
		URL=https://$NAME:$PORT/ LOCAL=http://127.0.0.1:$HTTP_PORT
		port_valid "$HTTP_PORT" 65535 || fail 78 "$CONFIG: server.httpPort must be a number from 1 to 65535" nolog
	else
		URL=http://localhost:$PORT/ LOCAL=http://127.0.0.1:$PORT
	fi
}

ports_check() {
	port_need tcp "$PORT" "the web page" --port
	[ "$TLS" != true ] || port_need tcp "$HTTP_PORT" "LiveKit's messages to us" --port
	[ "$EMBEDDED" = true ] || return 0
	port_need tcp "$LIVEKIT_PORT" LiveKit --livekit-port
	port_need tcp "$LIVEKIT_TCP" "LiveKit's media over TCP" --livekit-port
	[ "${LIVEKIT_UDP:-0}" = 0 ] || port_need udp "$LIVEKIT_UDP" "LiveKit's media over UDP" --livekit-port
}

# A certificate for NAME, kept as long as it fits and isn't about to end
certificate_need() {
	local san=DNS:$NAME,DNS:localhost,IP:127.0.0.1
	[ "$TLS" = true ] || return 0
	[[ ! $NAME =~ ^[0-9.]+$ ]] || san=IP:$NAME,DNS:localhost,IP:127.0.0.1
	if [ -s "$STATE/cert.pem" ] && [ -s "$STATE/key.pem" ] && openssl x509 -in "$STATE/cert.pem" -noout -checkend 864000 >/dev/null &&
		openssl x509 -in "$STATE/cert.pem" -noout -checkhost "$NAME" -checkip "$NAME" 2>/dev/null | grep -q 'does match'; then
		return
	fi
	(umask 077 && logged "${AS[@]}" openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 397 -subj "/CN=$NAME" \
		-addext "subjectAltName=$san" -keyout "$STATE/key.pem" -out "$STATE/cert.pem") ||
		fail 70 "openssl could not make a certificate for $NAME"
}

ctl() {
	"${CLEAN[@]}" "${AS[@]}" "$INST/bin/bedrudctl" --config "$CONFIG" "$@"
}

config_check() {
	local said
	said=$(ctl config check 2>&1) && return
	printf '%s\n' "$said" >>"$LOG"
	fail 78 "the configuration is not right:
$said" nolog
}

database_migrate() {
	ctl db migrate >>"$LOG" 2>&1 </dev/null || fail 70 "the database could not be made or brought up to date: $(tail -n 1 "$LOG" | cut -c1-200)"
}

# The first superadmin, once. The password is random; it stands in admin.json and is printed when it is made.
ADMIN_MADE=
admin_need() {
	local email=admin@bedrud.localhost password
	[ ! -s "$STATE/admin.json" ] || return 0
	password=$(openssl rand -base64 18 | tr '+/' '-_')
	if ! admin_create "$email" "$password"; then
		# An earlier admin.json is gone, its user isn't: make another.
		email=admin-$(openssl rand -hex 3)@bedrud.localhost
		admin_create "$email" "$password" || fail 70 "the first superadmin could not be made: $(tail -n 1 "$LOG" | cut -c1-200)"
	fi
	printf '{"email":"%s","password":"%s"}\n' "$email" "$password" | put "$STATE/admin.json" ||
		fail 75 "admin.json could not be written: is the disk full?"
	admin_hand_over
	ADMIN_MADE="$email with password $password"
}
# admin.json belongs to the person: with sudo, that is who called it
admin_hand_over() {
	[ "$(id -u)" != 0 ] || [ -z "${SUDO_UID:-}" ] || [ ! -e "$STATE/admin.json" ] || chown -h "$SUDO_UID" "$STATE/admin.json"
}
admin_create() {
	printf '%s\n' "$2" | ctl user create --admin --email "$1" --name Administrator --password-file - >>"$LOG" 2>&1
}
