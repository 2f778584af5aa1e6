/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What somebody who wrote a key that doesn't exist may have meant.
 */
#ifndef CONF_NEAREST_IMPL_H
#define CONF_NEAREST_IMPL_H
#include "conf/conf.h"

/*
 * The key or section whose name is nearest, ignoring case, or the key whose last part is the same: the first *n bytes
 * of what is returned. NULL when none is near.
 */
const char *conf_nearest_find(const char *name, size_t *n);

#endif
