# SPDX-License-Identifier: Apache-2.0
# ./quickstart test: every test there is, stage by stage, counted together.
# shellcheck shell=bash

PASSED=0 FAILED=0
ALL_STAGES=(unit asan m32 lint fuzz dist system servers network browser)
# These compute, each in a build folder of its own (dist: installs and packs what is built), while `system` waits most of the time: they go
# beside it, on the processor time that it leaves. The others have the machine to themselves.
COMPUTING=(unit asan m32 lint fuzz dist)

# count PASSED FAILED
count() {
	PASSED=$((PASSED + $1)) FAILED=$((FAILED + $2))
	STAGE_SAYS="$1 passed, $2 failed"
	[ "$2" = 0 ] || STAGE_SAYS+=": see $LOG"
}

# stage TEXT FUNCTION...: a stage that could not count anything counts as one failure, so that nothing is green by not running
stage() {
	local began=$EPOCHREALTIME why=
	LOG=$TEST_LOGS/$STAGE.log
	: >"$LOG"
	STAGE_SAYS=
	"${@:2}"
	[ -n "$STAGE_SAYS" ] || { count 0 1; STAGE_SAYS="did not run: see $LOG"; }
	[ "$FAILED" = "${FAILED_BEFORE:-0}" ] || { why=$(stage_failures) FAILED_BEFORE=$FAILED; }
	printf '[%3d s] %s: %s\n' "$(seconds_since "$began")" "$1" "$STAGE_SAYS${why:+$'\n'$why}"
	LOG=$TEST_LOGS/quickstart.log
}

stages_run() {
	for STAGE in "$@"; do
		stage "tests: $STAGE" "test_$STAGE"
	done
}

stage_failures() {
	grep -aE '^(FAILED|ERROR) |\[  FAILED  \] [a-z]|^FAIL: |^not ok |: error: |ERROR: .*Sanitizer|runtime error:|^lint: |^✖ |: BROKEN, see ' "$LOG" |
		cut -c1-200 | head -n 15 | sed 's/^/          /'
}

# --- C: unit tests, also under the sanitizers, and lint ---------------------------------------------------------------------------

# count_check FOLDER: cmocka's own counts; a program that died or printed none counts by automake's verdict
count_check() {
	local trs log ok=0 bad=0 p f
	while IFS= read -r trs; do
		log=${trs%.trs}.log
		p=$(sed -n 's/^\[  PASSED  \] \([0-9]*\) test(s).*/\1/p' "$log" | awk '{ n += $1 } END { print n + 0 }')
		f=$(sed -n 's/^\[  FAILED  \] \([0-9]*\) test(s).*/\1/p' "$log" | awk '{ n += $1 } END { print n + 0 }')
		if grep -q '^:test-result: PASS' "$trs"; then
			[ "$p" -gt 0 ] || p=1
		elif [ "$f" = 0 ]; then
			f=1
		fi
		[ "$f" = 0 ] || cat "$log" >>"$LOG"
		ok=$((ok + p)) bad=$((bad + f))
	done < <(find "$1" -name '*.trs')
	[ $((ok + bad)) = 0 ] || count "$ok" "$bad"
}

test_unit() {
	find "$BUILD-dev" -name '*.trs' -delete 2>/dev/null
	configured "$BUILD-dev" --prefix="$INST" --enable-development
	logged make -C "$BUILD-dev" -s -j"$(nproc)" all || return
	logged env ${LONG:+BEDRUD_TEST_LONG=1} make -C "$BUILD-dev" -s -k -j"$(nproc)" check
	count_check "$BUILD-dev"
}

test_asan() {
	find "$BUILD-asan" -name '*.trs' -delete 2>/dev/null
	configured "$BUILD-asan" --prefix="$INST" --enable-development --enable-sanitizers
	logged make -C "$BUILD-asan" -s -j"$(nproc)" all || return
	logged make -C "$BUILD-asan" -s -k -j"$(nproc)" check
	count_check "$BUILD-asan"
}

