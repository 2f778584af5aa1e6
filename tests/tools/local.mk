# SPDX-License-Identifier: Apache-2.0
# Helpers of the system tests; nothing here is installed.
noinst_PROGRAMS += tests/tools/mint tests/tools/recording
tests_tools_recording_SOURCES = tests/tools/recording.c
tests_tools_recording_LDADD = $(bedrud_base_libs)
tests_tools_mint_SOURCES = tests/tools/mint.c
tests_tools_mint_LDADD = $(bedrud_base_libs)
EXTRA_DIST += tests/tools/gotoken/main.go tests/tools/gotoken/go.mod tests/tools/gotoken/go.sum \
	tests/tools/gotoken/crowd/main.go tests/tools/gotoken/peer/main.go
EXTRA_DIST += tests/egress-standin/go.mod tests/egress-standin/go.sum tests/egress-standin/main.go \
	tests/egress-standin/worker.go tests/egress-standin/job.go tests/egress-standin/file.go tests/egress-standin/script.go
