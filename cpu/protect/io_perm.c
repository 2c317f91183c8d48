/*
 * io_perm.c - may this program touch this port? IOPL and the I/O permission bitmap of the TSS.
 * SDM vol. 1, chapter 18.5.
 */
#include "cpu/protect/desc.h"

static enum op_status check_bitmap(struct cpu *c, u16 port, unsigned size)
{
    u64 base = 0, bitmap = 0;

    /* Only a 32-bit TSS has a bitmap; the word at 66h must itself be inside the limit. */
    if (!c->tr.usable || !(c->tr.attr & 8) || c->tr.limit < 103)
        return cpu_fault_code(c, VEC_GP, 0,
                              "port %04x at CPL %u, IOPL %u: the TSS has no I/O bitmap", port,
                              c->cpl, cpu_iopl(c));
    TRY(sys_load(c, c->tr.base + 102, 2, &base));
    u32 at = (u32)base + port / 8;
    /* Two bytes are always read, so that an access that spans two is checked at once. */
    if (at + 1 > c->tr.limit)
        return cpu_fault_code(c, VEC_GP, 0,
                              "port %04x at CPL %u, IOPL %u: beyond the I/O bitmap (TSS limit %x)",
                              port, c->cpl, cpu_iopl(c), c->tr.limit);
    TRY(sys_load(c, c->tr.base + at, 2, &bitmap));
    if (bitmap >> (port & 7) & ((1u << size) - 1))
        return cpu_fault_code(c, VEC_GP, 0,
                              "port %04x at CPL %u, IOPL %u: denied by the I/O bitmap", port,
                              c->cpl, cpu_iopl(c));
    return OP_NEXT;
}

enum op_status io_permission(struct cpu *c, u16 port, unsigned size)
{
    if ((c->mmu.cr0 & CR0_PE) && ((c->eflags & EFL_VM) || c->cpl > cpu_iopl(c)))
        TRY(check_bitmap(c, port, size));
    return OP_NEXT;
}
