# SPDX-License-Identifier: Apache-2.0
# Each responder is its main.c and a library of its handlers, which tests link as well (tests/house/).

# Entering a room, rooms, and LiveKit's reports.
pkglibexec_PROGRAMS += join.fcgi room.fcgi webhook.fcgi
noinst_LIBRARIES += libjoin.a libroom.a libwebhook.a
libjoin_a_SOURCES = cgi/join/join.h cgi/join/visit.c cgi/join/account.c cgi/join/guest.c cgi/join/check.c cgi/join/refresh.c
libroom_a_SOURCES = cgi/room/room.h cgi/room/create.c cgi/room/list.c cgi/room/delete.c cgi/room/presence.c \
	cgi/room/scene.c cgi/room/moderate.c cgi/room/settings.c cgi/room/archived.c cgi/room/participant.c cgi/room/people.c \
	cgi/room/knock.c cgi/room/lobby.c cgi/room/invitations.c
libwebhook_a_SOURCES = cgi/webhook/webhook.h cgi/webhook/receive.c cgi/webhook/effect.c cgi/webhook/egress.c
join_fcgi_SOURCES = cgi/join/main.c
join_fcgi_LDADD = libjoin.a $(bedrud_all_libs)
room_fcgi_SOURCES = cgi/room/main.c
room_fcgi_LDADD = libroom.a $(bedrud_all_libs)
webhook_fcgi_SOURCES = cgi/webhook/main.c
webhook_fcgi_LDADD = libwebhook.a $(bedrud_all_libs)

# Recordings.
pkglibexec_PROGRAMS += recording.fcgi
noinst_LIBRARIES += librecording.a
librecording_a_SOURCES = cgi/recording/recording.h cgi/recording/find.c cgi/recording/move.c cgi/recording/start.c \
	cgi/recording/stop.c cgi/recording/list.c cgi/recording/download.c cgi/recording/remove.c cgi/recording/admin.c
recording_fcgi_SOURCES = cgi/recording/main.c
recording_fcgi_LDADD = librecording.a $(bedrud_all_libs)

# Alive, ready, and every path nobody else answers.
pkglibexec_PROGRAMS += health.fcgi
noinst_LIBRARIES += libhealth.a
libhealth_a_SOURCES = cgi/health/health.h cgi/health/health.c
health_fcgi_SOURCES = cgi/health/main.c
health_fcgi_LDADD = libhealth.a $(bedrud_all_libs)

# Accounts, guests, sessions.
pkglibexec_PROGRAMS += auth.fcgi
noinst_LIBRARIES += libauth.a
libauth_a_SOURCES = cgi/auth/auth.h cgi/auth/answer.c cgi/auth/guest_login.c cgi/auth/login.c cgi/auth/logout.c cgi/auth/me.c \
	cgi/auth/preferences.c cgi/auth/refresh.c cgi/auth/register.c cgi/auth/settings.c
auth_fcgi_SOURCES = cgi/auth/main.c
auth_fcgi_LDADD = libauth.a $(bedrud_all_libs)
