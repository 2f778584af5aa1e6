/* SPDX-License-Identifier: Apache-2.0 */
/*
 * JSON: reading with json-c under our limits (size by the caller, depth LIMIT_JSON_DEPTH, no duplicate keys, nothing
 * after the value, valid UTF-8), and a writer into a base_buf that escapes <, >, & as \u003c … as Bedrud does.
 */
#ifndef BASE_JSON_H
#define BASE_JSON_H
#include <stdint.h>
#include <json-c/json_object.h>
#include "base/arena.h"
#include "base/buf.h"

/* Parses n bytes that must be one JSON object. *out lives as long as the arena. ERR_INPUT, ERR_NOMEM. */
enum err base_json_object(struct base_arena *a, const char *p, size_t n, json_object **out) BASE_MUST_CHECK;

/*
 * As base_json_object, but of two members with one name the last counts: for bodies whose author is proven and whose
 * maps carry names of strangers. json-c ends a name at a NUL, so that two of those may become one.
 */
enum err base_json_object_lax(struct base_arena *a, const char *p, size_t n, json_object **out) BASE_MUST_CHECK;

/*
 * Members by name: exact first, else ignoring ASCII case (clients send clientDataJson for clientDataJSON).
 * Absent or null leaves *out as it was and returns ERR_OK; a wrong type is ERR_INPUT. Strings are borrowed from o.
 * A string with an embedded NUL is ERR_INPUT. Integers: a JSON integer within [INT64_MIN, INT64_MAX], or with
 * base_json_int_lax also a decimal string (protobuf JSON writes 64-bit numbers so).
 */
json_object *base_json_get(json_object *o, const char *name);
enum err base_json_str(json_object *o, const char *name, const char **out) BASE_MUST_CHECK;
enum err base_json_bool(json_object *o, const char *name, int *out) BASE_MUST_CHECK;
enum err base_json_int(json_object *o, const char *name, int64_t *out) BASE_MUST_CHECK;
enum err base_json_int_lax(json_object *o, const char *name, int64_t *out) BASE_MUST_CHECK;
enum err base_json_sub(json_object *o, const char *name, json_object **out) BASE_MUST_CHECK;

/*
 * Writer. Commas are its business: call open/close and the members in order. A NULL string is written as null;
 * bytes that are not UTF-8 become U+FFFD. Key is NULL inside arrays and for the outermost value.
 */
void base_json_open(struct base_buf *b, const char *key, char bracket);		/* '{' or '[' */
void base_json_close(struct base_buf *b, char bracket);				/* '}' or ']' */
void base_json_put_str(struct base_buf *b, const char *key, const char *s);
void base_json_put_int(struct base_buf *b, const char *key, int64_t v);
void base_json_put_bool(struct base_buf *b, const char *key, int v);
void base_json_put_null(struct base_buf *b, const char *key);
void base_json_put_time(struct base_buf *b, const char *key, int64_t ns);	/* RFC 3339; 0 is null */
void base_json_put_raw(struct base_buf *b, const char *key, const char *json);	/* already JSON */

#endif
