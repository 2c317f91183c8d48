/*
 * trace.c - the instruction trace: bytes and text of each instruction; -d cpu adds the registers
 * before it.
 */
#include "cpu/trace.h"

#include "cpu/decode/decode.h"
#include "cpu/decode/disasm.h"

#include <stdio.h>
#include <string.h>

void trace_instruction(const struct cpu *c)
{
    u8 bytes[DECODE_MAX];
    char hex[2 * sizeof bytes + 1], text[DISASM_TEXT];
    unsigned n = 0;
    u32 lin = c->seg[SEG_CS].base + c->eip, phys;

    if (log_on(c->log, LOG_CPU))
        log_line(c->log, LOG_CPU,
                 "eax=%08x ecx=%08x edx=%08x ebx=%08x esp=%08x ebp=%08x esi=%08x edi=%08x "
                 "efl=%08x es=%04x cs=%04x ss=%04x ds=%04x fs=%04x gs=%04x",
                 c->gpr[EAX], c->gpr[ECX], c->gpr[EDX], c->gpr[EBX], c->gpr[ESP], c->gpr[EBP],
                 c->gpr[ESI], c->gpr[EDI], cpu_eflags(c), c->seg[SEG_ES].sel, c->seg[SEG_CS].sel,
                 c->seg[SEG_SS].sel, c->seg[SEG_DS].sel, c->seg[SEG_FS].sel, c->seg[SEG_GS].sel);
    if (!log_on(c->log, LOG_EXEC))
        return;
    while (n < sizeof bytes && mmu_peek((struct mmu *)&c->mmu, lin + n, &phys)) {
        phys_read(c->phys, phys, &bytes[n], 1);
        n++;
    }
    unsigned len = disasm(c->decoder, c->mode, bytes, n, c->eip, text, sizeof text);
    if (!len)
        len = n; /* the rest is on a page that is not there */
    for (unsigned i = 0; i < len; i++)
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    hex[2 * len] = 0;
    log_line(c->log, LOG_EXEC, "%04x:%08x %-20s %s", c->seg[SEG_CS].sel, c->eip, hex, text);
}
