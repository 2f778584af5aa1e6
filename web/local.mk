# SPDX-License-Identifier: Apache-2.0
# The browser app. npm builds it (cd web && npm ci && npm run build), quickstart and the packages do so;
# make only installs what was built, and does without when nothing was.
web_files = web/.gitignore web/build.mjs web/package.json web/package-lock.json web/tsconfig.json \
	web/README.md \
	web/src/api.ts web/src/deviceproblem.ts web/src/devices.ts web/src/favicon.svg web/src/index.html web/src/main.tsx \
	web/src/roomname.ts web/src/router.tsx web/src/session.ts web/src/theme.ts \
	web/src/i18n/en.ts web/src/i18n/es.ts web/src/i18n/index.ts web/src/i18n/meeting.ts \
	web/src/i18n/moderation.ts web/src/i18n/recording.ts web/src/invitation.ts web/src/manage/Manage.tsx \
	web/src/meeting/ChatPanel.tsx web/src/meeting/Controls.tsx web/src/meeting/Meeting.tsx \
	web/src/meeting/PeoplePanel.tsx web/src/meeting/PersonMenu.tsx web/src/meeting/ReactionLayer.tsx web/src/meeting/RecordDialog.tsx web/src/meeting/Settings.tsx \
	web/src/meeting/Stage.tsx web/src/meeting/Tile.tsx web/src/meeting/Top.tsx \
	web/src/meeting/call.ts web/src/meeting/chat.ts web/src/meeting/hands.ts web/src/meeting/layout.ts \
	web/src/meeting/moderation.ts web/src/meeting/rights.ts web/src/meeting/reactions.ts web/src/meeting/recorder.ts web/src/meeting/route.ts web/src/meeting/shortcuts.ts \
	web/src/pages/Home.tsx web/src/pages/Knock.tsx web/src/pages/Lobby.tsx web/src/pages/Login.tsx web/src/pages/Lost.tsx \
	web/src/pages/New.tsx web/src/pages/Recordings.tsx web/src/pages/Register.tsx web/src/pages/RoomPage.tsx web/src/pages/Rooms.tsx \
	web/src/pages/gates.tsx \
	web/src/styles/app.css web/src/styles/meeting.css web/src/styles/tokens.css \
	web/src/ui/Dialog.tsx web/src/ui/Menu.tsx web/src/ui/icons.tsx web/src/ui/files.d.ts web/src/ui/parts.tsx web/src/ui/problem.ts web/src/ui/refused.tsx web/src/ui/roomform.tsx \
	web/src/ui/server.ts web/src/ui/steady.ts web/src/ui/tick.worker.js
EXTRA_DIST += $(web_files)
EXTRA_DIST += docs/meeting.png tests/browser/.gitignore tests/browser/README.md tests/browser/camera.mjs \
	tests/browser/house.mjs \
	tests/browser/doors.test.mjs tests/browser/gates.test.mjs tests/browser/looks.test.mjs tests/browser/meeting.test.mjs \
	tests/browser/moderation.test.mjs tests/browser/recorder.mjs tests/browser/recording.test.mjs \
	tests/browser/pages.test.mjs tests/browser/pictures.mjs tests/browser/pure.test.mjs tests/browser/together.test.mjs \
	tests/browser/visitor.mjs tests/browser/words.mjs docs/screenshots docs/screenshots.md tests/browser/package.json tests/browser/package-lock.json

webdir = $(datadir)/bedrud/web

# The page goes last: whoever reads it while this runs finds all that it names.
.PHONY: install-web uninstall-web
install-web:
	@for built in web/dist $(srcdir)/web/dist; do \
		test -f $$built/index.html || continue; \
		echo "installing $$built to $(DESTDIR)$(webdir)"; \
		$(MKDIR_P) "$(DESTDIR)$(webdir)/assets" || exit 1; \
		$(INSTALL_DATA) $$built/assets/* "$(DESTDIR)$(webdir)/assets/" || exit 1; \
		$(INSTALL_DATA) $$built/index.html "$(DESTDIR)$(webdir)/index.html" || exit 1; \
		exit 0; \
	done; \
	echo "no web/dist: the browser app isn't installed (cd web && npm ci && npm run build)"

uninstall-web:
	rm -rf "$(DESTDIR)$(webdir)"

install-data-hook: install-web
uninstall-hook: uninstall-web
