/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From config.yaml's text to values, with the line of each. YAML's mappings, sequences and scalars; no anchors, no
 * aliases, no merge keys.
 */
#ifndef CONF_YAML_IMPL_H
#define CONF_YAML_IMPL_H
#include "conf/conf_impl.h"

/*
 * Sets what the text gives. What is wrong becomes a complaint in problems and is left out. ERR_CONFIG when the text
 * couldn't be read to its end (complained about, too); ERR_NOMEM.
 */
enum err conf_yaml_read(struct conf *c, const char *text, size_t n, struct base_buf *problems) BASE_MUST_CHECK;

#endif
