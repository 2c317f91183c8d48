/*
 * immediate.h - how long what follows an instruction's ModR/M byte is, for tests that make forms.
 */
#ifndef FERRITE_TESTS_IMMEDIATE_H
#define FERRITE_TESTS_IMMEDIATE_H

#include "cpu/decode/opdef.h"

/* Bytes of an operand of this kind behind opcode and ModR/M; 0: it is not there. */
static inline unsigned immediate_bytes(u8 kind, bool o16, bool a16)
{
    switch ((enum operand)kind) {
    case Ib:
    case Ibs:
    case Jb:
        return 1;
    case Iw:
        return 2;
    case Iz:
    case Jz:
        return o16 ? 2 : 4;
    case Iwb:
        return 3;
    case Ob:
    case Ov:
        return a16 ? 2 : 4;
    default:
        return 0;
    }
}

#endif
