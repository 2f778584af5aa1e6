# SPDX-License-Identifier: Apache-2.0
# Samples for whoever sets up a server; scripts/fill replaces their @BEDRUD_...@ places. etc/check: they lead each route to its responder.
examplesdir = $(docdir)/examples
dist_examples_DATA = etc/config.yaml
lighttpdexamplesdir = $(examplesdir)/lighttpd
dist_lighttpdexamples_DATA = etc/lighttpd/bedrud.conf
nginxexamplesdir = $(examplesdir)/nginx
dist_nginxexamples_DATA = etc/nginx/bedrud.conf etc/nginx/turn.conf
apache2examplesdir = $(examplesdir)/apache2
dist_apache2examples_DATA = etc/apache2/bedrud.conf
dist_check_SCRIPTS += etc/check
EXTRA_DIST += tests/fixtures/routes
dist_examples_SCRIPTS = scripts/fill
systemdexamplesdir = $(examplesdir)/systemd
dist_systemdexamples_DATA = etc/systemd/bedrud-doctor.service etc/systemd/bedrud-doctor.timer \
	etc/systemd/bedrud-egress.service etc/systemd/bedrud-worker.service etc/systemd/livekit-launcher.service
cronexamplesdir = $(examplesdir)/cron.d
dist_cronexamples_DATA = etc/cron.d/bedrud
EXTRA_DIST += quickstart scripts/versions .ci/run \
	scripts/quickstart/say.sh scripts/quickstart/ports.sh scripts/quickstart/packages.sh scripts/quickstart/tools.sh \
	scripts/quickstart/build.sh scripts/quickstart/user.sh scripts/quickstart/state.sh scripts/quickstart/web.sh \
	scripts/quickstart/run.sh scripts/quickstart/test.sh
