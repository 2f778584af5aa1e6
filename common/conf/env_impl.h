/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Overrides from the environment.
 */
#ifndef CONF_ENV_IMPL_H
#define CONF_ENV_IMPL_H
#include "conf/conf_impl.h"

/* 1 if a web server sets a variable of this name for a CGI program (RFC 3875 section 4.1, and what servers add). */
int conf_env_is_cgi(const char *name);

/*
 * Sets what non-empty variables give. One that can't be read is logged by name and ignored. flags as conf_load().
 * ERR_NOMEM.
 */
enum err conf_env_apply(struct conf *c, unsigned flags) BASE_MUST_CHECK;

/* 1 if the variable says true (true, 1, yes, on). */
int conf_env_true(const char *name);

#endif
