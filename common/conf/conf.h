/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.yaml and its environment overrides (the keys of Bedrud's Go server, and our own): the only reader of
 * configuration. The table of keys is common/conf/keys.def; from it come the enum below, the defaults, the checks,
 * `bedrudctl config keys` and the key table of the man page.
 *
 * A loaded configuration is immutable and may be read by many threads. Lookups by enum never fail.
 */
#ifndef CONF_CONF_H
#define CONF_CONF_H
#include <stdint.h>
#include <stdio.h>
#include "base/buf.h"

enum conf_type { CONF_STR, CONF_INT, CONF_BOOL, CONF_LIST, CONF_MAP };

enum {
	CONF_SECRET = 1 << 0,	/* `show` masks it */
	CONF_PATH = 1 << 1,	/* a relative path counts from the config file's folder */
	CONF_IGNORED = 1 << 2,	/* upstream's key without meaning here: accepted, reported once */
	CONF_REQUIRED = 1 << 3,	/* empty is a complaint */
	CONF_PROGRAM = 1 << 4,	/* like CONF_PATH when it has a slash, else a name to look for in PATH */
	CONF_PORT = 1 << 5,	/* CONF_STR: a port number, or empty */
};

/* One enumerator per key: "livekit.tokenTTL" is CONF_livekit_tokenTTL. */
enum conf_id {
#define CONF_KEY(id, name, type, def, env, flags, min, max, help) CONF_##id,
#include "conf/keys.def"
#undef CONF_KEY
	CONF__MAX
};

struct conf_key {
	const char *name;	/* dotted, as in the file */
	enum conf_type type;
	const char *def;	/* default as text; "" = empty */
	const char *env;	/* environment names separated by commas; "" = none */
	unsigned flags;
	long long min, max;	/* CONF_INT: range; CONF_STR: least length (min) when given */
	const char *help;	/* one sentence; its first word in lower case */
};

/*
 * The table: what a line of config.yaml can say. A port override that is no port, a number that is none or out of
 * range, and a boolean that is none are ignored with a warning that names the variable (as Bedrud's Go server does,
 * which says nothing). id is a valid enum conf_id. */
const struct conf_key *conf_key(enum conf_id id);

struct conf;

enum {
	CONF_AS_RESPONDER = 1,	/* ignore environment overrides named like CGI variables (SERVER_PORT) */
	CONF_QUIET = 2,		/* don't log keys without meaning here */
};

/*
 * The path of the configuration: the argument when not NULL, else $BEDRUD_CONFIG, else $CONFIG_PATH, else
 * SYSCONFDIR/bedrud/config.yaml. Borrowed.
 */
const char *conf_path(const char *argument);

/*
 * Reads and checks everything. ERR_CONFIG after writing each complaint as a line to `problems` ("FILE:LINE: KEY: what
 * is wrong, what was expected"; values of secret keys never appear); ERR_NOMEM. Notes about keys without meaning go to
 * the log once. The caller exits 78 on ERR_CONFIG. Free with conf_free(), which wipes.
 */
enum err conf_load(const char *path, unsigned flags, struct base_buf *problems, struct conf **out) BASE_MUST_CHECK;
void conf_free(struct conf *c);

/*
 * Values, after defaults and overrides. Strings are never NULL, live as long as c. Paths are absolute. An empty value
 * in the file or the environment is as good as none: the default holds. conf_str() gives any scalar as text, and "" for
 * a list or a map.
 */
const char *conf_str(const struct conf *c, enum conf_id id);
long long conf_int(const struct conf *c, enum conf_id id);
int conf_bool(const struct conf *c, enum conf_id id);

/* Elements of a list key (a YAML sequence, or comma-separated text), "name=text" of a map. NULL past the end. */
const char *conf_list(const struct conf *c, enum conf_id id, size_t i);

/* Where the value came from: "default", "FILE:LINE" or "environment NAME". */
const char *conf_origin(const struct conf *c, enum conf_id id);

/* The file it was read from, absolute. */
const char *conf_file(const struct conf *c);

/*
 * Whether we run LiveKit ourselves (1) or talk to someone else's (0): embedded unless livekit.external is true,
 * livekit.embedded is false, LIVEKIT_EXTERNAL or LIVEKIT_MANAGED is true, or internalHost isn't this machine.
 */
int conf_livekit_embedded(const struct conf *c);

/* Which setting made it somebody else's, for people: "livekit.external (FILE:LINE)"; "" when embedded. Borrowed. */
const char *conf_livekit_decider(const struct conf *c);

/* Base URL of LiveKit's HTTP API without a trailing slash: internalHost (ws→http), else http://127.0.0.1:<livekit.port>
 * when embedded or host is empty, too, else host. Written into out[n]; ERR_CONFIG when there is none or it doesn't fit.
 * */
enum err conf_livekit_api(const struct conf *c, char *out, size_t n) BASE_MUST_CHECK;

/*
 * Where browsers find LiveKit: livekit.host, with TLS (ws→wss, http→https) when the page came over https, which may
 * open nothing else; without one ws(s)://<site>/livekit, `site` being the host[:port] by which the page was opened.
 * Written into out[n]; ERR_CONFIG when it doesn't fit (16 more than both texts always do).
 */
enum err conf_livekit_client(const struct conf *c, int is_https, const char *site, char *out, size_t n) BASE_MUST_CHECK;

/*
 * Path of the file `name` in the launcher's state directory: livekit.stateDir, else the folder of database.path.
 * ERR_CONFIG when it doesn't fit.
 */
enum err conf_livekit_state(const struct conf *c, const char *name, char *out, size_t n) BASE_MUST_CHECK;

#endif
