/*
 * registers.h - the processor's registers as GDB sees them: its numbers, the description in XML
 * ("Target Descriptions", "i386 Features" in GDB's manual), values to and from vm_registers.
 *
 * GDB has one address space, so $eip is where the next instruction lies in it: CS's base plus EIP;
 * $esp likewise. Where segments begin at 0 this is EIP and ESP. What the registers themselves hold
 * is in $cs_eip and $ss_esp. With `offset` it is the other way round: $eip is EIP, and GDB then
 * looks for code in the wrong place unless CS begins at 0.
 */
#ifndef FERRITE_GDB_REGISTERS_H
#define FERRITE_GDB_REGISTERS_H

#include "hw/machine/vm_inspect.h"

enum { GDB_REGISTER_BYTES = 16, GDB_REGISTERS_BYTES = 1024 };

struct gdb_view {
    const struct vm *vm;
    struct vm_registers r;
    bool offset; /* $eip is EIP */
};

void gdb_view(struct gdb_view *v, const struct vm *vm, bool offset);

unsigned gdb_register_count(void);
unsigned gdb_register_size(unsigned n); /* bytes */
void gdb_register_get(const struct gdb_view *v, unsigned n, u8 out[GDB_REGISTER_BYTES]);
/* Into v->r; false: it cannot have that value. One that cannot be set at all stays as it is. */
bool gdb_register_set(struct gdb_view *v, unsigned n, const u8 in[GDB_REGISTER_BYTES]);

/* target.xml, for code that is of 16 bits at present, or of 32; free() it. NULL: out of memory. */
char *gdb_target_xml(bool code32);

#endif
