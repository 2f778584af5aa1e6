/* SPDX-License-Identifier: Apache-2.0 */
/* Inside web/: making a request out of CGI variables. */
#ifndef WEB_REQUEST_IMPL_H
#define WEB_REQUEST_IMPL_H
#include "web/request.h"

/*
 * Fills r from "NAME=value" strings (NULL ends them), which must outlive it. ERR_INPUT: a path that is no path; r is
 * usable for an error reply then. ERR_NOMEM. The body is not read.
 */
enum err web_request_from_vars(struct web_request *r, struct base_arena *a, char *const *vars) BASE_MUST_CHECK;

/* CONTENT_LENGTH; 0 when absent. ERR_INPUT when it is no number, ERR_TOO_BIG beyond a size_t: *n is left alone. */
enum err web_request_length(const struct web_request *r, size_t *n) BASE_MUST_CHECK;

#endif
