/*
 * disasm.h - instructions as text, in Intel's operand order and NASM's spelling.
 */
#ifndef FERRITE_CPU_DISASM_H
#define FERRITE_CPU_DISASM_H

#include "hw/base/types.h"

#include <stddef.h>

struct decoder;

#define DISASM_TEXT 96 /* room for the longest text */

/*
 * The instruction at `bytes` (n of them can be looked at, 15 are always enough) as text. d knows
 * the processor (decoder_new()): what it does not have is "(bad)", and so is what `mode`
 * (MODE_CS32, MODE_PE, MODE_VM) makes undefined. address: EIP of the first byte, for branch
 * targets. Returns the length in bytes, which is never more than n; 0, with the text "(short)",
 * when the instruction goes on behind them. The text is cut at size - 1 characters.
 */
unsigned disasm(const struct decoder *d, u32 mode, const u8 *bytes, unsigned n, u32 address,
                char *text, size_t size);

#endif
