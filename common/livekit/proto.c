/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "livekit/proto_impl.h"

enum err
livekit_proto_time(json_object *o, const char *camel, const char *snake, int64_t unit, int64_t *out)
{
	int64_t v = 0;
	enum err e = base_json_int_lax(o, camel, &v);

	if (e == ERR_OK && v == 0)
		e = base_json_int_lax(o, snake, &v);
	if (e != ERR_OK)
		return e;
	if (v < 0 || v > INT64_MAX / unit)
		return ERR_INPUT;
	if (v != 0)
		*out = v * unit;
	return ERR_OK;
}

enum err
livekit_proto_bool(json_object *o, const char *camel, const char *snake, int *out)
{
	enum err e = base_json_bool(o, snake, out);

	return e != ERR_OK ? e : base_json_bool(o, camel, out);
}

enum err
livekit_proto_str(json_object *o, const char *camel, const char *snake, const char **out)
{
	enum err e = base_json_str(o, snake, out);

	return e != ERR_OK ? e : base_json_str(o, camel, out);
}

enum err
livekit_proto_enum(json_object *value, const char *const *names, size_t n, int *out)
{
	const char *name;
	int64_t number;

	if (json_object_is_type(value, json_type_int)) {
		number = json_object_get_int64(value);
		*out = number >= 0 && (uint64_t)number < n ? (int)number : -1;
		return ERR_OK;
	}
	if (!json_object_is_type(value, json_type_string))
		return ERR_INPUT;
	if ((name = json_object_get_string(value)) == NULL)
		return ERR_NOMEM;
	*out = -1;
	for (size_t i = 0; i < n; i++)
		if (strcmp(name, names[i]) == 0)
			*out = (int)i;
	return ERR_OK;
}
