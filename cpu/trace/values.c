/*
 * values.c - one line an instruction with the values that it reads and writes:
 *
 *     0010:00100005 0303           add eax,[ebx]  ; eax=00000001 ebx=00002000 [00002000]=00000002
 *                                                 -> eax=00000003 fl=-------
 *
 * (in one line). What is read and written, the rows say (decode/query.h). Memory is shown by linear
 * address, if it is RAM or ROM: looking at a device might change it. What instructions of the
 * system do to tables and hidden state is not shown, but where they lead to is. x87, MMX and SSE
 * registers are shown as they are after the instruction.
 */
#include "cpu/trace/trace_form.h"

#include "cpu/decode/decode.h"
#include "cpu/decode/query.h"
#include "cpu/fpu.h"
#include "cpu/protect/access.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECES = 3, MOST = 16 };

/* Memory that the instruction names, uses as a string, or reaches on the stack. */
struct piece {
    u32 lin, bytes;
    bool read, written;
};

struct trace_values {
    bool valid; /* the instruction could be decoded */
    struct op op;
    u32 next; /* EIP behind it */
    u16 cs;
    u32 gpr[8];
    u32 eip;
    u64 reads, writes;
    struct piece piece[PIECES];
    unsigned pieces;
    char line[TRACE_LINE_TEXT];
    size_t used;
};

struct trace_values *trace_values_new(void)
{
    return calloc(1, sizeof(struct trace_values));
}

static void say(struct trace_values *v, const char *fmt, ...) PRINTF_LIKE(2, 3);
static void say(struct trace_values *v, const char *fmt, ...)
{
    va_list ap;
    if (v->used >= sizeof v->line)
        return;
    va_start(ap, fmt);
    v->used += (size_t)vsnprintf(v->line + v->used, sizeof v->line - v->used, fmt, ap);
    va_end(ap);
}

/* ---- memory ---- */

/* Its bytes into buf; false: a device's, or nothing's. */
static bool look(const struct cpu *c, u32 lin, unsigned n, u8 *buf)
{
    for (unsigned i = 0; i < n; i++) {
        u32 phys;
        if (!mmu_peek((struct mmu *)(uintptr_t)&c->mmu, lin + i, &phys))
            return false;
        u8 kind = c->phys->page[phys >> PAGE_SHIFT].kind;
        if (kind != PAGE_RAM && kind != PAGE_ROM)
            return false;
        phys_read(c->phys, phys, &buf[i], 1);
    }
    return true;
}

/* As one number, the highest byte first. */
static void say_memory(struct trace_values *v, const struct cpu *c, const struct piece *m)
{
    u8 buf[MOST];
    unsigned n = m->bytes < MOST ? m->bytes : MOST;
    if (!n)
        return;
    say(v, " [%08x]=", m->lin);
    if (!look(c, m->lin, n, buf)) {
        say(v, "?");
        return;
    }
    for (unsigned i = n; i-- > 0;)
        say(v, "%02x", buf[i]);
    if (n < m->bytes)
        say(v, "...");
}

static void add_piece(struct trace_values *v, u32 lin, u32 bytes, char access)
{
    if (v->pieces < PIECES && bytes)
        v->piece[v->pieces++] = (struct piece){
            .lin = lin, .bytes = bytes, .read = access != 'w', .written = access != 'r'};
}

static void add_strings(struct trace_values *v, const struct cpu *c)
{
    const struct op *o = &v->op;
    const struct opdef *r = op_row(o);
    u32 mask = o->flags & OPF_A16 ? 0xffff : 0xffffffffu;
    for (unsigned i = 0; i < row_operands(r); i++) {
        u8 kind = r->operand[i];
        if (!kind_among(kind, KINDS_STRING))
            continue;
        bool source = kind == Xb || kind == Xv;
        u32 off = c->gpr[source ? ESI : EDI] & mask;
        add_piece(v, c->seg[source ? o->seg : SEG_ES].base + off, op_operand_bytes(o, i),
                  row_access(r, i));
    }
}

/* Where the stack pointer's items are: known for what moves it by a fixed distance. */
static void add_stack(struct trace_values *v, const struct cpu *c)
{
    u32 size = v->op.flags & OPF_O16 ? 2 : 4, base = c->seg[SEG_SS].base;
    if (v->reads & R_STACK)
        add_piece(v, base + (c->gpr[ESP] & c->stack_mask), size, 'r');
}

static void add_memory(struct trace_values *v, struct cpu *c)
{
    const struct op *o = &v->op;
    struct op_memory m = op_memory(o);
    v->pieces = 0;
    add_strings(v, c);
    if (!v->pieces && (o->flags & OPF_MEM) && m.access && !(op_row(o)->attr & A_NOMEM))
        add_piece(v, c->seg[o->seg].base + op_ea(c, o), m.bytes, m.access);
    if (v->reads != R_EVERYTHING)
        add_stack(v, c);
}

/* ---- registers ---- */

static void say_general(struct trace_values *v, const u32 *gpr, u64 mask)
{
    static const char name[8][4] = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
    for (unsigned i = 0; i < 8; i++)
        if (mask & R_GPR(i))
            say(v, " %s=%08x", name[i], gpr[i]);
}

