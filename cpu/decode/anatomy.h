/*
 * anatomy.h - the bytes of an instruction by what they are there for, for people: prefixes, opcode,
 * ModR/M, SIB, displacement, immediate, each in words. SDM vol. 2, chapter 2.
 *
 * Nothing is decoded a second time: decode_op() has found the row and the length, and the parts
 * follow from them. Together they are all of the bytes, each once.
 */
#ifndef FERRITE_CPU_ANATOMY_H
#define FERRITE_CPU_ANATOMY_H

#include "cpu/decode/decode.h"

enum part_role {
    PART_PREFIX,
    PART_ESCAPE, /* 0F */
    PART_OPCODE,
    PART_MODRM,
    PART_SIB,
    PART_DISPLACEMENT, /* of an address */
    PART_IMMEDIATE,    /* also the distance of a jump */
    PART_ROLES
};

enum { ANATOMY_PARTS = DECODE_MAX, ANATOMY_WORDS = 200 };

struct anatomy {
    unsigned parts;
    struct anatomy_part {
        u8 at, len;
        u8 role; /* enum part_role */
        char meaning[ANATOMY_WORDS];
    } part[ANATOMY_PARTS];
};

/* "prefix", "opcode", ... */
const char *part_role_name(enum part_role role);
/* Of the instruction that decode_op() made `o` of; mode as there, eip of its first byte. */
void anatomy(const u8 *bytes, const struct op *o, u32 mode, u32 eip, struct anatomy *out);

/* ---- what stands in ops.def ---- */

/* "ROW(0, 0x01, -1, -1, NP, add, Ev, Gv, ND, F_386, A_LOCK, 0, FL_ALL": as far as it is no code. */
const char *row_text(unsigned row);
/* "cpu/decode/ops_int.def:9"; "" for what is no row. */
void row_place(unsigned row, char *out, size_t size);
/* "Ev": "r/m, 16 or 32 bits: a general register or memory". */
const char *operand_kind_name(u8 kind);
const char *operand_kind_words(u8 kind);

/* ---- flags ---- */

/*
 * By which rule the operation sets this one of the FL_* flags, in words; NULL: it does not write
 * it. The table is complete: every flag that a row writes has a rule (test_anatomy.c).
 */
const char *flag_rule(enum operation operation, u32 flag);
/* Condition code 0..15 in words: "ZF = 1: equal, zero". */
const char *condition_words(unsigned cc);

#endif
