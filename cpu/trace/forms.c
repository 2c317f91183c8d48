/*
 * forms.c - instructions and registers as lines: our own plain form, and those that QEMU and Bochs
 * write, so that two runs can be compared line by line (scripts/compare-trace).
 *
 * Of QEMU's lines the address of its translated code is 0 here, and its lazy flags (CCS, CCD, CCO)
 * are left out, because there are none. Of Bochs's lines the text is our disassembler's.
 */
#include "cpu/trace/trace_form.h"

#include "cpu/decode/decode.h"
#include "cpu/decode/disasm.h"

#include <stdio.h>

unsigned trace_code(const struct cpu *c, u8 bytes[15], char *text, size_t size)
{
    unsigned n = 0;
    u32 lin = c->seg[SEG_CS].base + c->eip, phys;
    _Static_assert(DECODE_MAX == 15, "the longest instruction");
    while (n < DECODE_MAX && mmu_peek((struct mmu *)(uintptr_t)&c->mmu, lin + n, &phys)) {
        phys_read(c->phys, phys, &bytes[n], 1);
        n++;
    }
    unsigned len = disasm(c->decoder, c->mode, bytes, n, c->eip, text, size);
    return len ? len : n; /* the rest is on a page that is not there */
}

static void hex_of(const u8 *bytes, unsigned n, char *hex)
{
    hex[0] = 0;
    for (unsigned i = 0; i < n; i++)
        snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
}

void trace_plain(const struct cpu *c, char *line, size_t size)
{
    u8 bytes[15];
    char hex[31], text[DISASM_TEXT];
    hex_of(bytes, trace_code(c, bytes, text, sizeof text), hex);
    snprintf(line, size, "%04x:%08x %-20s %s", c->seg[SEG_CS].sel, c->eip, hex, text);
}

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

void trace_cpu(const struct cpu *c)
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

/* ---- QEMU ---- */

void trace_qemu_exec(const struct cpu *c)
{
    log_line(c->log, LOG_EXEC, "Trace 0: 0x0 [%08x/%08x]", c->seg[SEG_CS].base,
             c->seg[SEG_CS].base + c->eip);
}

/*
 * A descriptor's high half as QEMU has it: the bits that we keep, with the limit's nibble. G and
 * the limit's upper bits go together: a segment of more than 1 MB has G set.
 */
static u32 high_half(const struct seg *s)
{
    u32 nibble = s->attr & SEG_G ? s->limit >> 28 : s->limit >> 16 & 15;
    return (u32)(s->attr & 0xf0ff) << 8 | nibble << 16;
}

/* What follows in protected mode: the descriptor in words. */
static void qemu_words(const struct cpu *c, const struct seg *s, char *out, size_t size)
{
    static const char *const system[16] = {"Reserved",   "TSS16-avl", "LDT",       "TSS16-busy",
                                           "CallGate16", "TaskGate",  "IntGate16", "TrapGate16",
                                           "Reserved",   "TSS32-avl", "Reserved",  "TSS32-busy",
                                           "CallGate32", "Reserved",  "IntGate32", "TrapGate32"};
    bool wide = s->attr & SEG_DB, accessed = s->attr & SEG_ACCESSED, low = s->attr & SEG_RW,
         high = s->attr & SEG_ED_CONF;
    out[0] = 0;
    if (!(c->mode & MODE_PE) || !(s->attr & SEG_P))
        return;
    if (!(s->attr & SEG_S))
        snprintf(out, size, " DPL=%u %s", SEG_DPL(s->attr), system[s->attr & 15]);
    else if (s->attr & SEG_CODE)
        snprintf(out, size, " DPL=%u CS%s [%c%c%c]", SEG_DPL(s->attr), wide ? "32" : "16",
                 high ? 'C' : '-', low ? 'R' : '-', accessed ? 'A' : '-');
    else
        snprintf(out, size, " DPL=%u DS%s [%c%c%c]", SEG_DPL(s->attr), wide ? "  " : "16",
                 high ? 'E' : '-', low ? 'W' : '-', accessed ? 'A' : '-');
}

static void qemu_segment(const struct cpu *c, const char *name, const struct seg *s)
{
    char words[40];
    qemu_words(c, s, words, sizeof words);
    log_line(c->log, LOG_CPU, "%-3s=%04x %08x %08x %08x%s", name, s->sel, s->base, s->limit,
             high_half(s), words);
}