# The unit tests with 32 bits, where a length from the wire may not fit into a size_t. Without those of whole programs, and
# without those that call somebody by libcurl, which has libraries of its own.
test_m32() {
	local at libs tests name
	can_32 || { STAGE_SAYS="not here: the compiler makes no i386 programs"; return; }
	at=$CACHE/i386-$(printf '%s ' "${PACKAGES_32[@]}" | sha256sum | cut -c1-10)
	packages_32 "$at" || return
	libs=$at/usr/lib/i386-linux-gnu
	find "$BUILD-32" -name '*.trs' -delete 2>/dev/null
	configured "$BUILD-32" --prefix="$INST" --enable-development --host=i686-linux-gnu CC="gcc -m32 -Wno-psabi" AR=ar RANLIB=ranlib \
		STRIP=strip PKG_CONFIG_LIBDIR="$libs/pkgconfig" CPPFLAGS="-isystem $at/usr/include -isystem $at/usr/include/i386-linux-gnu" \
		LDFLAGS="-L$libs -L$at/lib/i386-linux-gnu -Wl,-rpath-link,$libs -Wl,-rpath-link,$at/lib/i386-linux-gnu"
	tests=" $(cd "$SRC" && printf '%s ' tests/unit/{base,conf,door,ident,livekit,meeting,object,store,web}/test_*.c)"
	tests=${tests//.c/}
	for name in base/test_http livekit/test_api livekit/test_egress object/test_bucket; do
		tests=${tests/" tests/unit/$name "/ }
	done
	logged env LD_LIBRARY_PATH="$libs:$at/lib/i386-linux-gnu" make -C "$BUILD-32" -s -k -j"$(nproc)" check-TESTS check_PROGRAMS= TESTS="$tests"
	count_check "$BUILD-32"
}

# Every fuzz target for some seconds from the kept corpus; with --long for ten minutes
test_fuzz() {
	local broken
	configured "$BUILD-fuzz" --prefix="$INST" CC=clang --enable-fuzzing
	logged make -C "$BUILD-fuzz" -s -j"$(nproc)" all || return
	logged make -C "$BUILD-fuzz" -s -j"$(nproc)" check TESTS= || return
	logged "$SRC/tests/fuzz/run" "$BUILD-fuzz" "$([ -n "$LONG" ] && echo 600 || echo 8)"
	broken=$(grep -c ': BROKEN, see ' "$LOG")
	count "$(grep -c ': clean$' "$LOG")" "$broken"
}

test_lint() {
	local ok=0 bad=0
	configured "$BUILD-dev" --prefix="$INST" --enable-development
	logged make -C "$BUILD-dev" -s -j"$(nproc)" all || return
	if logged make -C "$BUILD-dev" -s lint CHECKOUT="$TOP"; then ok=1; else bad=1; fi
	if logged make -C "$BUILD-dev" -s analyze; then ok=$((ok + 1)); else bad=$((bad + 1)); fi
	if logged env -C "$TOP" bash -c 'shellcheck -x quickstart scripts/fill scripts/quickstart/*.sh tests/lint/analyze .ci/run'; then ok=$((ok + 1)); else bad=$((bad + 1)); fi
	count "$ok" "$bad"
}

# --- the source archive: everything is in it, builds as an ordinary user, and goes again when it is uninstalled ---------------------

# What `make uninstall` leaves of `make install`, with the browser app that was built
install_leaves() {
	logged make -C "$BUILD" -s install DESTDIR="$1" && [ -e "$1$INST/share/bedrud/web/index.html" ] || return
	logged make -C "$BUILD" -s uninstall DESTDIR="$1" || return
	[ -z "$(find "$1" ! -type d -print | tee -a "$LOG")" ]
}

# distcheck makes its sources read-only.
DIST=
dist_clean() {
	[ -z "$DIST" ] || { chmod -R u+w "$DIST" && rm -rf "$DIST"; }
	DIST=
}

test_dist() {
	local ok=0 bad=0
	DIST=$(as_user mktemp -d "${TMPDIR:-/tmp}/bedrud-dist-XXXXXX")
	if install_leaves "$(mktemp -d "$DIST/XXXXXX")"; then ok=1; else bad=1; fi
	# distcheck's own build is below another folder than the sources, which it makes read-only.
	rm -f "$BUILD"/bedrud-*.tar.gz
	# shellcheck disable=SC2016
	if logged make -C "$BUILD" -s dist-gzip && as_user tar -C "$DIST" -xzf - <"$(echo "$BUILD"/bedrud-*.tar.gz)" &&
		logged "${AS[@]}" sh -c 'mkdir "$1/b" && cd "$1/b" && ../bedrud-*/configure -q && make -s -j"$2" distcheck' \
			distcheck "$DIST" "$(nproc)"; then ok=$((ok + 1)); else bad=$((bad + 1)); fi
	dist_clean
	count "$ok" "$bad"
}

# --- Python: through real web servers and a real LiveKit ------------------------------------------------------------------------

python_need() {
	local place wanted=$TOP/tests/requirements.txt
	place=$CACHE/python-$(sha256sum <"$wanted" | cut -c1-10)
	PYTHON=$place/bin/python
	[ ! -e "$place/.complete" ] || return 0
	rm -rf "$place"
	if ! logged /usr/bin/python3 -m venv "$place" || ! logged "$place/bin/pip" install -q --disable-pip-version-check -r "$wanted"; then
		out_of_space && fail 75 "the disk is full: the tests' Python packages could not be installed into $CACHE"
		fail 75 "downloading the tests' Python packages from PyPI failed: $(last_error); is the network up?"
	fi
	: >"$place/.complete"
}

# What the tests are told: where the installed programs are, LiveKit, and this quickstart
test_env() {
	TEST_ENV=(env "--chdir=$TOP" BEDRUD_PREFIX="$INST" BEDRUD_BUILD="$BUILD" GO="$GO" LIVEKIT_SERVER="$LIVEKIT"
		BEDRUD_QUICKSTART="$TOP/quickstart" BEDRUD_CACHE="$CACHE"
		BEDRUD_ARTIFACTS="$TEST_LOGS" BEDRUD_BROWSER="$SRC/tests/browser" PYTHONDONTWRITEBYTECODE=1 NO_PROXY='*' no_proxy='*' "PATH=$PATH:/usr/sbin:/sbin")
}

pytest_run() {
	local xml=$TEST_LOGS/$STAGE.xml
	rm -f "$xml"
	python_need
	logged "${TEST_ENV[@]}" "$PYTHON" -m pytest -p no:cacheprovider -q -ra --junitxml="$xml" ${LONG:+"$LONG"} "$@"
	[ -s "$xml" ] || return 0
	# shellcheck disable=SC2046
	count $("$PYTHON" - "$xml" <<'END'
import sys, xml.etree.ElementTree as tree
suites = list(tree.parse(sys.argv[1]).getroot().iter("testsuite"))
get = lambda name: sum(int(s.get(name, 0)) for s in suites)
bad = get("failures") + get("errors")
print(get("tests") - bad - get("skipped"), bad)
END
	)
}

test_system() {
	livekit_others_need
	versitygw_need
	TEST_ENV+=("LIVEKIT_SERVERS=$LIVEKIT_SERVERS" "VERSITYGW=$VERSITYGW")
	pytest_run tests/system
}
test_servers() { pytest_run tests/servers tests/quickstart; }

# Hosts of their own on this machine, which only root can make
test_network() {
	if [ "$(id -u)" != 0 ]; then
		count 0 0
		STAGE_SAYS="NOT RUN: network namespaces need root (sudo ./quickstart test network)"
		return
	fi
	browser_modules || return
	pytest_run tests/network
}

# Figures instead of verdicts, from the programs that are installed
bench_main() {
	TEST_LOGS=$CACHE
	LOG=$CACHE/quickstart-bench.log
	: >"$LOG"
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	user_need
	space_check
	build_everything "${PACKAGES_TEST[@]}"
	step "getting Go" go_find
	step "getting the tests' Python packages" python_need
	test_env
	exec "${TEST_ENV[@]}" "$PYTHON" tests/bench/bench.py --write docs/benchmarks.md "${REST[@]}"
}

# --- browsers -----------------------------------------------------------------------------------------------------------------

browser_modules() {
	node_need
	logged npm --prefix "$SRC/tests/browser" ci --no-audit --no-fund
}

free_ports() {
	local port=$1
	while [ -n "$(port_inode tcp "$port")$(port_inode tcp $((port + 1)))$(port_inode udp $((port + 2)))$(port_inode tcp $((port + 2)))" ]; do
		port=$((port + 5))
	done
	echo "$port"
}

# What the browsers' house has beside an ordinary one, in its configuration: Redis, and a bucket that speaks HTTPS. The egress
# worker and the bucket's server are started by the test that needs them.
browser_config() {
	local STATE=$1 CONFIG redis=$2 s3=$3
	state_make && config_make
	config_set livekit redis "{ address: \"127.0.0.1:$redis\" }"
	config_set recording s3 "{ endpoint: \"https://127.0.0.1:$s3\", bucket: meet, accessKey: AKTEST, secretKey: \"$(secret)\" }"
	config_set recording minFreeMB 1
	# All these browsers have one address.
	config_set rateLimit guestMaxRequests 1000
	setpriv --pdeathsig TERM redis-server --bind 127.0.0.1 --port "$redis" --save "" --dir "$(dirname "$1")" >>"$LOG" 2>&1 &
	REDIS=$!
	wait_for 15 redis-cli -p "$redis" ping >>"$LOG" 2>&1
}

# A house of its own for the browsers: a quickstart on free ports with a state that goes with it
browser_house() {
	local line state=$1 port livekit
	port=$(free_ports 18300) livekit=$(free_ports 18350)
	browser_config "$state" "$(free_ports 18400)" "$(free_ports 18450)" || return
	setsid "$TOP/quickstart" --state "$state" --port "$port" --livekit-port "$livekit" >>"$LOG" 2>&1 </dev/null &
	HOUSE=$!
	while alive "$HOUSE"; do
		line=$(grep -ao '^ready: .*' "$LOG" | tail -n 1)
		[ -z "$line" ] || { HOUSE_URL=${line#ready: }; return 0; }
		sleep 0.2
	done
	return 1
}

test_browser() {
	local state report=$TEST_LOGS/browser.tap
	[ -e "$TOP/tests/browser/package.json" ] || return 0
	rm -f "$report"
	browser_modules || return
	versitygw_need
	logged env -C "$SRC/tests/egress-standin" GOFLAGS="-mod=readonly -buildvcs=false" "$GO" build -o "$BUILD/egress-standin" . || return
	state=$(mktemp -d /tmp/bedrud-test-XXXXXX) && chmod 755 "$state"
	if browser_house "$state/var"; then
		mkdir -p "$TEST_LOGS/screenshots"
		logged "${TEST_ENV[@]}" BEDRUD_URL="${HOUSE_URL%/}" BEDRUD_STATE="$state/var" VERSITYGW="$VERSITYGW" \
			EGRESS_STANDIN="$BUILD/egress-standin" BEDRUD_SCREENSHOTS="$TEST_LOGS/screenshots" CHROMIUM="$(command -v chromium)" \
			env -C "$SRC/tests/browser" bash -c 'exec node --test --test-concurrency=1 --test-reporter=spec --test-reporter-destination=stdout \
			--test-reporter=tap --test-reporter-destination="$1" *.test.mjs' browser "$report"
	fi
	browser_end
	rm -rf "$state"
	[ -s "$report" ] || return 0
	count "$(sed -n 's/^# pass //p' "$report")" "$(awk '/^# (fail|cancelled) / { n += $3 } END { print n + 0 }' "$report")"
	[ -z "$PICTURES" ] || logged env -C "$SRC/tests/browser" BEDRUD_SCREENSHOTS="$TEST_LOGS/screenshots" CHROMIUM="$(command -v chromium)" \
		node pictures.mjs "$TOP/docs" || count 0 1
}

browser_end() {
	end_group "$HOUSE" 30 TERM
	[ -z "$REDIS" ] || { kill "$REDIS" && wait "$REDIS"; } 2>/dev/null
	HOUSE='' REDIS=''
}

# --- all of it ----------------------------------------------------------------------------------------------------------------

# beside_start STAGE...: in a shell of their own, which counts for itself
BESIDE=
beside_start() {
	rm -f "$TEST_LOGS/beside"
	(
		trap beside_end EXIT
		trap 'exit 143' TERM HUP
		LOW=("${LOWEST[@]}")
		stages_run "$@"
	) &
	BESIDE=$!
}

beside_end() {
	trap '' INT TERM HUP
	end_busy
	dist_clean
	printf '%d %d\n' "$PASSED" "$FAILED" >"$TEST_LOGS/beside"
}

# Until they are done: their counts are ours then. Fails as they did when a sentence stopped them.
beside_wait() {
	local status passed=0 failed=0
	[ -n "$BESIDE" ] || return 0
	wait "$BESIDE"
	status=$?
	BESIDE=
	read -r passed failed <"$TEST_LOGS/beside" || failed=1
	PASSED=$((PASSED + passed)) FAILED=$((FAILED + failed))
	FAILED_BEFORE=$FAILED
	return "$status"
}

# all_stages STAGE...: with `system` among them, that and what goes beside it come first
all_stages() {
	local stage beside=() others=()
	if [[ " $* " == *" system "* ]]; then
		for stage; do
			if [[ " ${COMPUTING[*]} " == *" $stage "* ]]; then beside+=("$stage"); elif [ "$stage" != system ]; then others+=("$stage"); fi
		done
		[ ${#beside[@]} = 0 ] || beside_start "${beside[@]}"
		stages_run system
		beside_wait || exit
		set -- "${others[@]}"
	fi
	stages_run "$@"
}

HOUSE='' REDIS=''
end_test() {
	trap '' INT TERM HUP
	[ -z "$BESIDE" ] || kill -TERM "$BESIDE" 2>/dev/null
	end_busy
	beside_wait
	browser_end
	dist_clean
	[ -z "${SUDO+x}" ] || policy_clear
	# Stopped by a sentence above: what should have run and didn't is a failure.
	[ "$DONE" = 1 ] || printf '%d passed, %d failed\n' "$PASSED" $((FAILED + 1))
}

test_main() {
	local began=$EPOCHREALTIME
	DONE=0
	TEST_LOGS=$CACHE/test-$(printf %s "$TOP" | sha256sum | cut -c1-10)
	mkdir -p "$TEST_LOGS"
	LOG=$TEST_LOGS/quickstart.log
	: >"$LOG"
	trap end_test EXIT
	trap 'exit 130' INT
	trap 'exit 143' TERM HUP
	user_need
	space_check
	build_everything "${PACKAGES_TEST[@]}"
	step "getting Go" go_find
	test_env
	[ ${#STAGES[@]} -gt 0 ] || STAGES=("${ALL_STAGES[@]}")
	all_stages "${STAGES[@]}"
	printf '[%3d s] all together; details in %s\n' "$(seconds_since "$began")" "$TEST_LOGS"
	DONE=1
	printf '%d passed, %d failed\n' "$PASSED" "$FAILED"
	[ "$FAILED" = 0 ] && [ "$PASSED" -gt 0 ]
}
