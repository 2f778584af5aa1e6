/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CGI_HEALTH_H
#define CGI_HEALTH_H
#include "door/door.h"

door_handler health_alive;	/* GET /api/health: the web server and this program run */
door_handler health_ready;	/* GET /api/ready: the database answers and has our version */
door_handler health_redirect;	/* GET /health, /ready: to those under /api */
door_handler health_webxdc;	/* GET /api/webxdc/config: mini-apps are off */

#endif
