# SPDX-License-Identifier: Apache-2.0
# The pages; the tables of keys and of routes are made by man/update and checked here against this build.
dist_man_MANS += man/bedrudctl.1 man/bedrud-config.5 man/bedrud-responders.8
dist_man_MANS += man/bedrud-troubleshooting.7 man/bedrud-recording.7
esman7dir = $(mandir)/es/man7
dist_esman7_DATA = man/es/bedrud-troubleshooting.7
dist_check_SCRIPTS += man/check man/checks
EXTRA_DIST += man/update
