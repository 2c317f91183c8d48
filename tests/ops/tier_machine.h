/*
 * tier_machine.h - a processor with memory and handlers for all exceptions, for tests that run one
 * program in the interpreter and in the translator side by side; and the numbers that they draw.
 */
#ifndef FERRITE_TESTS_TIER_MACHINE_H
#define FERRITE_TESTS_TIER_MACHINE_H

#include "cpu/exec.h"
#include "mmu/phys.h"

#define TIER_GDT 0x1000u /* selector 8: flat code, 10h: flat data */
#define TIER_IDT 0x2000u
#define TIER_HANDLERS 0x3000u /* HLT, 16 bytes apart */

struct tier_machine {
    struct phys phys;
    struct cpu *c;
};

/* With so many bytes of RAM; protected mode, flat, SSE allowed. */
void tier_machine_new(struct tier_machine *m, u32 ram);
void tier_machine_free(struct tier_machine *m);
void tier_segment(struct cpu *c, unsigned s, u16 attr, u16 sel, u32 base, u32 limit);

/*
 * A block that left its translation often rests in the interpreter: then all begin anew. `rests`:
 * how many had up to now.
 */
void tier_wake(struct tier_machine *m, u64 *rests);

static inline u32 tier_random(u64 *state)
{
    *state = *state * 6364136223846793005ull + 1442695040888963407ull;
    return (u32)(*state >> 33);
}

#endif
