/*
 * form.h - instruction forms as rows of a table, in the notation of the SDM's opcode map (vol. 2,
 * appendix A.2), and the builder that turns a row into test vectors.
 *
 * A row's text is the opcode in hex ("B8+" adds a register number), then "/0".."/7" for an opcode
 * extension, then operands:
 *
 *   Eb Ew Ed Ev  general register or memory      Gb Gw Gd Gv  register in the reg field
 *   Zv           register that the opcode names
 *   Rw Rd        general register only           Mb Mw Md Mq Mv Mp Ma   integers in memory only
 *   Qq Qd        MMX register or memory          Nq, Pq   MMX register in r/m, in reg
 *   W<type><n>   XMM register or n bytes of memory, type s (float), d (double), i (integer);
 *                with 16 bytes aligned unless "u" follows; U<type>, V<type>: register in r/m, reg
 *   X<n>         n bytes of memory that an XMM register goes to
 *   Mf4 Mf8 Mf10 Mbcd   x87 formats; Menv, Msave, Mfx   images, filled by the row's function
 *   L            an address that is not accessed
 *   Ib Iw Iv     immediate; Ob Ov  memory offset
 *   Jb Jv        branch displacement to somewhere in the code page
 *
 * "v" is 2 or 4 bytes: such a row makes vectors for both.
 */
#ifndef FERRITE_RECORD_FORM_H
#define FERRITE_RECORD_FORM_H

#include "tests/ops/record/case.h"

struct form;
typedef void prepare_fn(struct test *t, const struct form *f);

struct form {
    const char *text;
    u32 undefined;      /* EFLAGS */
    prepare_fn *before; /* sets state; operands come after it and respect what is fixed */
    prepare_fn *after;  /* sees the operands */
    u8 weight;          /* times the usual number of vectors; 0 = 1 */
    const char *name;   /* when the text's opcode is not enough */
};

struct group {
    const char *name;
    const struct form *form;
    unsigned count;
    bool small; /* in a 16-bit code segment */
};

extern const struct group group_int, group_string, group_stack, group_flow, group_fault, group_seg,
    group_x87, group_x87t, group_mmx, group_sse, group_ssea, group_sse2, group_seq, group_int16,
    group_string16, group_stack16, group_flow16, group_ud;

/* Has the form an operand of variable size? */
bool form_sized(const struct form *f);
void form_name(const struct form *f, unsigned operand_size, char *to, size_t size);
void form_build(struct test *t, const struct form *f);

/* The operand that r/m named, for row functions. */
u64 operand_value(const struct test *t, unsigned bytes);

/* group_x87.c: a random x87 state, also for MMX forms. */
void x87_state(struct test *t, unsigned unmasked_percent, unsigned empty_percent);

#endif
