/* SPDX-License-Identifier: Apache-2.0 */
/* What S3 refuses for, by the status and the <Code> of its answer. Pure. */
#ifndef OBJECT_FAULT_H
#define OBJECT_FAULT_H
#include "base/err.h"

enum object_fault {
	OBJECT_FINE,
	OBJECT_NO_OBJECT,
	OBJECT_NO_BUCKET,
	OBJECT_WRONG_KEY,	/* no such access key */
	OBJECT_WRONG_SECRET,
	OBJECT_DENIED,		/* that key may not do this */
	OBJECT_WRONG_REGION,
	OBJECT_WRONG_CLOCK,
	OBJECT_CHANGED,		/* the object isn't the one that was asked for any more */
	OBJECT_BUSY,		/* the server can't now */
	OBJECT_UNREACHABLE,
	OBJECT_ODD		/* anything else */
};

/* code: "" = the answer had none. A status of 2xx is OBJECT_FINE. */
enum object_fault object_fault_of(long status, const char *code);

/* The kind that a call returns for it. */
enum err object_fault_kind(enum object_fault f);

/* A clause for the administrator: what is wrong, and what to do. Never NULL. */
const char *object_fault_text(enum object_fault f);

#endif
