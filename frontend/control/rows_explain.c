/*
 * rows_explain.c - `explain`: one instruction from its bytes to what it changes. Each byte's role,
 * what the operands hold before and after, the rule of each flag, the row of ops.def that all this
 * is taken from, what the cache of decoded blocks has made of it, and what led here.
 */
#include "frontend/control/rows.h"

#include "frontend/control/branches.h"
#include "frontend/control/expression.h"
#include "frontend/control/instruction_line.h"
#include "frontend/control/name_of.h"
#include "frontend/control/points.h"
#include "frontend/timeline/timeline.h"
#include "hw/machine/vm_anatomy.h"
#include "hw/machine/vm_look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One instruction, as it is looked at before it runs, and perhaps after. */
struct looked {
    u32 lin, eip;
    u16 sel;
    bool code32;
    struct vm_instruction i;
    struct vm_anatomy a;
    struct vm_registers before, after;
    struct vm_value value[VM_VALUES]; /* after */
    bool done;                        /* after is known */
    bool ahead;                       /* it has not been done but on trial */
    bool outside;                     /* not in CS */
    char event[VM_DISASSEMBLY];       /* what came instead of its end, or behind it: a fault */
};

/* ---- its parts ---- */

static void put_hex(struct reply *out, const char *key, const u8 *bytes, unsigned len)
{
    char text[3 * 16 + 1] = "";
    for (unsigned i = 0; i < len && i < 16; i++)
        snprintf(text + 3 * i, sizeof(text) - 3 * i, "%02x ", bytes[i]);
    reply_text_len(out, key, text, len ? 3 * (size_t)len - 1 : 0);
}

static void put_parts(struct reply *out, const struct looked *l)
{
    reply_list(out, "parts");
    for (unsigned k = 0; k < l->a.parts; k++) {
        const struct vm_part *p = &l->a.part[k];
        reply_map(out, NULL);
        put_hex(out, "bytes", l->i.bytes + p->at, p->len);
        reply_text(out, "role", p->role);
        reply_text(out, "meaning", p->meaning);
        reply_end(out);
    }
    reply_end(out);
}

/* ---- operands and registers ---- */

static void put_value(struct reply *out, const char *key, const struct vm_value *v)
{
    char text[33] = "";
    for (unsigned i = 0; v->known && i < v->bytes && i < 16; i++)
        snprintf(text + 2 * i, sizeof(text) - 2 * i, "%02x", v->value[v->bytes - 1 - i]);
    reply_text(out, key, v->known ? text : v->bytes ? "(not there)" : "(as its registers say)");
}

static void put_operands(struct reply *out, const struct looked *l)
{
    if (!l->i.now || !l->i.values)
        return;
    reply_list(out, "operands");
    for (unsigned k = 0; k < l->i.values; k++) {
        const struct vm_value *v = &l->i.value[k];
        reply_map(out, NULL);
        if (v->memory)
            reply_printf(out, "operand", "[%08x]", v->lin);
        else
            reply_text(out, "operand", v->name);
        reply_text(out, "use",
                   v->read      ? v->written ? "read and written" : "read"
                   : v->written ? "written"
                                : "named");
        if (v->bytes)
            reply_int(out, "bits", 8 * (s64)v->bytes);
        put_value(out, "before", v);
        if (l->done) {
            put_value(out, "after", &l->value[k]);
            reply_bool(out, "changed", memcmp(v->value, l->value[k].value, v->bytes) != 0);
        }
        reply_end(out);
    }
    reply_end(out);
}

static void put_changed(struct reply *out, const char *name, u32 before, u32 after, int digits)
{
    if (before == after)
        return;
    reply_map(out, NULL);
    reply_text(out, "register", name);
    reply_printf(out, "before", "%0*x", digits, before);
    reply_printf(out, "after", "%0*x", digits, after);
    reply_end(out);
}

