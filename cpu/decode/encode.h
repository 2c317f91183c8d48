/*
 * encode.h - an instruction, as somebody has written it, to bytes: the way back from disasm(),
 * through the same rows of ops.def.
 *
 * Text is read elsewhere (frontend/assembler); here are mnemonics, operands and numbers. This
 * header stands alone: who assembles needs no other file of cpu/.
 */
#ifndef FERRITE_CPU_ENCODE_H
#define FERRITE_CPU_ENCODE_H

#include "hw/base/err.h"
#include "hw/base/types.h"

/* ---- registers ---- */

enum encode_class {
    ENCODE_GPR8,
    ENCODE_GPR16,
    ENCODE_GPR32,
    ENCODE_SEG,
    ENCODE_CR,
    ENCODE_DR,
    ENCODE_TR,
    ENCODE_ST,
    ENCODE_MM,
    ENCODE_XMM,
    ENCODE_CLASSES
};

/* By name, in any case: 8 * class + number; -1: no register. */
int encode_register(const char *name, size_t len);
void encode_register_name(unsigned reg, char out[8]);
static inline enum encode_class encode_register_class(unsigned reg)
{
    return (enum encode_class)(reg / 8);
}

/* ---- operands ---- */

enum encode_kind { ENCODE_REGISTER, ENCODE_MEMORY, ENCODE_NUMBER, ENCODE_FAR };
enum encode_reach { ENCODE_ANY_REACH, ENCODE_SHORT, ENCODE_NEAR, ENCODE_FAR_REACH, ENCODE_TO };

/*
 * What an operand's value has needed so far. A form that was too small once is not tried again,
 * so that lengths only grow while addresses move, and settle.
 */
#define ENCODE_NOT_BYTE 1u /* no sign-extended byte, no short jump */
#define ENCODE_NOT_ONE 2u  /* SHL's count is not 1 */
#define ENCODE_NOT_ZERO 4u /* a displacement is there */

struct encode_operand {
    u8 kind;     /* enum encode_kind */
    u8 reg;      /* 8 * class + number */
    u8 size;     /* what was said: byte 1, word 2, ... tword 10, oword 16; 0: nothing */
    u8 reach;    /* enum encode_reach */
    bool strict; /* the size that was said is the size that is written */
    bool moves;  /* the value is an address: its shorter forms are for branches only */
    u8 needs;    /* ENCODE_NOT_*: of earlier attempts, and after encode() of this one */
    /* Memory. */
    s8 base, index, seg; /* -1: none */
    u8 scale;            /* 1, 2, 4, 8 */
    u8 address;          /* bytes of an address: 2, 4; 0: the mode's */
    u8 disp;             /* bytes of the displacement that were said: 1, 2, 4; 0: nothing */
    s64 value;           /* number, displacement, or offset of a far pointer */
    s64 selector;        /* of a far pointer */
};

enum { ENCODE_OPERANDS = 4 };

/* ---- instructions ---- */

#define ENCODE_LOCK 1u
#define ENCODE_REP 2u
#define ENCODE_REPNE 4u
#define ENCODE_O16 8u
#define ENCODE_O32 16u
#define ENCODE_A16 32u
#define ENCODE_A32 64u

struct encode_request {
    unsigned name;     /* encoder_find() */
    unsigned prefixes; /* ENCODE_LOCK ... */
    int seg;           /* a segment in front, 0..5; -1: none */
    u64 features;      /* of the processor that it is for, encode_processor(); 0: all */
    bool before_386;   /* there a conditional jump that is too far goes around a JMP */
    unsigned count;
    struct encode_operand operand[ENCODE_OPERANDS];
};

/*
 * What a processor has, by NASM's names: "386", "pentium", "p3". Those before the 386 have all that
 * it has, because the table begins there. false: there is no such name.
 */
bool encode_processor(const char *name, size_t len, u64 *features, bool *before_386);

#define ENCODE_MAX 16 /* bytes of the longest instruction, FWAIT in front of it included */

struct encoder;

/* The names of all mnemonics. NULL: out of memory. Knows no processor: all rows are there. */
struct encoder *encoder_new(void);
void encoder_free(struct encoder *e);

/* The mnemonic of this name, in any case; -1: there is none. */
int encoder_find(const struct encoder *e, const char *name, size_t len);
/* Is a number behind it a branch target, which depends on where the instruction lies? */
bool encoder_branches(const struct encoder *e, unsigned name);
/* A name like this one, for "did you mean"; NULL: nothing is near. */
const char *encoder_nearest(const struct encoder *e, const char *name, size_t len);
/* Letters to be changed, added, left out or swapped between two names; `most` + 1 when more. */
unsigned encode_distance(const char *a, size_t a_len, const char *b, size_t b_len, unsigned most);

/*
 * The bytes of an instruction at this address (for branches) in 16- or 32-bit code: the shortest
 * form, of equally short ones the one that NASM takes. Returns their number. 0 and err: why there
 * is none, in words, and which operand is meant (-1: all). r->operand[].needs is brought up to
 * date.
 */
unsigned encode(const struct encoder *e, struct encode_request *r, unsigned bits, u32 address,
                u8 out[ENCODE_MAX], int *culprit, struct err *err);

#endif
