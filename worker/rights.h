/* SPDX-License-Identifier: Apache-2.0 */
/* The tables that bedrud-worker may touch: main.c has the list. */
#ifndef WORKER_RIGHTS_H
#define WORKER_RIGHTS_H
#include "store/store.h"

extern const struct store_right worker_rights[];

#endif