static void put_all_changed(struct reply *out, const struct looked *l)
{
    static const char *const general[VM_GENERAL] = {"eax", "ecx", "edx", "ebx",
                                                    "esp", "ebp", "esi", "edi"};
    static const char *const segment[VM_SEGMENTS] = {"es", "cs", "ss", "ds", "fs", "gs"};
    const struct vm_registers *b = &l->before, *a = &l->after;
    if (!l->done)
        return;
    reply_list(out, "changed");
    for (unsigned i = 0; i < VM_GENERAL; i++)
        put_changed(out, general[i], b->gpr[i], a->gpr[i], 8);
    put_changed(out, "eip", b->eip, a->eip, 8);
    put_changed(out, "eflags", b->eflags, a->eflags, 8);
    for (unsigned i = 0; i < VM_SEGMENTS; i++)
        put_changed(out, segment[i], b->seg[i].sel, a->seg[i].sel, 4);
    put_changed(out, "cr0", b->cr0, a->cr0, 8);
    put_changed(out, "cr2", b->cr2, a->cr2, 8);
    put_changed(out, "cr3", b->cr3, a->cr3, 8);
    put_changed(out, "cr4", b->cr4, a->cr4, 8);
    put_changed(out, "tr", b->tr.sel, a->tr.sel, 4);
    reply_end(out);
}

/* ---- flags ---- */

static void put_flag(struct reply *out, const struct looked *l, const char *name, unsigned bit,
                     const char *use, const char *rule)
{
    reply_map(out, NULL);
    reply_text(out, "flag", name);
    reply_int(out, "bit", bit);
    reply_text(out, "use", use);
    if (l->i.now)
        reply_int(out, "before", l->before.eflags >> bit & 1);
    if (l->done)
        reply_int(out, "after", l->after.eflags >> bit & 1);
    if (rule)
        reply_text(out, "rule", rule);
    reply_end(out);
}

static void put_flags(struct reply *out, const struct looked *l)
{
    static const struct {
        char name[3];
        u8 bit;
    } flags[] = {{"CF", 0}, {"PF", 2}, {"AF", 4}, {"ZF", 6}, {"SF", 7}, {"DF", 10}, {"OF", 11}};
    u32 read = l->i.flags_read, written = l->i.flags_written | l->i.flags_maybe;
    if (!(read | written))
        return;
    reply_list(out, "flags");
    for (size_t f = 0; f < ARRAY_SIZE(flags); f++) {
        u32 mask = 1u << flags[f].bit;
        const char *rule = NULL;
        if (!((read | written) & mask))
            continue;
        for (unsigned k = 0; k < l->a.rules; k++)
            if (l->a.rule[k].bit == flags[f].bit)
                rule = l->a.rule[k].words;
        put_flag(out, l, flags[f].name, flags[f].bit,
                 !(written & mask)         ? "read"
                 : l->i.flags_maybe & mask ? "perhaps written"
                 : read & mask             ? "read and written"
                                           : "written",
                 rule);
    }
    reply_end(out);
}

static void put_condition(struct reply *out, const struct looked *l)
{
    if (!l->i.conditional)
        return;
    reply_map(out, "condition");
    reply_text(out, "rule", l->a.condition ? l->a.condition : "by ECX (CX), and for some ZF");
    if (l->i.now)
        reply_bool(out, "holds", l->i.holds);
    if (l->i.flow == VM_FLOW_BRANCH && l->i.now)
        reply_text(out, "so", l->i.holds ? "it jumps" : "the next instruction follows");
    reply_end(out);
}

/* ---- where all this is from ---- */

static void put_row(struct reply *out, const struct looked *l)
{
    reply_map(out, "row");
    reply_text(out, "operation", l->a.operation);
    reply_text(out, "text", l->a.row);
    reply_text(out, "file", l->a.place);
    reply_list(out, "operands");
    for (unsigned k = 0; k < l->a.operands; k++) {
        const struct vm_row_operand *o = &l->a.operand[k];
        reply_map(out, NULL);
        reply_text(out, "kind", o->kind);
        reply_text(out, "use", o->access);
        reply_text(out, "meaning", o->words);
        reply_end(out);
    }
    reply_end(out);
    reply_end(out);
}

static void say_block(const struct vm_block_seen *b, char *out, size_t size)
{
    int n = snprintf(out, size, "a block of %u instruction%s, %u byte%s, at %08x", b->instructions,
                     b->instructions == 1 ? "" : "s", b->bytes, b->bytes == 1 ? "" : "s", b->phys);
    if (b->fused && n > 0 && (size_t)n < size)
        n += snprintf(out + n, size - (size_t)n, "; fused with the %s, both run as one",
                      b->second ? "instruction before it" : "jump behind it");
    if (b->patched && n > 0 && (size_t)n < size)
        n += snprintf(out + n, size - (size_t)n,
                      "; its constant is written again and again, and taken from memory each time");
    if (n > 0 && (size_t)n < size)
        snprintf(out + n, size - (size_t)n, "; %s",
                 b->translated ? "runs as machine code of the host" : "is interpreted");
}

