/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells a service manager (systemd, Type=notify) how we are: one datagram to $NOTIFY_SOCKET, as sd_notify(3)
 * describes.
 */
#ifndef BASE_NOTIFY_H
#define BASE_NOTIFY_H

/* "READY=1", "STOPPING=1" … Does nothing without the variable; a failure is logged and nothing more. */
void base_notify_send(const char *text);

/*
 * How often "WATCHDOG=1" is to be sent, in milliseconds: half of $WATCHDOG_USEC. 0: it isn't wanted of this process
 * ($WATCHDOG_PID).
 */
int base_notify_watchdog_ms(void);

#endif
