/*
 * encode_private.h - what encode.c and encode_names.c share.
 */
#ifndef FERRITE_CPU_ENCODE_PRIVATE_H
#define FERRITE_CPU_ENCODE_PRIVATE_H

#include "cpu/decode/encode.h"

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

#endif