static void put_cache(struct reply *out, const struct looked *l)
{
    reply_list(out, "cache");
    for (unsigned k = 0; k < l->a.blocks; k++) {
        const struct vm_block_seen *b = &l->a.block[k];
        char words[240];
        say_block(b, words, sizeof(words));
        reply_map(out, NULL);
        reply_text(out, "says", words);
        reply_printf(out, "block", "%08x", b->phys);
        reply_text(out, "mode", b->mode);
        reply_bool(out, "for this mode", b->present);
        reply_int(out, "instructions", b->instructions);
        reply_int(out, "bytes", b->bytes);
        reply_int(out, "records", b->records);
        reply_int(out, "record", b->record);
        reply_bool(out, "fused", b->fused);
        reply_bool(out, "patched", b->patched);
        reply_bool(out, "translated", b->translated);
        if (!b->translated)
            reply_int(out, "heat", b->heat);
        for (unsigned w = 0; w < 2; w++)
            if (b->way[w].there)
                reply_printf(out, w ? "next" : "jump", "%08x", b->way[w].phys);
        reply_end(out);
    }
    reply_end(out);
}

/* ---- all of it ---- */

static void put_looked(struct call *call, const struct looked *l)
{
    struct reply *out = call->reply;
    char notes[200], name[ADDRESS_NAME];
    instruction_notes(&l->i, notes, sizeof(notes));
    name_of(call->control, l->lin, name);
    if (l->outside)
        reply_printf(out, "at", "%08x", l->lin);
    else
        reply_printf(out, "at", "%04x:%0*x", l->sel, l->code32 ? 8 : 4, l->eip);
    reply_printf(out, "linear", "%08x", l->lin);
    if (l->a.mapped)
        reply_printf(out, "physical", "%08x", l->a.phys);
    if (*name)
        reply_text(out, "name", name);
    reply_text(out, "instruction", l->i.text);
    put_hex(out, "bytes", l->i.bytes, l->i.len);
    reply_int(out, "length", l->i.len);
    reply_bool(out, "next", l->i.now && (!l->done || l->ahead));
    if (*notes)
        reply_text(out, "notes", notes);
    if (*l->event)
        reply_text(out, "then", l->event);
    put_parts(out, l);
    put_operands(out, l);
    put_flags(out, l);
    put_condition(out, l);
    put_all_changed(out, l);
    put_row(out, l);
    put_cache(out, l);
}

static bool look(struct vm *vm, struct looked *l)
{
    l->done = false;
    vm_registers(vm, &l->before);
    return vm_instruction(vm, l->lin, l->eip, l->code32, &l->i) &&
           vm_anatomy(vm, l->lin, l->eip, l->code32, &l->a);
}

/* The one before which the processor stands. */
static bool look_now(struct vm *vm, struct looked *l)
{
    struct vm_registers r;
    vm_registers(vm, &r);
    l->sel = r.seg[VM_CS].sel;
    l->eip = r.eip;
    l->lin = r.seg[VM_CS].base + r.eip;
    l->code32 = r.code32;
    return look(vm, l);
}

/* Where it was asked for. In code of the present size; the offset by its selector, else by CS. */
static bool look_there(struct call *call, const char *text, struct looked *l)
{
    struct control *c = call->control;
    struct address a;
    struct vm_registers r;
    if (!expression_address_in(c->vm, c->symbols, text, &a, &call->error))
        return false;
    if (a.physical)
        return err_set(&call->error, "instructions have linear addresses, no physical ones");
    vm_registers(c->vm, &r);
    l->sel = a.based ? a.sel : r.seg[VM_CS].sel;
    l->lin = a.value;
    l->eip = a.based ? a.offset : a.value - r.seg[VM_CS].base;
    l->code32 = r.code32;
    l->outside = !a.based && l->eip > r.seg[VM_CS].limit;
    return look(c->vm, l) || err_set(&call->error, "%08x: there is no memory to read", a.value);
}

static enum command_state explain(struct call *call)
{
    const struct value *at = &call->request->arg[0];
    struct looked *l = calloc(1, sizeof(*l));
    if (!l)
        return call_fails(call, FAULT_HOST, "out of memory");
    bool ok = at->given ? look_there(call, at->text, l)
                        : look_now(call->control->vm, l) ||
                              err_set(&call->error, "there is no memory at CS:EIP");
    if (ok)
        put_looked(call, l);
    free(l);
    return ok ? COMMAND_DONE : call_host_failed(call);
}

