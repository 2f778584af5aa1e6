/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What must hold between values: what is required, what goes together.
 */
#ifndef CONF_CHECK_IMPL_H
#define CONF_CHECK_IMPL_H
#include "conf/conf_impl.h"

/*
 * Complaints about values that were read; what is merely unwise goes to the log (not with CONF_QUIET). c->embedded is
 * known.
 */
void conf_check_all(const struct conf *c, unsigned flags, struct base_buf *problems);

#endif
