# SPDX-License-Identifier: Apache-2.0
# livekit-launcher; all but its main is a library of its own, so that unit tests reach it.
noinst_LIBRARIES += liblauncher.a
liblauncher_a_SOURCES = \
	livekit-launcher/binary.h livekit-launcher/binary.c \
	livekit-launcher/cert.h livekit-launcher/cert.c \
	livekit-launcher/check.h livekit-launcher/check.c \
	livekit-launcher/child.h livekit-launcher/child.c \
	livekit-launcher/document.h livekit-launcher/document.c \
	livekit-launcher/fault.h livekit-launcher/fault.c \
	livekit-launcher/fit.h livekit-launcher/fit.c \
	livekit-launcher/nodeip.h livekit-launcher/nodeip.c \
	livekit-launcher/plan.h livekit-launcher/plan.c \
	livekit-launcher/ports.h livekit-launcher/ports.c \
	livekit-launcher/probe.h livekit-launcher/probe.c \
	livekit-launcher/process.c \
	livekit-launcher/relay.h livekit-launcher/relay.c \
	livekit-launcher/reload.c \
	livekit-launcher/renew.h livekit-launcher/renew.c \
	livekit-launcher/report.h livekit-launcher/report.c \
	livekit-launcher/run.h livekit-launcher/run_impl.h livekit-launcher/run.c \
	livekit-launcher/setup.h livekit-launcher/setup.c \
	livekit-launcher/static.h livekit-launcher/static.c \
	livekit-launcher/statefile.h livekit-launcher/statefile.c \
	livekit-launcher/supervise.h livekit-launcher/supervise.c \
	livekit-launcher/tell.c livekit-launcher/tend.c \
	livekit-launcher/yaml.h livekit-launcher/yaml.c
bin_PROGRAMS += livekit-launcher/livekit-launcher
livekit_launcher_livekit_launcher_SOURCES = livekit-launcher/main.c
livekit_launcher_livekit_launcher_LDADD = liblauncher.a $(bedrud_all_libs)

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/launcher/test_cert tests/unit/launcher/test_document \
	tests/unit/launcher/test_renew tests/unit/launcher/test_ports \
	tests/unit/launcher/test_supervise tests/unit/launcher/test_nodeip tests/unit/launcher/test_yaml \
	tests/unit/launcher/test_relay tests/unit/launcher/test_fault tests/unit/launcher/test_plan \
	tests/unit/launcher/test_statefile tests/unit/launcher/test_child \
	tests/unit/launcher/test_static tests/unit/launcher/test_fit tests/unit/launcher/test_probe
tests_unit_launcher_test_cert_SOURCES = tests/unit/launcher/test_cert.c tests/unit/launcher/certs.h
tests_unit_launcher_test_renew_SOURCES = tests/unit/launcher/test_renew.c tests/unit/launcher/certs.h
tests_unit_launcher_test_renew_LDADD = liblauncher.a $(bedrud_test_libs)
tests_unit_launcher_test_ports_LDADD = liblauncher.a $(bedrud_test_libs)
tests_unit_launcher_test_cert_LDADD = liblauncher.a $(bedrud_test_libs)
tests_unit_launcher_test_document_LDADD = liblauncher.a $(bedrud_test_libs)
tests_unit_launcher_test_supervise_LDADD = liblauncher.a $(bedrud_test_libs)
tests_unit_launcher_test_nodeip_LDADD = liblauncher.a $(bedrud_test_libs)
tests_unit_launcher_test_yaml_LDADD = liblauncher.a $(bedrud_test_libs)
tests_unit_launcher_test_relay_LDADD = liblauncher.a $(bedrud_test_libs)
tests_unit_launcher_test_fault_LDADD = liblauncher.a $(bedrud_test_libs)
tests_unit_launcher_test_plan_SOURCES = tests/unit/launcher/test_plan.c tests/unit/launcher/files.h
tests_unit_launcher_test_plan_LDADD = liblauncher.a $(bedrud_test_libs)
tests_unit_launcher_test_statefile_SOURCES = tests/unit/launcher/test_statefile.c tests/unit/launcher/files.h
tests_unit_launcher_test_statefile_LDADD = liblauncher.a $(bedrud_test_libs)
tests_unit_launcher_test_probe_LDADD = liblauncher.a $(bedrud_test_libs)
tests_unit_launcher_test_fit_LDADD = liblauncher.a $(bedrud_test_libs)
tests_unit_launcher_test_static_SOURCES = tests/unit/launcher/test_static.c tests/unit/launcher/files.h
tests_unit_launcher_test_static_LDADD = liblauncher.a $(bedrud_test_libs)
tests_unit_launcher_test_child_LDADD = liblauncher.a $(bedrud_test_libs)
endif
dist_man_MANS += man/livekit-launcher.8
