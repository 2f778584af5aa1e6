/* SPDX-License-Identifier: Apache-2.0 */
#include "meeting/compare.h"

#include <string.h>

struct work {
	const struct store_truth_seat *held;
	int64_t settled;
	struct meeting_repair *out;
	size_t n;
};

static void
add(struct work *w, int what, size_t i)
{
	w->out[w->n++] = (struct meeting_repair){ .what = what, .i = i };
}

/*
 * The seats from..to of one identity, which LiveKit doesn't list, or lists with the sid `but`. Whether one of them is
 * too young to judge.
 */
static int
free_seats(struct work *w, size_t from, size_t to, const char *but)
{
	int young = 0;

	for (size_t i = from; i < to; i++) {
		const struct store_truth_seat *h = &w->held[i];

		if (h->left_at != 0 || (but != NULL && strcmp(h->sid, but) == 0))
			continue;
		if (h->joined_at >= w->settled)
			young = 1;
		else
			add(w, MEETING_FREE, i);
	}
	return young;
}

/* Whether the present one needs a seat, after its identity's other ones were looked at. */
static int
lacks_seat(const struct work *w, size_t from, size_t to, const struct livekit_participant *p)
{
	for (size_t i = from; i < to; i++)
		if (strcmp(w->held[i].sid, p->sid) == 0)
			return w->held[i].left_at == 0 ? !w->held[i].is_active : w->held[i].left_at < w->settled;
	return p->joined_at < w->settled;
}

size_t
meeting_compare(const struct store_truth_seat *held, size_t n_held,
    const struct livekit_participant *const *present, size_t n_present, int64_t settled, struct meeting_repair *out)
{
	struct work w = { held, settled, out, 0 };
	size_t h = 0, p = 0, to;
	int order, young;

	while (h < n_held || p < n_present) {
		order = h == n_held ? 1 : p == n_present ? -1 : strcmp(held[h].identity, present[p]->identity);
		for (to = h; order <= 0 && to < n_held && strcmp(held[to].identity, held[h].identity) == 0; to++)
			;
		young = free_seats(&w, h, to, order == 0 ? present[p]->sid : NULL);
		if (order >= 0 && !young && lacks_seat(&w, h, to, present[p]))
			add(&w, MEETING_TAKE, p);
		p += order >= 0;
		h = to;
	}
	return w.n;
}
