# SPDX-License-Identifier: Apache-2.0
# Fuzz targets: with --enable-fuzzing for libFuzzer, else programs of `make check` that replay the kept corpus.
fuzz_targets = tests/fuzz/fuzz_config tests/fuzz/fuzz_json tests/fuzz/fuzz_token tests/fuzz/fuzz_webhook tests/fuzz/fuzz_fastcgi \
	tests/fuzz/fuzz_names tests/fuzz/fuzz_password tests/fuzz/fuzz_launcher tests/fuzz/fuzz_auth tests/fuzz/fuzz_join \
	tests/fuzz/fuzz_room tests/fuzz/fuzz_hook tests/fuzz/fuzz_signal tests/fuzz/fuzz_static tests/fuzz/fuzz_mp4 tests/fuzz/fuzz_bucket \
	tests/fuzz/fuzz_recording
check_PROGRAMS += $(fuzz_targets)
fuzz_main = tests/fuzz/main.c tests/fuzz/fuzz.h
EXTRA_DIST += tests/fuzz/run tests/fuzz/README.md tests/fuzz/corpus
fuzz_libs = $(bedrud_all_libs) $(FUZZ_LIBS)

tests_fuzz_fuzz_config_SOURCES = tests/fuzz/fuzz_config.c $(fuzz_main)
tests_fuzz_fuzz_config_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_json_SOURCES = tests/fuzz/fuzz_json.c $(fuzz_main)
tests_fuzz_fuzz_json_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_token_SOURCES = tests/fuzz/fuzz_token.c $(fuzz_main)
tests_fuzz_fuzz_token_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_webhook_SOURCES = tests/fuzz/fuzz_webhook.c $(fuzz_main)
tests_fuzz_fuzz_webhook_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_mp4_SOURCES = tests/fuzz/fuzz_mp4.c $(fuzz_main)
tests_fuzz_fuzz_mp4_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_bucket_SOURCES = tests/fuzz/fuzz_bucket.c $(fuzz_main)
tests_fuzz_fuzz_bucket_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_fastcgi_SOURCES = tests/fuzz/fuzz_fastcgi.c $(fuzz_main)
tests_fuzz_fuzz_fastcgi_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_names_SOURCES = tests/fuzz/fuzz_names.c $(fuzz_main)
tests_fuzz_fuzz_names_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_password_SOURCES = tests/fuzz/fuzz_password.c $(fuzz_main)
tests_fuzz_fuzz_password_LDADD = $(fuzz_libs)
tests_fuzz_fuzz_launcher_SOURCES = tests/fuzz/fuzz_launcher.c $(fuzz_main)
tests_fuzz_fuzz_launcher_LDADD = liblauncher.a $(fuzz_libs)
tests_fuzz_fuzz_signal_SOURCES = tests/fuzz/fuzz_signal.c $(fuzz_main)
tests_fuzz_fuzz_signal_LDADD = libdoctor.a $(SSL_LIBS) $(fuzz_libs)
tests_fuzz_fuzz_static_SOURCES = tests/fuzz/fuzz_static.c $(fuzz_main)
tests_fuzz_fuzz_static_LDADD = liblauncher.a $(fuzz_libs)

# A responder with its own main.c inside: tests/house/house.h.
house = tests/house/house.h tests/house/house.c tests/house/responder.c
fuzz_responder = tests/fuzz/fuzz_responder.c $(fuzz_main) $(house)
tests_fuzz_fuzz_auth_SOURCES = $(fuzz_responder)
tests_fuzz_fuzz_auth_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_HOUSE -DHOUSE_MAIN='"cgi/auth/main.c"'
tests_fuzz_fuzz_auth_LDADD = libauth.a $(fuzz_libs)
tests_fuzz_fuzz_join_SOURCES = $(fuzz_responder)
tests_fuzz_fuzz_join_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_HOUSE -DHOUSE_MAIN='"cgi/join/main.c"'
tests_fuzz_fuzz_join_LDADD = libjoin.a $(fuzz_libs)
tests_fuzz_fuzz_room_SOURCES = $(fuzz_responder)
tests_fuzz_fuzz_room_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_HOUSE -DHOUSE_MAIN='"cgi/room/main.c"'
tests_fuzz_fuzz_room_LDADD = libroom.a $(fuzz_libs)
tests_fuzz_fuzz_hook_SOURCES = $(fuzz_responder)
tests_fuzz_fuzz_hook_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_HOUSE -DHOUSE_MAIN='"cgi/webhook/main.c"'
tests_fuzz_fuzz_hook_LDADD = libwebhook.a $(fuzz_libs)
tests_fuzz_fuzz_recording_SOURCES = $(fuzz_responder)
tests_fuzz_fuzz_recording_CPPFLAGS = $(AM_CPPFLAGS) -DFUZZ_HOUSE -DHOUSE_MAIN='"cgi/recording/main.c"'
tests_fuzz_fuzz_recording_LDADD = librecording.a $(fuzz_libs)
