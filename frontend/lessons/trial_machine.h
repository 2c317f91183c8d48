/*
 * trial_machine.h - the machine of a trial (trial.h): made, run to events within limits, watched
 * for what must not happen, and described in words. For the files of this folder.
 */
#ifndef FERRITE_LESSONS_TRIAL_MACHINE_H
#define FERRITE_LESSONS_TRIAL_MACHINE_H

#include "frontend/control/control.h"
#include "frontend/lessons/lesson.h"
#include "frontend/lessons/words.h"

/* How running it has ended. */
enum trial_end {
    TRIAL_MET,     /* as it was wanted */
    TRIAL_LIMIT,   /* so many instructions are over, or guest time is */
    TRIAL_HALTED,  /* the processor is halted and nothing can wake it */
    TRIAL_ENDED,   /* the guest has shut down, switched off, or asked for a reset */
    TRIAL_NEVER,   /* what must not happen: trial_machine.broken_rule */
    TRIAL_REFUSED, /* a command has failed: trial_machine.error */
    TRIAL_WRONG,   /* the lesson is wrong: trial_machine.error */
};

struct trial_machine {
    struct vm *vm;
    struct control control;
    struct log log;
    struct words_values values;
    struct reply seen;
    u64 budget; /* instructions that it may have executed at most */
    enum vm_stop stop;
    unsigned watching[CONTROL_POINTS + 1]; /* step, plus one, of a point's number; 0: none */
    const struct lesson_step *broken_rule;
    struct err error;
    char event[240]; /* what was met last, in words */
};

/* `disk` (NULL: none) is borrowed until it is closed. */
bool trial_machine_open(struct trial_machine *m, const struct lesson *l, u64 seed,
                        const char *answer, const u8 *disk, struct err *e);
void trial_machine_close(struct trial_machine *m);

/* From power-on to the first instruction of the diskette's first sector. */
enum trial_end trial_machine_boot(struct trial_machine *m);
/* TRIAL_LIMIT when so many are over. */
enum trial_end trial_machine_instructions(struct trial_machine *m, u64 count);
enum trial_end trial_machine_to_halt(struct trial_machine *m, u64 limit);
enum trial_end trial_machine_to_point(struct trial_machine *m, const struct lesson_step *s);
/* A command line; `keep`: its reply is values.seen. */
enum trial_end trial_machine_command(struct trial_machine *m, const char *line, bool keep);
/* STEP_NEVER and STEP_COUNT, from here on. false: m->error. */
bool trial_machine_watch(struct trial_machine *m, const struct lesson_step *s);

/* What was met last. */
void trial_machine_seen(const struct trial_machine *m, char *out, size_t size);
/* Why it did not get further, and where it is. */
void trial_machine_why(struct trial_machine *m, enum trial_end end, char *out, size_t size);

#endif