/* ---- the last one that was executed: done again ---- */

static const struct vm_point deliveries = {
    .kind = VM_POINT_VECTOR, .len = 256, .how = VM_VECTOR_FAULT | VM_VECTOR_IRQ | VM_VECTOR_INT};

static void look_after(struct vm *vm, struct looked *l)
{
    vm_registers(vm, &l->after);
    for (unsigned k = 0; k < l->i.values; k++) {
        l->value[k] = l->i.value[k];
        vm_value_again(vm, &l->value[k]);
    }
}

/* From one instruction before up to `to`: interrupts may come first, a fault instead of the end. */
static bool again(struct vm *vm, u64 to, struct looked *l)
{
    enum { MOST = 32 }; /* deliveries without an instruction between them */
    for (unsigned n = 0; n < MOST && vm_instructions(vm) < to; n++) {
        if (!look_now(vm, l))
            return false;
        enum vm_stop why = vm_run_to(vm, UINT64_MAX, to);
        const struct vm_point_hit *h = vm_point_hit(vm);
        bool delivered = why == VM_POINT && h->point.kind == VM_POINT_VECTOR;
        l->event[0] = 0;
        if (delivered)
            points_hit_words(h, l->event, sizeof(l->event));
        if (why == VM_REPLAYED || why == VM_INTERRUPTED)
            return false;
        if (delivered && h->how == VM_VECTOR_IRQ)
            continue; /* before the instruction; that of the handler comes now */
        l->done = true;
        if (delivered)
            break;
    }
    look_after(vm, l);
    return l->done;
}

static void put_branches(struct call *call)
{
    enum { SHOWN = 4 };
    struct control *c = call->control;
    struct branch b[SHOWN];
    unsigned count = 0;
    struct err e;
    if (!branches_look(c->vm, c->timeline, SHOWN, b, &count, &e) || !count)
        return;
    reply_list(call->reply, "came by");
    for (unsigned k = count; k-- > 0;) {
        reply_map(call->reply, NULL);
        reply_text(call->reply, "what", b[k].what);
        reply_printf(call->reply, "from", "%04x:%08x", b[k].from_sel, b[k].from);
        reply_printf(call->reply, "to", "%04x:%08x", b[k].to_sel, b[k].to);
        reply_int(call->reply, "instructions", (s64)b[k].at);
        reply_end(call->reply);
    }
    reply_end(call->reply);
}

static bool do_again(struct call *call, struct looked *l)
{
    struct control *c = call->control;
    struct journey j;
    struct err back;
    if (!control_stands(c) || c->motion.kind != MOTION_NONE)
        return err_set(&call->error, "the machine runs; stop it first");
    if (!journey_begin(&j, c->vm, c->timeline, 1, &call->error))
        return false;
    bool set = vm_point_set(c->vm, &deliveries, &call->error);
    bool done = set && (again(c->vm, j.from, l) ||
                        err_set(&call->error, "the last instruction could not be done again"));
    if (set)
        vm_point_clear(c->vm, &deliveries);
    return journey_end(&j, done ? &call->error : &back) && done;
}

static enum command_state explain_last(struct call *call)
{
    struct looked *l = calloc(1, sizeof(*l));
    if (!l)
        return call_fails(call, FAULT_HOST, "out of memory");
    bool ok = do_again(call, l);
    if (ok) {
        put_looked(call, l);
        put_branches(call);
    }
    free(l);
    return ok ? COMMAND_DONE : call_host_failed(call);
}

/* ---- the next one: done on trial ---- */

struct trial {
    struct vm *vm;
    struct looked *l;
    bool away; /* in the past, which has an end */
};

/* An interrupt may come first, a fault instead of the end. */
static void ahead(void *opaque)
{
    const struct trial *t = opaque;
    struct looked *l = t->l;
    u64 from = vm_instructions(t->vm);
    enum vm_stop why = VM_POINT;
    const struct vm_point_hit *h = NULL;
    /* What others have set stops it, too, perhaps before the instruction. */
    for (unsigned n = 0; n < 8 && why == VM_POINT && !h && vm_instructions(t->vm) == from; n++) {
        why = vm_run_to(t->vm, vm_now(t->vm) + NS_PER_MS, from + 1);
        if (why == VM_POINT && vm_point_hit(t->vm)->point.kind == VM_POINT_VECTOR)
            h = vm_point_hit(t->vm);
    }
    if (h)
        points_hit_words(h, l->event, sizeof(l->event));
    else if (why == VM_REPLAYED)
        snprintf(l->event, sizeof(l->event), "%s",
                 t->away ? "the machine has come no further" : "the host would have to answer");
    l->done = (h && h->how != VM_VECTOR_IRQ) || (!h && vm_instructions(t->vm) == from + 1);
    look_after(t->vm, l);
}

