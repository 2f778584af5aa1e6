/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From text to a value of a key's type. An empty text means the default.
 */
#ifndef CONF_VALUE_IMPL_H
#define CONF_VALUE_IMPL_H
#include "conf/conf_impl.h"

/*
 * Sets the value, not its origin. ERR_INPUT: the old value stays and *expected says what would do ("a whole number from
 * 1 to 65535", lives as long as c). ERR_NOMEM. Booleans are YAML's words; lax takes 1 and 0 as well (the environment).
 */
enum err conf_value_set(struct conf *c, enum conf_id id, const char *text, int lax, const char **expected)
    BASE_MUST_CHECK;

/* Starts an empty list or map; adds an item (copied, trimmed, an empty one is dropped). */
void conf_value_clear(struct conf *c, enum conf_id id);
enum err conf_value_add(struct conf *c, enum conf_id id, const char *item) BASE_MUST_CHECK;

#endif
