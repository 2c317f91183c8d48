/*
 * private.h - what profile.c and callstack.c share. See profile.h.
 */
#ifndef FERRITE_PROFILE_PRIVATE_H
#define FERRITE_PROFILE_PRIVATE_H

#include "cpu/profile/profile.h"

/* A call that has not returned. */
struct frame {
    u32 slot;    /* linear address of where the return address lies on the stack */
    u32 ret;     /* linear address to return to; 0: not known */
    u32 node;    /* where the call was made */
    u32 esp;     /* of the interrupted code, with `inner` */
    bool bottom; /* the first one of a stack: those before it lie on others */
    bool inner;  /* the processor changed to the stack of an inner ring */
};

/* One thread of the guest: the calls on its stacks. */
struct strand {
    struct frame *frame;
    u32 frames, room;
    u32 lost; /* calls above them, for which there was no room */
    u32 node; /* where it was when it was left */
    u32 task; /* the base of TR then */
    u64 used; /* when, for the choice of one to forget */
};
/* The root's: of no place, so whoever comes next is looked at. */
#define NO_SYMBOL (PROFILE_TURN - 1)

enum { STRANDS = 256, FRAMES = 8192, PARKED = 1024 };

enum { CHUNK = 4096, CHUNKS = PROFILE_PLACES / CHUNK, PLACE_HASH = 1 << 16 };

struct cpu_profile {
    struct cpu_profile_head head;
    struct cpu_profile_config config;
    bool full;
    u64 mark, total; /* cpu_executed() when instructions were charged last; all of them */

    struct cpu_place *chunk[CHUNKS];
    u32 places;
    struct cpu_place *hash[PLACE_HASH];
    u8 *bytes; /* for place.start; the last of a list, whose first eight bytes lead to the next */
    u32 bytes_used;

    struct profile_function *function;
    u32 functions, function_room;
    u32 *function_hash; /* numbers, 0: empty */
    u32 function_slots;
    struct profile_node *node;
    u32 *depth; /* of each node */
    u32 nodes, node_room;
    u32 *node_hash;
    u32 node_slots;

    u32 at; /* the node where the processor is */
    struct strand strand[STRANDS];
    u32 strands, present;
    u32 parked[PARKED]; /* 1 + strand by its top frame's slot; a hint */
    u32 task;           /* the base of TR */
    u64 clock;          /* changes of strands */
    struct before {     /* the delivery of an exception or interrupt */
        u32 lin, esp;
        bool user;
    } before;
};

static inline u32 stack_lin(const struct cpu *c)
{
    return c->seg[SEG_SS].base + (c->gpr[ESP] & c->stack_mask);
}

static inline struct cpu_place *place_number(const struct cpu_profile *p, u32 n)
{
    return &p->chunk[n / CHUNK][n % CHUNK];
}

/* The number of the function that begins here; 0: there is no memory. */
u32 profile_function_of(struct cpu_profile *p, const struct cpu *c, u32 symbol, u32 lin,
                        s16 vector);
/* The node of a function that is called from there. */
u32 profile_child(struct cpu_profile *p, u32 node, u32 function);
bool profile_make_tree(struct cpu_profile *p);
void profile_forget_tree(struct cpu_profile *p);
void profile_free_tree(struct cpu_profile *p);

/* The same block at another linear address; NULL: no room. */
struct cpu_place *profile_alias(struct cpu_profile *p, const struct cpu_place *like, u32 lin);
/* It was left with so many instructions not completed. */
void place_left(struct cpu_profile *p, struct cpu_place *k, unsigned undone);
void profile_forget_counts(struct cpu_profile *p);
void profile_free_places(struct cpu_profile *p);

/* The chain of calls behind the end of a place; `to`: the place here, or NULL. */
void profile_transition(struct cpu *c, const struct cpu_place *from, struct cpu_place *to);
/* A jump has led here, into another function. */
void profile_jumped(struct cpu *c, u32 symbol);
struct before profile_before(const struct cpu *c);
/* Behind a delivery. */
void profile_interrupted(struct cpu *c, const struct before *b, u8 vector);
void profile_forget_calls(struct cpu_profile *p);

#endif
