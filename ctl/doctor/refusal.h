/* SPDX-License-Identifier: Apache-2.0 */
/* What LiveKit means when it refuses a token of ours. Pure. */
#ifndef CTL_DOCTOR_REFUSAL_H
#define CTL_DOCTOR_REFUSAL_H

/*
 * A signed call's refusal. Measured on LiveKit 1.9.11, 1.11.0 and 1.13.5: HTTP 401 and "invalid API key: KEY", or
 * "invalid token: TOKEN, error: …" with "signature is invalid" or "error in cryptographic primitive" in the error
 * (the secret), "not valid yet", "expired" (60 seconds are allowed). The text has our token in it: it isn't printed.
 */
enum refusal {
	REFUSAL_NONE,
	REFUSAL_KEY,
	REFUSAL_SECRET,
	REFUSAL_EARLY,		/* for LiveKit's clock the token isn't valid yet */
	REFUSAL_LATE,
	REFUSAL_OTHER,		/* another 401 or 403 */
	REFUSAL_STRANGER,	/* no answer of LiveKit's: another status, or a page */
};
enum refusal refusal_judge(int status, const char *body);

/* What is wrong in a clause; NULL for REFUSAL_NONE. */
const char *refusal_text(enum refusal r);

#endif
