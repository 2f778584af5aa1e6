# SPDX-License-Identifier: Apache-2.0
# The pages; the tables of keys and of routes are made by man/update and checked here against this build.
dist_man_MANS += man/bedrudctl.1 man/bedrud-config.5 man/bedrud-responders.8
dist_check_SCRIPTS += man/check
EXTRA_DIST += man/update
