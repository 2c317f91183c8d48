/*
 * machine_recording.h - -record and -replay of a command line's machine, for machine.c.
 */
#ifndef FERRITE_MACHINE_RECORDING_H
#define FERRITE_MACHINE_RECORDING_H

#include "frontend/cli/machine.h"

/* The host's local time, seconds since 1970. */
u64 machine_local_seconds(void);
/*
 * -replay: what the host told the recorded machine when it was made, into the configuration. false
 * + err, also for a machine that cannot be recorded.
 */
bool machine_open_recorded(struct machine *m, struct vm_config *c, struct err *e);
/* -replay: no overlay file is made. */
bool machine_overlays_there(const struct options *o, struct err *e);
/* -record: the file, and who tells it what disks show that are no files. */
bool machine_new_recording(struct machine *m, struct vm_config *c, struct err *e);
/* With the machine as it was made, also a replay's; snapshots that it then loads are entered, too.
 */
bool machine_begin_recording(struct machine *m, struct err *e);
/* With -replay: from now on what was recorded. */
bool machine_begin_replay(struct machine *m, struct err *e);
void machine_free_recording(struct machine *m); /* after the machine */
void machine_look_recording(struct machine *m);
/* The replay is at its end. Was it the same run? That is said. */
bool machine_replayed(struct machine *m);
/* The run's own end is that of its recording; a replay may have come to its end with it. */
void machine_close_recorded(struct machine *m);

#endif
