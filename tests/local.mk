# SPDX-License-Identifier: Apache-2.0
include tests/tools/local.mk
include tests/fuzz/local.mk
include tests/faults/local.mk

# One a line, sorted: `make lint` says which is missing.
EXTRA_DIST += \
	pytest.ini \
	docs/benchmarks.md \
	docs/benchmarks.svg \
	tests/bench/bench.py \
	tests/bench/load.lua \
	tests/bench/measure.py \
	tests/bench/node/package-lock.json \
	tests/bench/node/package.json \
	tests/bench/node/server.mjs \
	tests/bench/page.py \
	tests/bench/peers.py \
	tests/bench/python/peer.py \
	tests/bench/python/requirements.txt \
	tests/bench/starts.py \
	tests/bench/unsynced.c \
	tests/bench/webhooks.py \
	tests/conftest.py \
	tests/lib/__init__.py \
	tests/lib/call.py \
	tests/lib/crowd.py \
	tests/lib/doctor.py \
	tests/lib/egress.py tests/lib/films.py \
	tests/lib/fcgi.py tests/lib/films.py \
	tests/lib/fronts.py \
	tests/lib/go.py \
	tests/lib/hooks.py \
	tests/lib/http.py \
	tests/lib/launcher.py \
	tests/lib/leaks.py \
	tests/lib/netns.py \
	tests/lib/netstack.py \
	tests/lib/stack.py \
	tests/lib/tap.py \
	tests/lib/truth.py \
	tests/lib/turn.py \
	tests/lib/upstream.py \
	tests/lib/visitor.py \
	tests/network/conftest.py \
	tests/network/test_doctor.py \
	tests/network/test_paths.py \
	tests/network/test_relay.py \
	tests/network/test_sweep.py \
	tests/network/visitor.py \
	tests/quickstart/test_quickstart.py \
	tests/requirements.txt \
	tests/servers/conftest.py \
	tests/servers/test_bench.py \
	tests/servers/test_fronts.py \
	tests/servers/test_leaks.py \
	tests/servers/test_ends.py \
	tests/servers/test_routes_auth.py \
	tests/servers/test_routes_http.py \
	tests/servers/test_routes_join.py tests/servers/test_routes_lobby.py \
	tests/servers/test_routes_room_life.py \
	tests/servers/test_routes_moderation.py tests/servers/test_routes_recording.py tests/servers/test_sendfile.py \
	tests/servers/test_routes_rooms.py \
	tests/servers/test_routes_webhook.py \
	tests/system/conftest.py \
	tests/system/test_auth.py \
	tests/system/test_cgi.py \
	tests/system/test_doctor_media.py tests/system/test_doctor_net.py tests/system/test_doctor_recording.py \
	tests/system/test_drain.py tests/system/test_entry.py \
	tests/system/test_egress_standin.py tests/system/test_recording.py \
	tests/system/test_external.py \
	tests/system/test_http.py \
	tests/system/test_join.py tests/system/test_lobby.py \
	tests/system/test_kill.py \
	tests/system/test_launcher.py \
	tests/system/test_launcher_life.py \
	tests/system/test_launcher_odd.py \
	tests/system/test_launcher_nodeip.py \
	tests/system/test_launcher_sni.py \
	tests/system/test_launcher_static.py \
	tests/system/test_launcher_versions.py \
	tests/system/test_launcher_turn.py \
	tests/system/test_media.py \
	tests/system/test_object.py \
	tests/system/test_room_life.py \
	tests/system/test_moderation.py tests/lib/actor.py \
	tests/system/test_rooms.py \
	tests/system/test_secrets.py \
	tests/system/test_store.py \
	tests/system/test_storm.py \
	tests/system/test_token_libraries.py \
	tests/system/test_truth.py tests/system/test_worker.py \
	tests/system/test_units.py \
	tests/system/test_webhook.py
