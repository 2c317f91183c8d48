/*
 * machine.h - a machine made from the command line, with its consoles, log and script: what the
 * headless loop and the window have in common.
 */
#ifndef FERRITE_MACHINE_H
#define FERRITE_MACHINE_H

#include "frontend/cli/folder_watch.h"
#include "frontend/cli/options.h"
#include "frontend/control/console.h"
#include "frontend/control/control.h"
#include "frontend/control/ending.h"
#include "frontend/gdb/gdb.h"
#include "frontend/lessons/live.h"
#include "frontend/link/link.h"
#include "frontend/midi/midi.h"
#include "frontend/midi/midi_in.h"
#include "frontend/script/script.h"
#include "hw/machine/vm.h"

/* A machine that will be forked from another one; the script it will have, NULL: it is wrong. */
struct machine_fork {
    const char *path;
    struct script *script;
};

struct machine {
    const struct options *options;
    struct ending *ending; /* signals and the host's limit; NULL: none */
    struct vm *vm;
    struct recording *recording; /* -record; NULL: it is not, or no more */
    struct recorded *recorded;   /* -replay; NULL: it is not, or over */
    struct shown_given *given;   /* disks of it, until the machine is no more */
    struct log log;
    struct console serial[VM_SERIALS];
    struct console parallel, debugcon;
    struct midi_port *midi;
    struct midi_input *midi_in;
    struct sound_in *sound_in;
    struct console extra[CHARDEVS]; /* of -chardev */
    struct vm_chardev chardev[CHARDEVS];
    struct script *script;
    struct script_run *run;      /* NULL: no script, or over */
    struct control control;      /* for all who steer it; also why time stands still */
    struct lessons_live lessons; /* control.teaching */
    struct links links;          /* where they come from outside; frontend/link/ */
    struct gdb *gdb;             /* NULL: none can come */
    bool awaited;                /* the first of them, before the machine starts */
    bool own_place;              /* one of `links` is the machine's own; outside.h */
    struct qmp *qmp;             /* NULL: no -qmp */
    struct monitor *monitor;
    struct http *http;     /* NULL: no -http */
    bool window;           /* somebody sits in front of one */
    bool audible;          /* the window is to play its sound */
    struct sound_sink ear; /* listens until the window does: a snapshot's notes sound on */
    bool told_triple_fault;
    void (*say)(void *opaque, const char *text); /* messages go here as well; may be NULL */
    void *say_opaque;
    struct budget disk_budget, log_budget; /* limits.h */
    u64 dumped;                            /* bytes of -netdump, of these */
    u64 next_notice;                       /* bytes of the first that are worth a word */
    bool told_budget;
    double cpu_since, cpu_then; /* host seconds, and what the process had used */
    bool told_output;           /* that an output file could not be written */
    struct folder_watch folders;
    struct grants reach;              /* what the sandbox leaves; confine.h */
    const char *scratch;              /* within reach, too: a test's own folder; NULL: none */
    const struct machine_fork *forks; /* machines that will be forked from it */
    size_t fork_count;
    bool forked;               /* it is one of those */
    const char *variant;       /* of the test, when forked; NULL: the options say */
    u64 memory_before;         /* what the process had when its limit was set first; 0: not yet */
    struct launcher *launcher; /* control.launcher */
    char *temporary;           /* folder of its temporary files; NULL: none */
    unsigned long resets;      /* that the guest asked for, or that followed a triple fault */
    int status;                /* exit status once machine_run() has returned false */
    double started;            /* host seconds; 0: not yet */
    u64 instructions_before;   /* that a snapshot came with */
};

/* `window`: a person sits in front of it, so the RTC shows the host's time unless -rtc. */
bool machine_open(struct machine *m, const struct options *o, struct ending *ending, bool window,
                  struct err *e);
/* Flush and close everything; prints -stats. Returns the exit status. */
int machine_close(struct machine *m);

/*
 * For a machine whose script is over and that was not closed: it stands where it is and gets
 * another script. `ending`: of this process.
 */
bool machine_next_script(struct machine *m, const char *path, struct ending *ending, struct err *e);

/*
 * Run until guest time `until` (ns). false when the run is over, by itself or because somebody
 * asked for its end. Resets, the script, the consoles are dealt with here. Comes back early after
 * vm_interrupt().
 */
bool machine_run(struct machine *m, u64 until);
/* For whoever looks at the window, or at standard error. */
void machine_tell(struct machine *m, const char *fmt, ...) PRINTF_LIKE(2, 3);
/* Is the run to end now, whatever guest and script want? Then it is said what they were doing. */
bool machine_must_end(struct machine *m);

/* Hear those outside who steer it; machine_run() does. */
void machine_attend(struct machine *m);
/* Instead of sleeping: comes back early when one of them has something. */
void machine_rest(struct machine *m, double seconds);

/* Seconds of the host's steady clock. */
double host_seconds(void);
void host_sleep(double seconds);

#endif
