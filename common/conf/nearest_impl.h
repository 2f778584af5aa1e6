/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What somebody who wrote a key that doesn't exist may have meant.
 */
#ifndef CONF_NEAREST_IMPL_H
#define CONF_NEAREST_IMPL_H
#include "conf/conf.h"

/* The key whose name is nearest, ignoring case, or whose last part is the same; NULL when none is near. */
const char *conf_nearest_find(const char *name);

#endif
