/*
 * expression.h - addresses and numbers as people write them: 0x7c00, $esp + 4 * 2, (0x40 << 4) |
 * 0x17, $cs:$eip, f000:fff0, p:0x9fc00; conditions: eax == 5 && word[0x46c] > 100.
 *
 * Numbers are C's; registers have a $ before them, which may be left out. What is no register is
 * the name of a symbol (letters, digits, _ . ? @ $): main, main + 4, dword[jiffies]. byte[], word[]
 * and dword[] are memory at a linear address, without a sign. A selector stands before a colon, in
 * hexadecimal as everybody writes it there (f000:fff0), or as a register; what it means is the
 * machine's matter: its base is added. p: says that the address is physical.
 */
#ifndef FERRITE_EXPRESSION_H
#define FERRITE_EXPRESSION_H

#include "hw/base/err.h"
#include "hw/machine/vm.h"

struct symbols;

struct address {
    u32 value;     /* linear, or physical */
    bool physical; /* p: */
    bool based;    /* with a selector: `offset` is what stood behind the colon */
    u32 offset;
    u16 sel;
};

/* Is this, without its $, the name of a register, in either case of letters? */
bool expression_register(const char *name);
/* 64 bits, two's complement. vm NULL: only whether it is written as it should be. */
bool expression_value(struct vm *vm, const char *text, s64 *value, struct err *e);
bool expression_address(struct vm *vm, const char *text, struct address *a, struct err *e);
/* The same with symbols, which may be NULL: there are none. */
bool expression_value_in(struct vm *vm, const struct symbols *symbols, const char *text, s64 *value,
                         struct err *e);
bool expression_address_in(struct vm *vm, const struct symbols *symbols, const char *text,
                           struct address *a, struct err *e);

#endif
