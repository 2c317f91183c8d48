/*
 * cvec_machine.h - a bare processor with memory, set up as the vectors want it: real mode, or
 * 32-bit user mode with descriptor tables, page tables, and an IDT whose handlers halt.
 */
#ifndef FERRITE_CVEC_MACHINE_H
#define FERRITE_CVEC_MACHINE_H

#include "cpu/cpu.h"
#include "tests/ops/cvec_file.h"

struct cvec_machine {
    struct phys phys;
    struct cpu *cpu;
    struct log log;
    const struct cvec_file *file;
    struct decoder *superset; /* of a model that has everything */
    u8 *expected;             /* what RAM should hold; compared as a whole */
};

/* What was seen after the instruction. */
struct cvec_seen {
    u8 state[CVEC_STATE];
    u8 vector; /* CVEC_NO_VECTOR: none */
    bool has_error;
    bool stuck; /* neither finished nor faulted */
};

bool cvec_machine_new(struct cvec_machine *m, const char *model, const struct cvec_file *f,
                      struct err *e);
void cvec_machine_free(struct cvec_machine *m);
/* Every block, those of single instructions too, is translated before it runs first. */
bool cvec_translate(struct cvec_machine *m, struct err *e);
/*
 * An instruction that the model lacks must raise #UD and change nothing: rewrites the vector so.
 */
void cvec_adapt(struct cvec_machine *m, struct cvec *v);
/* Several instructions up to INT3, and not one? */
bool cvec_sequence(const struct cvec_file *f, const struct cvec *v);
/*
 * Set up, run, read back; a sequence in slices of so many instructions. Afterwards m->phys.ram is
 * to be compared with m->expected.
 */
void cvec_execute(struct cvec_machine *m, const struct cvec *v, unsigned slice,
                  struct cvec_seen *seen);
/* Print the instruction; its bytes must still be in memory. */
void cvec_disassemble(struct cvec_machine *m, const struct cvec *v, FILE *out);
/* Undo what the vector did to memory (and, after a failure, whatever else changed). */
void cvec_restore(struct cvec_machine *m, const struct cvec *v, bool all);

#endif
