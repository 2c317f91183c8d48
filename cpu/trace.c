/*
 * trace.c - the instruction trace: bytes and text of each instruction; -d cpu adds the registers
 * before it.
 */
#include "cpu/trace.h"

#include "cpu/decode/decode.h"
#include "cpu/decode/disasm.h"

#include <stdio.h>
#include <string.h>

/* EFLAGS as letters, capitals for ones that are set: from bit 0 up, read from the right. */
static void flag_letters(u32 efl, char out[24])
{
    static const struct {
        char letter;
        u8 bit;
    } names[] = {{'r', 16}, {'v', 17}, {'t', 14}, {'o', 11}, {'d', 10}, {'i', 9},
                 {'s', 7},  {'z', 6},  {'a', 4},  {'p', 2},  {'c', 0}};
    unsigned n = 0;
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
        out[n++] = (char)(efl >> names[i].bit & 1 ? names[i].letter - 'a' + 'A' : names[i].letter);
    out[n] = 0;
}

/* What describes the machine's state at the instruction: two lines. */
static void trace_registers(const struct cpu *c)
{
    static const char *const name[6] = {"es", "cs", "ss", "ds", "fs", "gs"};
    char segments[6 * 20 + 1], flags[24];
    unsigned n = 0;
    for (unsigned i = 0; i < 6; i++)
        n += (unsigned)snprintf(segments + n, sizeof segments - n, " %s=%04x:%08x", name[i],
                                c->seg[i].sel, c->seg[i].base);
    flag_letters(cpu_eflags(c), flags);
    log_line(c->log, LOG_CPU,
             "eax=%08x ecx=%08x edx=%08x ebx=%08x esp=%08x ebp=%08x esi=%08x edi=%08x "
             "efl=%08x %s cpl=%u",
             c->gpr[EAX], c->gpr[ECX], c->gpr[EDX], c->gpr[EBX], c->gpr[ESP], c->gpr[EBP],
             c->gpr[ESI], c->gpr[EDI], cpu_eflags(c), flags, c->cpl);
    log_line(c->log, LOG_CPU, "cr0=%08x cr2=%08x cr3=%08x cr4=%08x%s", c->mmu.cr0, c->cr2,
             c->mmu.cr3, c->mmu.cr4, segments);
}

void trace_instruction(const struct cpu *c)
{
    u8 bytes[DECODE_MAX];
    char hex[2 * sizeof bytes + 1], text[DISASM_TEXT];
    unsigned n = 0;
    u32 lin = c->seg[SEG_CS].base + c->eip, phys;

    if (log_on(c->log, LOG_CPU))
        trace_registers(c);
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
