/*
 * dump.c - what -d jit shows of a block that has been translated: each instruction, and the bytes
 * of its machine code below it (`ndisasm -b 64`, `objdump -b binary -m i386:x86-64` read them). The
 * block's head and its cold exits are left out; what has no translation says so.
 */
#include "cpu/decode/disasm.h"
#include "cpu/translate/emit.h"

enum { BYTES_A_LINE = 24 };

static void dump_code(const struct log *log, const u8 *at, const u8 *end)
{
    while (at < end) {
        char hex[2 * BYTES_A_LINE + 1];
        for (unsigned n = 0; n < BYTES_A_LINE && at < end; n++)
            snprintf(hex + 2 * n, 3, "%02x", *at++);
        log_line(log, LOG_JIT, "        %s", hex);
    }
}

void dump_block(const struct emit *e, const struct emitted *out)
{
    const struct log *log = e->cpu->log;
    const struct block *b = e->block;
    const u8 *bytes = e->cpu->phys->page[b->phys >> PAGE_SHIFT].host + (b->phys & PAGE_MASK);
    log_line(log, LOG_JIT, "block at %08x, mode %02x: %u of %u instructions, %u bytes at %p",
             b->phys, b->mode, out->instructions, e->plan->count, out->bytes,
             (const void *)(e->jit->region.run + out->head));
    for (unsigned i = 0; i < e->plan->count; i++) {
        const struct op *o = &e->plan->insn[i];
        const u8 *end = NULL;
        char text[DISASM_TEXT];
        disasm(e->cpu->decoder, b->mode, bytes + o->pc, o->len, b->phys + o->pc, text, sizeof text);
        log_line(log, LOG_JIT, "  %08x %s%s", b->phys + o->pc, text,
                 e->code_of[i] ? "" : "    (by the interpreter)");
        for (unsigned k = i + 1; k <= e->plan->count && !end; k++)
            end = e->code_of[k];
        if (e->code_of[i])
            dump_code(log, e->code_of[i], end);
    }
    if (e->loop.copy) {
        log_line(log, LOG_JIT, "  all rounds but the first:");
        dump_code(log, e->loop.copy, e->loop.copy_end);
    }
}
