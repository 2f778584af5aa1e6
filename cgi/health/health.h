/* SPDX-License-Identifier: Apache-2.0 */
#ifndef CGI_HEALTH_H
#define CGI_HEALTH_H
#include "door/door.h"

door_handler health_alive;	/* H1: the web server and this program run */
door_handler health_ready;	/* H2: the database answers and has our version */
door_handler health_redirect;	/* H3, H4 */
door_handler health_webxdc;	/* X1: mini-apps are off */

#endif
