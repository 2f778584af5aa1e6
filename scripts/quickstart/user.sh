# SPDX-License-Identifier: Apache-2.0
# Who runs it: started as root, everything runs as the system user `bedrud`; else as the person who started it.
# shellcheck shell=bash

RUN_USER=bedrud
KEEP=/var/lib/bedrud-quickstart		# for what that user can't reach elsewhere; root only
AS=()					# put before a command to run it as that user

user_need() {
	[ "$(id -u)" = 0 ] || return 0
	if ! id "$RUN_USER" >/dev/null 2>&1; then
		useradd --system --user-group --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$RUN_USER" ||
			fail 70 "the system user $RUN_USER could not be made" nolog
	fi
	[ "$(id -u "$RUN_USER")" != 0 ] || fail 78 "the user $RUN_USER must not be root" nolog
	AS=(setpriv --reuid "$RUN_USER" --regid "$(id -gn "$RUN_USER")" --init-groups --)
}

# as_user COMMAND...: whatever is written below the state directory is written by its owner. As root we would follow a link that
# this user, or who has got hold of it, put there.
as_user() {
	"${AS[@]}" "$@"
}

user_can() {
	as_user test "$1" "$2"
}

# put FILE: standard input becomes the file, readable by nobody else, all of it or nothing
put() {
	# shellcheck disable=SC2016
	as_user sh -c 'umask 077; cat >"$1.new" && mv -T "$1.new" "$1"' put "$1"
}

# Put before a command: nothing of our environment but what is listed. Overrides of config.yaml are that file's business.
CLEAN=()
clean_env_set() {
	CLEAN=(env -i PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "HOME=$STATE" LANG=C.UTF-8
		"BEDRUD_CONFIG=$CONFIG" "LIVEKIT_SERVER=$LIVEKIT" ${TZ:+"TZ=$TZ"})
}

# child VARIABLE LOGFILE COMMAND...: starts it in a session of its own, as the user. It gets SIGTERM when we die, however we die
# (the kernel forgets that wish when rights are dropped: setpriv states it after that).
child() {
	# shellcheck disable=SC2016
	"${CLEAN[@]}" setsid "${AS[@]:-env}" setpriv --pdeathsig TERM -- sh -c 'exec "$@" >>"$0" 2>&1' "$2" "${@:3}" </dev/null &
	printf -v "$1" %s $!
}

# A path to the same file or folder that the user can reach: itself, or a copy under $KEEP
reachable() {
	local copy
	if user_can -x "$1"; then
		printf %s "$1"
		return
	fi
	copy=$KEEP/$(printf %s "$1" | sha256sum | cut -c1-12)-$(basename "$1")
	mkdir -p "$KEEP" && chmod 755 "$KEEP" && rm -rf "$copy.new" && cp -rpT "$1" "$copy.new" && chmod -R a+rX "$copy.new" &&
		rm -rf "$copy" && mv -T "$copy.new" "$copy" || return
	printf %s "$copy"
}