/* Disks that do not go back must not be written to: by a port, or by a transfer that is due. */
static bool writes_nothing(struct call *call, const struct looked *l)
{
    enum { SOON = 10000 };
    struct vm_clock c;
    if (timeline_apart(call->control->timeline))
        return true;
    vm_clock(call->control->vm, &c);
    const char *o = l->a.operation;
    bool port = strcmp(o, "in") == 0 || strcmp(o, "out") == 0 || strcmp(o, "ins") == 0 ||
                strcmp(o, "outs") == 0;
    return (!port && c.next > SOON) ||
           err_set(&call->error, "it may write to a disk, which does not go back; with -snapshot "
                                 "it would");
}

/* In the past it is known what comes, and how to get back from there. */
static bool known_ahead(struct call *call, struct trial *t)
{
    struct control *c = call->control;
    struct journey j;
    struct err back;
    if (!journey_begin(&j, c->vm, c->timeline, 0, &call->error))
        return false;
    ahead(t);
    return journey_end(&j, &back) || err_set(&call->error, "%.300s", back.text);
}

/* false + err: why it is not tried. */
static bool do_ahead(struct call *call, struct looked *l, const struct vm_registers *r)
{
    struct control *c = call->control;
    struct trial t = {c->vm, l, c->timeline && timeline_away(c->timeline)};
    if (!control_stands(c) || c->motion.kind != MOTION_NONE)
        return err_set(&call->error, "the machine runs; stop it first");
    if (!c->timeline)
        return err_set(&call->error, "nothing is kept to go back to; -rewind 128 keeps it");
    if (r->halted)
        return err_set(&call->error, "the processor is halted: an interrupt's handler comes next");
    if ((!t.away && !writes_nothing(call, l)) || !vm_point_set(c->vm, &deliveries, &call->error))
        return false;
    bool ok = t.away ? known_ahead(call, &t) : timeline_try(c->timeline, ahead, &t, &call->error);
    vm_point_clear(c->vm, &deliveries);
    return ok;
}

static enum command_state explain_next(struct call *call)
{
    struct vm_registers r;
    struct looked *l = calloc(1, sizeof(*l));
    if (!l)
        return call_fails(call, FAULT_HOST, "out of memory");
    vm_registers(call->control->vm, &r);
    bool ok =
        look_now(call->control->vm, l) || err_set(&call->error, "there is no memory at CS:EIP");
    if (ok) {
        bool tried = do_ahead(call, l, &r);
        l->ahead = true;
        l->done &= tried;
        put_looked(call, l);
        if (!tried)
            reply_text(call->reply, "not tried", call->error.text);
    }
    free(l);
    return ok ? COMMAND_DONE : call_host_failed(call);
}

static bool check_explain(const struct request *r, struct err *e)
{
    struct address a;
    struct err why;
    return !r->arg[0].given || expression_address(NULL, r->arg[0].text, &a, &why) ||
           err_set(e, "explain: %.400s", why.text);
}

static const struct command rows[] = {
    {.name = "explain",
     .param = {{.name = "at",
                .kind = PARAM_STRING,
                .optional = true,
                .what = "an address, as f000:e05b or main"}},
     .help = "an instruction taken apart: each byte's role, operands, the rule of each flag, its "
             "row in ops.def, what the cache of decoded code made of it; alone: the next one",
     .flags = COMMAND_LOOKS | COMMAND_ANSWERS,
     .check = check_explain,
     .run = explain},
    {.name = "explain last",
     .help = "the same of the last one that was executed, with what it changed and the branches "
             "that led here; it is done again (-rewind)",
     .flags = COMMAND_ANSWERS | COMMAND_TRAVELS,
     .run = explain_last},
    {.name = "explain next",
     .help = "the same of the next one, with what it will change if the machine stands: it is done "
             "on trial, and taken back (-rewind)",
     .flags = COMMAND_ANSWERS | COMMAND_TRAVELS,
     .run = explain_next},
};

const struct command_topic rows_explain = {"Explaining", rows, ARRAY_SIZE(rows)};
