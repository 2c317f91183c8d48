/*
 * name_of.h - "main+0x12" for a linear address, by the machine's symbols (-symbols).
 */
#ifndef FERRITE_NAME_OF_H
#define FERRITE_NAME_OF_H

#include "hw/machine/vm_instruction.h"

struct control;

enum { ADDRESS_NAME = 100 };

/* "": none is known there. */
void name_of(const struct control *c, u32 lin, char out[ADDRESS_NAME]);
/* " <main+0x12>": where a jump or call leads, in code of a segment with this base; "" likewise. */
void name_of_target(const struct control *c, const struct vm_instruction *i, u32 base,
                    char out[ADDRESS_NAME]);

#endif
