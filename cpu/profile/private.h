/*
 * private.h - what profile.c and callstack.c share. See profile.h.
 */
#ifndef FERRITE_PROFILE_PRIVATE_H
#define FERRITE_PROFILE_PRIVATE_H

#include "cpu/profile/profile.h"

/* One thread of the guest: the calls on its stacks. */
struct strand {
    struct profile_frame *frame;
    u32 frames, room;
    u32 lost;                  /* calls above them, for which there was no room */
    struct profile_node *node; /* where it was when it was left */
    u32 task;                  /* the base of TR then */
    u64 used;                  /* when, for the choice of one to forget */
};
/* The root's: of no place, so whoever comes next is looked at. */
#define NO_SYMBOL (PROFILE_TURN - 1)

enum { STRANDS = 256, FRAMES = 8192, PARKED = 1024 };

enum {
    CHUNK = 4096,
    CHUNKS = PROFILE_PLACES / CHUNK,
    NODE_CHUNKS = PROFILE_NODES / CHUNK,
    PLACE_HASH = 1 << 16
};

struct cpu_profile {
    struct cpu_profile_config config;
    bool full;

    struct cpu_place *chunk[CHUNKS];
    u32 places;
    struct cpu_place *hash[PLACE_HASH];
    u8 *bytes; /* for place.start; the last of a list, whose first eight bytes lead to the next */
    u32 bytes_used;

    struct profile_function *function;
    u32 functions, function_room;
    u32 *function_hash; /* numbers, 0: empty */
    u32 function_slots;
    struct profile_node *node[NODE_CHUNKS];
    u32 nodes;
    u32 *node_hash;
    u32 node_slots;

    /*
     * The node where the processor is. While blocks run it is cpu.counted that is right, about this
     * and about how many notes the present strand has (profile_enter(), profile_leave()).
     */
    struct profile_node *at;
    struct profile_frame no_note; /* instead of one, for who only knows how to do the usual */
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

/* Where a return at the end of that place has taken its address from. */
static inline u32 taken_from(const struct cpu *c, const struct cpu_place *from)
{
    return c->seg[SEG_SS].base + ((c->gpr[ESP] - from->pop) & c->stack_mask);
}

/* The number of the function that begins here; 0: there is no memory. */
u32 profile_function_of(struct cpu_profile *p, const struct cpu *c, u32 symbol, u32 lin,
                        s16 vector);
/* The node of a function that is called from there. */
struct profile_node *profile_child(struct cpu_profile *p, struct profile_node *node, u32 function);
bool profile_make_tree(struct cpu_profile *p);
void profile_forget_tree(struct cpu_profile *p);
void profile_free_tree(struct cpu_profile *p);

static inline struct profile_node *node_number(const struct cpu_profile *p, u32 n)
{
    return &p->node[n / CHUNK][n % CHUNK];
}

/* Around whatever changes the chain of calls. */
void profile_enter(const struct cpu *c);
void profile_leave(struct cpu *c);
/* A call to this address has led from there to here. */
static inline void profile_knows(struct profile_node *from, u32 lin, struct profile_node *to)
{
    unsigned i = profile_way(lin);
    from->to[i] = lin;
    from->way[i] = to;
}

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
void profile_free_calls(struct cpu_profile *p);

#endif