static void say_segments(struct trace_values *v, const struct cpu *c, u64 mask)
{
    static const char name[SEG_COUNT][3] = {"es", "cs", "ss", "ds", "fs", "gs"};
    for (unsigned i = 0; i < SEG_COUNT; i++)
        if (mask & R_SEG(i))
            say(v, " %s=%04x", name[i], c->seg[i].sel);
}

static void say_flags(struct trace_values *v, const struct cpu *c)
{
    static const struct {
        u32 bit;
        char letter;
    } flags[] = {{EFL_DF, 'D'}, {EFL_OF, 'O'}, {EFL_SF, 'S'}, {EFL_ZF, 'Z'},
                 {EFL_AF, 'A'}, {EFL_PF, 'P'}, {EFL_CF, 'C'}};
    u32 efl = cpu_eflags(c);
    say(v, " fl=");
    for (unsigned i = 0; i < ARRAY_SIZE(flags); i++)
        say(v, "%c", efl & flags[i].bit ? flags[i].letter : '-');
}

static void say_bytes(struct trace_values *v, const u8 *bytes, unsigned n)
{
    while (n-- > 0)
        say(v, "%02x", bytes[n]);
}

static void say_wide(struct trace_values *v, struct cpu *c, u64 mask)
{
    if (!(mask & (R_XMMS | R_STS | (0xffull << 24))))
        return;
    fpu_leave(c);
    unsigned top = c->fpu.fsw >> 11 & 7;
    for (unsigned i = 0; i < 8; i++) {
        if (mask & R_XMM(i)) {
            say(v, " xmm%u=", i);
            say_bytes(v, c->fpu.xmm[i], 16);
        }
        if (mask & R_MM(i)) {
            say(v, " mm%u=", i);
            say_bytes(v, c->fpu.st[i], 8);
        }
        if (mask & R_ST(i)) {
            say(v, " st%u=", i);
            say_bytes(v, c->fpu.st[(top + i) & 7], 10);
        }
    }
}

/* ---- before and after ---- */

void trace_values_before(struct trace_values *v, struct cpu *c)
{
    u8 bytes[15];
    char text[8];
    unsigned n = trace_code(c, bytes, text, sizeof text);
    trace_plain(c, v->line, sizeof v->line);
    v->used = strlen(v->line);
    memset(&v->op, 0, sizeof v->op);
    v->valid = n && decode_op(c->decoder, c->mode, bytes, n, &v->op);
    if (!v->valid)
        return;
    memcpy(v->gpr, c->gpr, sizeof v->gpr);
    v->eip = c->eip;
    v->cs = c->seg[SEG_CS].sel;
    v->next = c->eip + v->op.len;
    v->reads = op_reads(&v->op);
    v->writes = op_writes(&v->op);
    add_memory(v, c);
    say(v, "%*s;", v->used < 56 ? 56 - (int)v->used : 1, "");
    u64 shown = v->reads == R_EVERYTHING ? 0 : v->reads;
    say_general(v, c->gpr, shown);
    say_segments(v, c, shown & ~(R_SEG(v->op.seg) | R_SS));
    if (shown & R_FLAGS)
        say_flags(v, c);
    for (unsigned i = 0; i < v->pieces; i++)
        if (v->piece[i].read)
            say_memory(v, c, &v->piece[i]);
}

/* Pushed: between the stack pointer before and after, one item at least. */
static void say_pushed(struct trace_values *v, const struct cpu *c)
{
    u32 bytes = (v->gpr[ESP] - c->gpr[ESP]) & c->stack_mask;
    if (bytes && bytes <= 64)
        say_memory(v, c,
                   &(struct piece){.lin = c->seg[SEG_SS].base + (c->gpr[ESP] & c->stack_mask),
                                   .bytes = bytes});
}

static void say_results(struct trace_values *v, struct cpu *c)
{
    bool everything = v->writes == R_EVERYTHING;
    u64 changed = 0;
    for (unsigned i = 0; i < 8; i++)
        changed |= c->gpr[i] != v->gpr[i] ? R_GPR(i) : 0;
    say_general(v, c->gpr, everything ? changed : v->writes);
    if (!everything)
        say_segments(v, c, v->writes);
    if (!everything)
        say_wide(v, c, v->writes);
    if (v->writes & R_FLAGS)
        say_flags(v, c);
    for (unsigned i = 0; i < v->pieces; i++)
        if (v->piece[i].written)
            say_memory(v, c, &v->piece[i]);
    if (v->writes & R_STACK)
        say_pushed(v, c);
    bool there = c->eip == v->eip && v->writes & (R_CX | R_IP); /* REP goes on */
    if (c->seg[SEG_CS].sel != v->cs || (c->eip != v->next && !there))
        say(v, " to %04x:%08x", c->seg[SEG_CS].sel, c->eip);
}

void trace_values_after(struct trace_values *v, struct cpu *c)
{
    if (v->valid) {
        size_t before = v->used;
        say(v, " ->");
        size_t arrow = v->used;
        if (c->event.pending)
            say(v, " exception %02x", c->event.vector);
        else
            say_results(v, c);
        if (v->used == arrow)
            v->used = before; /* nothing was written */
        if (v->used < sizeof v->line)
            v->line[v->used] = 0;
        size_t n = strlen(v->line);
        while (n && (v->line[n - 1] == ' ' || v->line[n - 1] == ';'))
            v->line[--n] = 0;
    }
    log_line(c->log, LOG_EXEC, "%s", v->line);
}
