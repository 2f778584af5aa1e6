/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every ceiling of the house, in one list. Sizes in bytes.
 */
#ifndef BASE_LIMITS_H
#define BASE_LIMITS_H

#define LIMIT_LOG_LINE		2048
#define LIMIT_ARENA		(4u << 20)	/* memory of one request */
#define LIMIT_REPLY		(4u << 20)	/* one reply body */
#define LIMIT_BODY_NONE		0
#define LIMIT_BODY_SMALL	(64u << 10)	/* every JSON request of the API */
#define LIMIT_BODY_WEBHOOK	(1u << 20)	/* a LiveKit webhook, with all that participants may put in */
#define LIMIT_JSON_DEPTH	32
#define LIMIT_YAML_DEPTH	64		/* config.yaml */
#define LIMIT_TOKEN		(16u << 10)	/* a JWT */
#define LIMIT_URI		8192
#define LIMIT_CONFIG		(1u << 20)	/* config.yaml */
#define LIMIT_THREADS		32		/* accept threads of one responder process */
#define LIMIT_KEPT		256		/* idle kept connections of one responder process */
#define LIMIT_NAME_MIN		2		/* display name, after sanitising */
#define LIMIT_NAME_MAX		255
#define LIMIT_GUEST_NAME_MAX	50
#define LIMIT_EMAIL		255
#define LIMIT_PASSWORD_MIN	12
#define LIMIT_PASSWORD_MAX	128
#define LIMIT_ROOM_NAME_MIN	3
#define LIMIT_ROOM_NAME_MAX	63
#define LIMIT_PARTICIPANTS	1000		/* of a room, where nothing else is configured */
#define LIMIT_PEER_BODY		(8u << 20)	/* an answer of LiveKit's API; 4 kB a participant */

#endif
