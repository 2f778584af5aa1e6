# SPDX-License-Identifier: Apache-2.0

# Entering a room, rooms, and LiveKit's reports.
pkglibexec_PROGRAMS += join.fcgi room.fcgi webhook.fcgi
join_fcgi_SOURCES = cgi/join/join.h cgi/join/main.c cgi/join/visit.c cgi/join/account.c cgi/join/guest.c cgi/join/check.c \
	cgi/join/refresh.c
join_fcgi_LDADD = $(bedrud_all_libs)
room_fcgi_SOURCES = cgi/room/room.h cgi/room/main.c cgi/room/create.c cgi/room/list.c cgi/room/delete.c cgi/room/presence.c
room_fcgi_LDADD = $(bedrud_all_libs)
webhook_fcgi_SOURCES = cgi/webhook/webhook.h cgi/webhook/main.c cgi/webhook/receive.c cgi/webhook/effect.c
webhook_fcgi_LDADD = $(bedrud_all_libs)

# Alive, ready, and every path nobody else answers.
pkglibexec_PROGRAMS += health.fcgi
health_fcgi_SOURCES = cgi/health/main.c cgi/health/health.h cgi/health/health.c
health_fcgi_LDADD = $(bedrud_all_libs)

# Accounts, guests, sessions.
pkglibexec_PROGRAMS += auth.fcgi
auth_fcgi_SOURCES = cgi/auth/auth.h cgi/auth/answer.c cgi/auth/guest_login.c cgi/auth/login.c \
	cgi/auth/logout.c cgi/auth/main.c cgi/auth/me.c \
	cgi/auth/preferences.c cgi/auth/refresh.c cgi/auth/register.c cgi/auth/settings.c
auth_fcgi_LDADD = $(bedrud_all_libs)
