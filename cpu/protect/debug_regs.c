/*
 * debug_regs.c - DR6, DR7 and the matching of breakpoints. SDM vol. 3, chapter 17.2.
 *
 * LE and GE are ignored (data breakpoints are always exact), as on the P6. Accesses that the
 * processor makes by itself (frames, descriptor tables, TSS, I/O bitmap) count like the program's
 * own; walks of the page tables have no linear address and do not. Hits of a debug trap that MOV SS
 * holds back are not part of a snapshot made between the two instructions.
 */
#include "cpu/protect/debug_regs.h"
#include "cpu/decode/models.h"
#include "cpu/fault.h"
#include "cpu/protect/mode.h"

#include <string.h>

enum { RW_EXEC, RW_WRITE, RW_IO, RW_ACCESS };

static unsigned dr7_rw(u32 dr7, unsigned i)
{
    return dr7 >> (16 + 4 * i) & 3;
}

static bool dr7_enabled(u32 dr7, unsigned i)
{
    return dr7 >> (2 * i) & 3;
}

/* Bytes watched: 1, 2 or 4 (code 2, reserved, watches 8 on later parts and 4 here). */
static u32 dr7_len(u32 dr7, unsigned i)
{
    static const u8 len[4] = {1, 2, 4, 4};
    return len[dr7 >> (18 + 4 * i) & 3];
}

/*
 * The breakpoints among `kinds` (mask of 1 << RW_*) that [addr, addr + n) touches. As the
 * processor does, a register that matches but is not enabled is reported too, provided that an
 * enabled one matches.
 */
static u32 match(const struct cpu *c, u32 addr, unsigned n, unsigned kinds)
{
    u32 dr7 = c->dr[7], hit = 0;
    bool enabled = false;

    for (unsigned i = 0; i < 4; i++) {
        u32 len = dr7_len(dr7, i);
        u32 start = c->dr[i] & ~(len - 1);
        if (!(kinds >> dr7_rw(dr7, i) & 1))
            continue;
        /* Distances modulo 2^32, so that a watch at the top of memory works. */
        if (addr - start < len || start - addr < n) {
            hit |= 1u << i;
            enabled |= dr7_enabled(dr7, i);
        }
    }
    return enabled ? hit : 0;
}

void debug_data_access(struct cpu *c, u32 lin, unsigned n, bool write)
{
    unsigned kinds = 1u << RW_ACCESS | (write ? 1u << RW_WRITE : 0);
    u32 hit = match(c, lin, n, kinds);

    if (hit) {
        c->dr6_hit |= hit;
        c->stop |= CPU_STOP_REQUEST;
    }
}

void debug_io_access(struct cpu *c, u16 port, unsigned n)
{
    if (!debug_armed(c) || !(c->mmu.cr4 & CR4_DE))
        return;
    u32 hit = match(c, port, n, 1u << RW_IO);
    if (hit) {
        c->dr6_hit |= hit;
        c->stop |= CPU_STOP_REQUEST;
    }
}

bool debug_code_hit(struct cpu *c, u32 lin)
{
    u32 dr7 = c->dr[7], hit = 0;
    bool enabled = false;

    for (unsigned i = 0; i < 4; i++) {
        if (dr7_rw(dr7, i) == RW_EXEC && c->dr[i] == lin) {
            hit |= 1u << i;
            enabled |= dr7_enabled(dr7, i);
        }
    }
    if (!enabled)
        return false;
    c->dr[6] |= hit;
    return true;
}

void debug_trap(struct cpu *c, u32 dr6_bits)
{
    c->dr[6] |= dr6_bits;
    c->dr6_hit = 0;
    cpu_fault(c, VEC_DB, "debug trap, DR6 %08x", c->dr[6]);
}

void debug_reset(struct cpu *c)
{
    memset(c->dr, 0, sizeof c->dr);
    c->dr[6] = c->model->id <= ID_486 ? 0xffff1ff0u : 0xffff0ff0u;
    c->dr[7] = 0x400;
    c->dr6_hit = 0;
}

/* Bits 11, 12, 14, 15 of DR7 and bit 12 of DR6 could be set up to the 486. */
void debug_set_dr6(struct cpu *c, u32 value)
{
    u32 mask = c->model->id <= ID_486 ? 0xf00fu : 0xe00fu;
    c->dr[6] = 0xffff0ff0u | (value & mask);
}

void debug_set_dr7(struct cpu *c, u32 value)
{
    c->dr[7] = (c->model->id <= ID_486 ? value : value & 0xffff27ffu) | 0x400;
    cpu_update_mode(c);
}