void trace_qemu_cpu(const struct cpu *c, bool held)
{
    static const char *const name[SEG_COUNT] = {"ES", "CS", "SS", "DS", "FS", "GS"};
    u32 efl = cpu_eflags(c);
    log_line(c->log, LOG_CPU, "EAX=%08x EBX=%08x ECX=%08x EDX=%08x", c->gpr[EAX], c->gpr[EBX],
             c->gpr[ECX], c->gpr[EDX]);
    log_line(c->log, LOG_CPU, "ESI=%08x EDI=%08x EBP=%08x ESP=%08x", c->gpr[ESI], c->gpr[EDI],
             c->gpr[EBP], c->gpr[ESP]);
    log_line(c->log, LOG_CPU, "EIP=%08x EFL=%08x [%c%c%c%c%c%c%c] CPL=%u II=%u A20=%u SMM=0 HLT=%u",
             c->eip, efl, efl & EFL_DF ? 'D' : '-', efl & EFL_OF ? 'O' : '-',
             efl & EFL_SF ? 'S' : '-', efl & EFL_ZF ? 'Z' : '-', efl & EFL_AF ? 'A' : '-',
             efl & EFL_PF ? 'P' : '-', efl & EFL_CF ? 'C' : '-', c->cpl, held,
             c->phys->a20_mask >> 20 & 1, c->halted);
    for (unsigned i = 0; i < SEG_COUNT; i++)
        qemu_segment(c, name[i], &c->seg[i]);
    qemu_segment(c, "LDT", &c->ldtr);
    qemu_segment(c, "TR", &c->tr);
    log_line(c->log, LOG_CPU, "GDT=     %08x %08x", c->gdtr.base, c->gdtr.limit);
    log_line(c->log, LOG_CPU, "IDT=     %08x %08x", c->idtr.base, c->idtr.limit);
    log_line(c->log, LOG_CPU, "CR0=%08x CR2=%08x CR3=%08x CR4=%08x", c->mmu.cr0, c->cr2, c->mmu.cr3,
             c->mmu.cr4);
    log_line(c->log, LOG_CPU, "DR0=%08x DR1=%08x DR2=%08x DR3=%08x ", c->dr[0], c->dr[1], c->dr[2],
             c->dr[3]);
    log_line(c->log, LOG_CPU, "DR6=%08x DR7=%08x", c->dr[6], c->dr[7]);
    log_line(c->log, LOG_CPU, "EFER=0000000000000000");
}

/* ---- Bochs ---- */

/* Its name, in capitals when it is set. */
static unsigned bochs_flag(char *out, const char *name, bool set)
{
    unsigned n = 0;
    for (; name[n]; n++)
        out[n] = (char)(set ? name[n] - 'a' + 'A' : name[n]);
    out[n++] = ' ';
    return n;
}

/* The registers of a processor of 64 bits that runs in 32. */
void trace_bochs_cpu(const struct cpu *c)
{
    static const struct {
        char name[5];
        u8 number;
    } reg[] = {{"rax", EAX}, {"rbx", EBX}, {"rcx", ECX}, {"rdx", EDX},
               {"rsp", ESP}, {"rbp", EBP}, {"rsi", ESI}, {"rdi", EDI}};
    static const struct {
        char name[4];
        u32 bit;
    } above[] = {{"id", EFL_ID}, {"vip", EFL_VIP}, {"vif", EFL_VIF}, {"ac", EFL_AC},
                 {"vm", EFL_VM}, {"rf", EFL_RF},   {"nt", EFL_NT}},
      below[] = {{"of", EFL_OF}, {"df", EFL_DF}, {"if", EFL_IF}, {"tf", EFL_TF}, {"sf", EFL_SF},
                 {"zf", EFL_ZF}, {"af", EFL_AF}, {"pf", EFL_PF}, {"cf", EFL_CF}};
    u32 efl = cpu_eflags(c);
    char flags[100];
    unsigned n = 0;
    log_line(c->log, LOG_CPU, "CPU0:");
    for (unsigned i = 0; i < ARRAY_SIZE(reg); i++)
        log_line(c->log, LOG_CPU, "%s: 00000000_%08x", reg[i].name, c->gpr[reg[i].number]);
    for (unsigned i = 8; i < 16; i++)
        log_line(c->log, LOG_CPU, "r%-2u: 00000000_00000000", i);
    log_line(c->log, LOG_CPU, "rip: 00000000_%08x", c->eip);
    for (unsigned i = 0; i < ARRAY_SIZE(above); i++)
        n += bochs_flag(flags + n, above[i].name, efl & above[i].bit);
    n += (unsigned)sprintf(flags + n, "IOPL=%u ", efl >> 12 & 3);
    for (unsigned i = 0; i < ARRAY_SIZE(below); i++)
        n += bochs_flag(flags + n, below[i].name, efl & below[i].bit);
    flags[n - 1] = 0;
    log_line(c->log, LOG_CPU, "eflags 0x%08x: %s", efl, flags);
}

void trace_bochs(const struct cpu *c)
{
    u8 bytes[15];
    char hex[31], text[DISASM_TEXT];
    hex_of(bytes, trace_code(c, bytes, text, sizeof text), hex);
    bool protected = (c->mode & (MODE_PE | MODE_VM)) == MODE_PE;
    log_line(c->log, LOG_EXEC, "(0).[%llu] [0x%012x] %04x:%0*x (unk. ctxt): %-25s ; %s",
             (unsigned long long)cpu_executed(c), c->seg[SEG_CS].base + c->eip, c->seg[SEG_CS].sel,
             protected ? 16 : 4, c->eip, text, hex);
}
