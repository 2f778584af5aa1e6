# SPDX-License-Identifier: Apache-2.0
# The doctor's checks of what is on this machine, and the result as a whole.
bedrudctl_SOURCES += ctl/doctor/report.h ctl/doctor/report.c
libdoctor_a_SOURCES += \
	ctl/doctor/binary.c \
	ctl/doctor/database.c \
	ctl/doctor/elf.h ctl/doctor/elf.c \
	ctl/doctor/environment.h ctl/doctor/environment.c \
	ctl/doctor/file.h ctl/doctor/file.c ctl/doctor/file_fields.c ctl/doctor/file_rules.c \
	ctl/doctor/firewall.h ctl/doctor/firewall.c \
	ctl/doctor/launcher.h ctl/doctor/launcher.c \
	ctl/doctor/outside.h ctl/doctor/outside.c \
	ctl/doctor/policy.h ctl/doctor/policy.c \
	ctl/doctor/ports.h ctl/doctor/ports.c \
	ctl/doctor/shield.h ctl/doctor/shield.c \
	ctl/doctor/worker.c
doctor_libs = libdoctor.a liblauncher.a $(SSL_LIBS)

if HAVE_CMOCKA
check_PROGRAMS += tests/unit/ctl/test_file tests/unit/ctl/test_environment tests/unit/ctl/test_policy \
	tests/unit/ctl/test_firewall tests/unit/ctl/test_database
tests_unit_ctl_test_file_SOURCES = tests/unit/ctl/test_file.c tests/unit/ctl/findings.h
tests_unit_ctl_test_file_LDADD = $(doctor_libs) $(bedrud_test_libs)
tests_unit_ctl_test_environment_SOURCES = tests/unit/ctl/test_environment.c tests/unit/ctl/findings.h
tests_unit_ctl_test_environment_LDADD = $(doctor_libs) $(bedrud_test_libs)
tests_unit_ctl_test_policy_SOURCES = tests/unit/ctl/test_policy.c tests/unit/ctl/findings.h
tests_unit_ctl_test_policy_LDADD = $(doctor_libs) $(bedrud_test_libs)
tests_unit_ctl_test_firewall_SOURCES = tests/unit/ctl/test_firewall.c tests/unit/ctl/findings.h
tests_unit_ctl_test_firewall_LDADD = $(doctor_libs) $(bedrud_test_libs)
tests_unit_ctl_test_database_SOURCES = tests/unit/ctl/test_database.c tests/unit/ctl/findings.h \
	tests/unit/launcher/files.h
tests_unit_ctl_test_database_LDADD = $(doctor_libs) $(bedrud_test_libs)
endif
EXTRA_DIST += tests/fixtures/firewall/nft.json tests/fixtures/firewall/iptables-nft.json \
	tests/fixtures/firewall/iptables-save tests/system/test_doctor.py

check_PROGRAMS += tests/fuzz/fuzz_document
tests_fuzz_fuzz_document_SOURCES = tests/fuzz/fuzz_document.c $(fuzz_main)
tests_fuzz_fuzz_document_LDADD = $(doctor_libs) $(fuzz_libs)
