/* SPDX-License-Identifier: Apache-2.0 */
/* The jobs: what each does and with which payload stands in its file. See struct worker_job. */
#ifndef WORKER_JOBS_H
#define WORKER_JOBS_H
#include "worker/worker.h"

enum err worker_dispatch(struct worker *w, const struct store_job *job, json_object *payload) BASE_MUST_CHECK;
enum err worker_room_delete(struct worker *w, const struct store_job *job, json_object *payload) BASE_MUST_CHECK;
enum err worker_room_suspend(struct worker *w, const struct store_job *job, json_object *payload) BASE_MUST_CHECK;
enum err worker_user_delete(struct worker *w, const struct store_job *job, json_object *payload) BASE_MUST_CHECK;
/* {recording_id, …}: worker/home.c. */
enum err worker_process_recording(struct worker *w, const struct store_job *job, json_object *payload) BASE_MUST_CHECK;
enum err worker_recording_delete(struct worker *w, const struct store_job *job, json_object *payload) BASE_MUST_CHECK;

#endif
