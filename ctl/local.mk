# SPDX-License-Identifier: Apache-2.0
# bedrudctl, one file per subcommand.
bin_PROGRAMS += bedrudctl
bedrudctl_SOURCES = ctl/ctl.h ctl/ctl.c ctl/main.c ctl/config_check.c ctl/config_show.c ctl/config_keys.c \
	ctl/db_migrate.c ctl/db_status.c ctl/jobs.c ctl/room.c ctl/egress_config.c ctl/user_create.c \
	ctl/doctor/doctor.h ctl/doctor/doctor.c \
	ctl/doctor/client.c \
	ctl/doctor/config.c \
	ctl/doctor/media.h ctl/doctor/media.c ctl/doctor/turn.c \
	ctl/doctor/reach.c \
	ctl/doctor/download.h ctl/doctor/download.c \
	ctl/doctor/incoming.h ctl/doctor/incoming.c \
	ctl/doctor/recording.c \
	ctl/doctor/redis.h ctl/doctor/redis.c \
	ctl/doctor/s3.h ctl/doctor/s3.c \
	ctl/doctor/visit.h ctl/doctor/visit.c \
	ctl/doctor/webhook.c
bedrudctl_LDADD = libdoctor.a liblauncher.a $(SSL_LIBS) $(bedrud_all_libs)
dist_check_SCRIPTS += tests/unit/ctl/test_bedrudctl

# What the doctor's groups stand on, and unit tests reach.
noinst_LIBRARIES += libdoctor.a
libdoctor_a_SOURCES = \
	ctl/owner.h ctl/owner.c \
	ctl/doctor/http.h ctl/doctor/http.c \
	ctl/doctor/ice.h ctl/doctor/ice.c \
	ctl/doctor/net.h ctl/doctor/net.c \
	ctl/doctor/refusal.h ctl/doctor/refusal.c \
	ctl/doctor/resp.h ctl/doctor/resp.c \
	ctl/doctor/say.h ctl/doctor/say.c \
	ctl/doctor/signal.h ctl/doctor/signal.c \
	ctl/doctor/stun.h ctl/doctor/stun.c \
	ctl/doctor/turnclient.h ctl/doctor/turnclient.c \
	ctl/doctor/url.h ctl/doctor/url.c \
	ctl/doctor/websocket.h ctl/doctor/websocket.c

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/ctl/test_net
tests_unit_ctl_test_net_SOURCES = tests/unit/ctl/test_net.c tests/unit/ctl/peer.h
tests_unit_ctl_test_net_LDADD = libdoctor.a $(SSL_LIBS) $(bedrud_test_libs)
check_PROGRAMS += tests/unit/ctl/test_http
tests_unit_ctl_test_http_SOURCES = tests/unit/ctl/test_http.c tests/unit/ctl/peer.h
tests_unit_ctl_test_http_LDADD = libdoctor.a $(SSL_LIBS) $(bedrud_test_libs)
check_PROGRAMS += tests/unit/ctl/test_refusal
tests_unit_ctl_test_refusal_LDADD = libdoctor.a $(bedrud_test_libs)
check_PROGRAMS += tests/unit/ctl/test_resp
tests_unit_ctl_test_resp_SOURCES = tests/unit/ctl/test_resp.c tests/unit/ctl/peer.h
tests_unit_ctl_test_resp_LDADD = libdoctor.a $(SSL_LIBS) $(bedrud_test_libs)
check_PROGRAMS += tests/unit/ctl/test_url
tests_unit_ctl_test_url_LDADD = libdoctor.a $(bedrud_test_libs)
check_PROGRAMS += tests/unit/ctl/test_stun
tests_unit_ctl_test_stun_LDADD = libdoctor.a $(SSL_LIBS) $(bedrud_test_libs)
check_PROGRAMS += tests/unit/ctl/test_ice
tests_unit_ctl_test_ice_LDADD = libdoctor.a $(SSL_LIBS) $(bedrud_test_libs)
check_PROGRAMS += tests/unit/ctl/test_signal
tests_unit_ctl_test_signal_LDADD = libdoctor.a $(SSL_LIBS) $(bedrud_test_libs)
endif
