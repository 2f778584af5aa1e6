/* SPDX-License-Identifier: Apache-2.0 */
/* The responder's own main.c under another name; HOUSE_MAIN is its path. */
#include "tests/house/house.h"

/* For those who read this file alone. */
#ifndef HOUSE_MAIN
#define HOUSE_MAIN "cgi/health/main.c"
#endif
#define main house_main
#include HOUSE_MAIN	/* NOLINT(bugprone-suspicious-include): its routes and rights are static */
