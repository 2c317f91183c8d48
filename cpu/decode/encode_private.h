/*
 * encode_private.h - what the files of the encoder share: encode.c (which row), encode_match.c
 * (does it fit), encode_bytes.c (its bytes), encode_words.c (why none does), encode_names.c
 * (mnemonics).
 */
#ifndef FERRITE_CPU_ENCODE_PRIVATE_H
#define FERRITE_CPU_ENCODE_PRIVATE_H

#include "cpu/decode/encode.h"
#include "cpu/decode/opdef.h"
#include "cpu/op.h"

#define NO_IMMEDIATE (-1)

/* A mnemonic: an operation, and what the name says beside it. */
struct encode_name {
    char text[14];
    u16 operation;
    u8 size;     /* of the operands, in bytes, by the name (PUSHAD, MOVSB); 0: not said */
    u8 address;  /* of addresses (JECXZ); 0: not said */
    u8 front;    /* a byte that belongs to it: FWAIT of FINIT, F3 of PAUSE; 0: none */
    s16 implied; /* a last operand that the name says (CMPEQPS), or NO_IMMEDIATE */
};

struct encoder {
    struct encode_name *name; /* sorted by text; a name with several operations several times */
    unsigned names, sorted;   /* so many of them in order: all, but while they are made */
    u16 *of_operation;        /* the first row of each operation, then next[] */
    u16 *next;                /* by row; NO_ROW behind the last */
};

/* Why a row does not fit, the nearest miss last. */
enum miss { MISS_COUNT, MISS_KIND, MISS_REACH, MISS_SIZE, MISS_RANGE, FITS };

/* What is tried: one row, one size. */
struct attempt {
    const struct encode_request *r;
    const struct opdef *row;
    struct encode_operand *arg[ENCODE_OPERANDS];
    unsigned args;
    unsigned bits, osz, asz; /* mode; bytes of operands and addresses */
    u32 address;
    /* Which of the arguments each kind of the row is; NULL: it goes without saying. */
    struct encode_operand *of[3];
    struct op shape;     /* for op_operand_bytes() */
    bool short_of_range; /* the miss is a branch that does not reach: by so many bytes */
    s64 distance;
};

struct bytes {
    u8 b[ENCODE_MAX + 8];
    unsigned n;
};

struct search {
    const struct encode_name *name;
    struct bytes best;
    const struct opdef *row;
    bool by_default;    /* its operand size is the mode's */
    u32 memory_sizes;   /* a bit for each that an operand without size may have */
    int unsized;        /* that operand */
    bool bad_registers; /* of an address: operand */
    int address;
    int lacks; /* a feature without which a form that would fit does not exist; -1: none */
    enum miss nearest;
    int culprit;
    struct attempt nearest_try;
};

/* ---- encode_match.c ---- */

/* As an unsigned number, or as a negative one: ~80h is a byte as well. */
static inline bool encode_fits(s64 v, unsigned bytes)
{
    s64 limit = (s64)1 << (8 * bytes);
    return v >= -limit && v < limit;
}
/* What becomes of a number that is written in so many bytes. */
static inline s64 encode_wrapped(s64 v, unsigned bytes)
{
    return bytes == 1 ? (s8)v : bytes == 2 ? (s16)v : (s32)v;
}
/* May it be a byte that is sign-extended to `bytes`? A number that once was not one stays none. */
bool encode_is_short(struct encode_operand *o, unsigned bytes);
/* What no size is said or needed for: LEA, LGDT, FLDENV, BOUND. */
bool encode_sizeless(const struct opdef *row, unsigned i);
/* Do the arguments fit a->row? Sets a->of, and on a miss which argument it is. */
enum miss encode_match(struct attempt *a, int *culprit);

/* ---- encode_bytes.c ---- */

/* The bytes of a row that fits. false: registers of an address that do not go together. */
bool encode_row(struct bytes *out, const struct attempt *a, const struct encode_name *name);
/* 0F 8x with 16 bits becomes the opposite condition over a JMP. */
void encode_go_around(struct bytes *b);

/* ---- encode_words.c ---- */

/* Why there are no bytes. Returns false. */
bool encode_explain(const struct search *s, const struct encode_request *r, struct err *err);

#endif
