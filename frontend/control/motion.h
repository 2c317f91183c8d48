/*
 * motion.h - where the machine goes for who looks at its instructions: one, over a call, out of a
 * function, up to an address, to the next point; forwards and backwards.
 *
 * One motion at a time, for one call (command.h). Forwards the machine runs as ever, in legs to a
 * number of instructions or to a point of its own (control_run()); backwards it is the timeline's
 * work, done in pieces (motion_work()). The guest does the same in any case.
 *
 * An interrupt that is due before the instruction is taken first, and its handler comes back,
 * unless control.debug.interrupts says that a step may end there.
 */
#ifndef FERRITE_MOTION_H
#define FERRITE_MOTION_H

#include "frontend/control/look_back.h"

struct call;
struct control;

enum motion_kind {
    MOTION_NONE,
    MOTION_STEP,   /* one instruction */
    MOTION_NEXT,   /* the same, but CALL, INT n and REP are one */
    MOTION_FINISH, /* until the function or the handler has returned; back: to what called it */
    MOTION_LEAVE,  /* as MOTION_NEXT, but not back to the beginning of a loop */
    MOTION_UNTIL,  /* before the instruction at an address */
    MOTION_GO,     /* to the next point */
};

enum { MOTION_CALLS = 256 };

struct motion {
    enum motion_kind kind;
    bool back;
    const struct call *owner; /* only which: it may be forgotten at any time */
    unsigned client;          /* enum client, of the owner */
    u64 left;                 /* times to do it again */
    u64 end;                  /* guest time at which it is given up; 0: never */

    /* The present leg, and what comes after it. */
    enum motion_leg { LEG_NONE, LEG_GOAL, LEG_POINT } leg;
    enum motion_then { THEN_ON, THEN_COUNT, THEN_OVER } then;
    bool point_set;
    struct vm_point point;
    bool framed; /* the point counts only with such a stack: */
    u32 esp, ss_base;
    u32 begun_esp, begun_ss; /* the stack where it began */

    /* Backwards. */
    enum motion_phase { BACK_BEGIN, BACK_WRITER, BACK_POINT, BACK_CALLER } phase;
    struct look_back look;
    u64 from, at; /* instructions: where it began; where it is settled to be so far */
    u64 window;   /* BACK_CALLER: so many instructions before `from` are gone through */
    bool inside;
    unsigned calls; /* that have not returned, the last MOTION_CALLS */
    struct motion_frame {
        u64 at;
        u32 sp;
    } frame[MOTION_CALLS];
};

/* `p`: MOTION_UNTIL's. false + call->error. */
bool motion_begin(struct control *c, struct call *call, enum motion_kind kind, bool back, u64 count,
                  const struct vm_point *p);
bool motion_goes(const struct control *c, const struct call *call); /* is it this call's? */
/* vm_run_to() came back with VM_POINT or VM_GOAL. false: it has nothing to do with a motion. */
bool motion_met(struct control *c, enum vm_stop why);
/* Is there work to do while the machine stands? A piece of it. */
bool motion_busy(const struct control *c);
void motion_work(struct control *c);
/* It is given up, and the machine stands where it is; of this call only. */
void motion_stop(struct control *c, const struct call *call, const char *reason);
/* The machine stands for another reason: that ends it. */
void motion_halted(struct control *c);
/* control.reason: a point was met, of this number in the list; 0: not in it. */
void motion_reason(struct control *c, unsigned number);

#endif
