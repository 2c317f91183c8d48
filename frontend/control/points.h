/*
 * points.h - what `break` and `watch` set: places, accesses and events at which the machine stops,
 * as people write them, each perhaps only under a condition.
 *
 * They belong to the machine, not to a client; each has a number from 1 on. That one whose
 * condition does not hold was met is not to be seen by anybody.
 */
#ifndef FERRITE_POINTS_H
#define FERRITE_POINTS_H

#include "hw/base/err.h"
#include "hw/machine/vm_inspect.h"

struct control;

enum { CONTROL_POINTS = 64 };

struct control_point {
    bool used;
    struct vm_point point;
    char *text;      /* VM_POINT_SCREEN: what is awaited */
    bool shown;      /* it was there at the last look */
    char *condition; /* NULL: none */
    u64 met;         /* how often it has stopped the machine */
};

/* ---- as people write them ---- */

/*
 * An address for a point: expression.h. With a selector in protected mode it means the segment as
 * it is now, and only while CS holds that selector. vm NULL: only whether it is written well.
 */
bool points_address(struct vm *vm, const char *text, struct vm_point *p, struct err *e);
/* The same with the machine's symbols. */
bool points_place(struct control *c, const char *text, struct vm_point *p, struct err *e);
/* "3f8", "3f8-3ff", hexadecimal as everybody writes ports and vectors, "any"; up to `max`. */
bool points_range(const char *text, u32 max, struct vm_point *p, struct err *e);
/* Behind "if", which may be missing: NULL + err: it is no expression. */
const char *points_condition(const char *text, struct err *e);

/* "breakpoint at 00007c00", "port 3f8-3ff, in and out". */
void points_words(const struct control_point *p, char *out, size_t size);
/* What has happened there: "port 03f8: out 41", "exception 0e (#PF), code 2". */
void points_hit_words(const struct vm_point_hit *h, char *out, size_t size);
/* "#PF"; "" when the vector has no name. */
const char *points_vector_name(u32 vector);

/* ---- the list ---- */

/* text and condition are copied; may be NULL. The number; 0 + err. */
unsigned points_add(struct control *c, const struct vm_point *p, const char *text,
                    const char *condition, struct err *e);
bool points_delete(struct control *c, unsigned number); /* false: there is none */
void points_delete_all(struct control *c);
/* The same; the machine is gone, or about to go. */
void points_forget(struct control *c);

/* Whose is a point that was met? */
enum points_verdict {
    POINTS_OTHERS, /* not in the list */
    POINTS_PASS,   /* in the list, but nothing to stop for */
    POINTS_STOP
};
/* The machine is where it was met. *number: of the point. */
enum points_verdict points_verdict(struct control *c, const struct vm_point_hit *h,
                                   unsigned *number);

#endif
