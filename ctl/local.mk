# SPDX-License-Identifier: Apache-2.0
# bedrudctl, one file per subcommand.
bin_PROGRAMS += bedrudctl
bedrudctl_SOURCES = ctl/ctl.h ctl/ctl.c ctl/main.c ctl/config_check.c ctl/config_show.c ctl/config_keys.c \
	ctl/db_migrate.c ctl/db_status.c ctl/user_create.c \
	ctl/doctor/doctor.h ctl/doctor/doctor.c \
	ctl/doctor/config.c \
	ctl/doctor/net.h
bedrudctl_LDADD = liblauncher.a $(bedrud_all_libs)
dist_check_SCRIPTS += tests/unit/ctl/test_bedrudctl
