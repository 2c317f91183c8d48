/*
 * trace.c - the instruction trace. Bytes and, when the build found the Zydis library, the
 * instruction in Intel's notation; -d cpu adds the registers before it.
 */
#include "cpu/trace.h"

#include <stdio.h>
#include <string.h>

#ifdef HAVE_ZYDIS
#include <Zydis/Zydis.h>

static unsigned disassemble(const struct cpu *c, const u8 *bytes, unsigned n, u32 eip, char *text,
                            size_t size)
{
    ZydisDecoder decoder;
    ZydisDecodedInstruction insn;
    ZydisDecodedOperand operands[ZYDIS_MAX_OPERAND_COUNT];
    ZydisFormatter formatter;
    bool wide = c->mode & MODE_CS32;
    ZydisMachineMode mode = wide ? ZYDIS_MACHINE_MODE_LONG_COMPAT_32 : ZYDIS_MACHINE_MODE_REAL_16;

    ZydisDecoderInit(&decoder, mode, wide ? ZYDIS_STACK_WIDTH_32 : ZYDIS_STACK_WIDTH_16);
    ZydisFormatterInit(&formatter, ZYDIS_FORMATTER_STYLE_INTEL);
    if (!ZYAN_SUCCESS(ZydisDecoderDecodeFull(&decoder, bytes, n, &insn, operands))) {
        snprintf(text, size, "(bad)");
        return 1;
    }
    ZydisFormatterFormatInstruction(&formatter, &insn, operands, insn.operand_count_visible, text,
                                    size, eip, NULL);
    return insn.length;
}
#else
static unsigned disassemble(const struct cpu *c, const u8 *bytes, unsigned n, u32 eip, char *text,
                            size_t size)
{
    (void)c;
    (void)bytes;
    (void)eip;
    if (size)
        text[0] = 0;
    return n < 8 ? n : 8;
}
#endif

void trace_instruction(const struct cpu *c)
{
    u8 bytes[15];
    char hex[2 * sizeof bytes + 1], text[96];
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
    unsigned len = disassemble(c, bytes, n, c->eip, text, sizeof text);
    for (unsigned i = 0; i < len && i < n; i++)
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
    hex[2 * (len < n ? len : n)] = 0;
    log_line(c->log, LOG_EXEC, "%04x:%08x %-20s %s", c->seg[SEG_CS].sel, c->eip, hex, text);
}
