/* rows.h - what the rows_*.c share: their topics, and short ways to say the usual. */
#ifndef FERRITE_ROWS_H
#define FERRITE_ROWS_H

#include "frontend/control/control.h"

extern const struct command_topic rows_waiting, rows_looking, rows_input, rows_media, rows_sound,
    rows_running, rows_snapshots, rows_recording, rows_stepping, rows_points, rows_why,
    rows_explain, rows_walk, rows_chain, rows_map, rows_device, rows_debugging, rows_memory,
    rows_processor, rows_board, rows_ports, rows_profile, rows_script, rows_lessons, rows_help;

/* How long a wait lasts at most when it is not said. */
#define ROWS_LIMIT "60"

/* Pictures as the guest makes them, or as a monitor shows them: number 0 and 1. */
extern const char *const rows_pixels[];
#define ROWS_PIXELS                                                                                \
    .name = "pixels", .kind = PARAM_WORD, .words = rows_pixels, .optional = true, .otherwise = "raw"

/* The drives that take media, in this order in a `number`. */
enum { DRIVE_FDA, DRIVE_FDB, DRIVE_CD };

/* call->error, of this kind; COMMAND_FAILED. */
enum command_state call_fails(struct call *call, enum command_fault fault, const char *fmt, ...)
    PRINTF_LIKE(3, 4);
/* The same for the text in call->error. */
enum command_state call_host_failed(struct call *call);
/* Again at this time. */
enum command_state call_waits(struct call *call, u64 until);
/*
 * What is awaited is not there: again in CONTROL_STEP, until `limit` has passed since the
 * beginning; then `what` ("not seen on the screen") within `seconds` is the failure.
 */
enum command_state call_keeps_waiting(struct call *call, u64 limit, double seconds,
                                      const char *what);

/* Runs of rows that stand in another file than their rows. */
enum command_state rows_wait_any(struct call *call);
enum command_state rows_wait_screen(struct call *call);
enum command_state rows_assert_screen(struct call *call);
enum command_state rows_assemble(struct call *call);
bool rows_check_assemble(const struct request *r, struct err *e);

/* Tells when time has come to stand, or goes on. */
void control_look_stopped(struct control *c);

/* For files that get a name of ours: the folder that was said, else the machine's; NULL: here. */
const char *rows_folder(const struct call *call, const struct value *said);

/* The recording takes a picture, if it is time. */
void control_record_look(struct control *c);

/* What a descriptor with S = 0 of this type is (SDM vol. 3, table 3-2). rows_processor.c */
const char *system_descriptor_words(unsigned type);

#endif
