/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a loaded configuration is made of. Only this room includes it. All memory hangs on the arena, which is wiped.
 */
#ifndef CONF_CONF_IMPL_H
#define CONF_CONF_IMPL_H
#include "base/arena.h"
#include "conf/conf.h"

#define CONF_SHOWN 60		/* most bytes of a wrong value that a message repeats */
#define CONF_SECRET_MIN 32	/* bytes of a secret that nobody guesses */

struct conf_value {
	const char *text;	/* trimmed, paths made absolute; "" for CONF_LIST and CONF_MAP */
	const char **items;	/* CONF_LIST and CONF_MAP */
	size_t n_items, room;
	long long number;	/* CONF_INT, CONF_BOOL */
	const char *origin;
	int line;		/* where the file gives the key; 0 = it doesn't */
	int section_line;	/* where the file begins its section; 0 = it doesn't */
	int bad;		/* a complaint about it was made: one is enough */
};

struct conf {
	struct base_arena arena;
	const char *file;	/* absolute */
	const char *folder;	/* of the file, without the slash at the end */
	const char *asked;	/* the path as it was given: what messages say */
	struct conf_value v[CONF__MAX];
	int embedded;
	const char *decider;	/* what made it not so; "" */
};

/* One complaint as a line: "FILE:LINE: KEY: text". Line 0 and an empty key are left out. */
void conf_complain(const struct conf *c, struct base_buf *problems, int line, const char *key, const char *fmt, ...)
    BASE_PRINTF(5, 6);

/* The same about a key's value, naming the variable when it came from one. Silent when the key had its complaint. */
void conf_complain_key(const struct conf *c, struct base_buf *problems, enum conf_id id, const char *fmt, ...)
    BASE_PRINTF(4, 5);

#endif
