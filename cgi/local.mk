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
