/* panes.c - see panes.h. Registers that have changed since the stop before have a * behind them. */
#include "frontend/debugger/panes.h"

#include "frontend/control/instruction_line.h"
#include "frontend/control/name_of.h"
#include "frontend/timeline/timeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { BYTES_SHOWN = 6, CODE_LINES = 128 };

static struct vm *vm_of(const struct session *s)
{
    return s->m->vm;
}

void panes_free(struct panes *p)
{
    free(p->branches);
}

/* ---- the title ---- */

static const char *mode_words(const struct vm_registers *r)
{
    return !r->protected_mode ? "real mode" : r->v86 ? "virtual-8086 mode" : "protected mode";
}

void pane_title(struct cells *c, const struct pane *at, struct session *s)
{
    struct vm_registers r;
    char place[16], ring[16] = "";
    vm_registers(vm_of(s), &r);
    session_place(&r, place);
    if (r.protected_mode && !r.v86)
        snprintf(ring, sizeof(ring), ", ring %u", r.cpl);
    bool away = s->m->control.timeline && timeline_away(s->m->control.timeline);
    cells_look(c, at->x, at->y, at->width, CELL_REVERSE);
    cells_printf(c, at->x, at->y, at->width, CELL_REVERSE, " %s  %s %u-bit%s%s  #%llu  %.6f s%s%s",
                 control_stands(&s->m->control) ? place : "running", mode_words(&r),
                 r.code32 ? 32 : 16, ring, r.halted ? ", halted" : "",
                 (unsigned long long)vm_instructions(vm_of(s)), (double)vm_now(vm_of(s)) / 1e9,
                 away ? "  in the past" : "", s->pending ? "  ..." : "");
}

/* ---- code ---- */

static bool is_point(const struct session *s, u32 lin)
{
    for (unsigned i = 0; i < CONTROL_POINTS; i++) {
        const struct control_point *p = &s->m->control.point[i];
        if (p->used && p->point.kind == VM_POINT_EXECUTE && p->point.lin == lin)
            return true;
    }
    return false;
}

/* The lines stay where they are as long as the next instruction is among them, not at their end. */
static void settle_top(struct session *s, struct panes *p, const struct vm_registers *r,
                       unsigned height)
{
    u32 pc = r->seg[VM_CS].base + r->eip, at = p->top;
    unsigned last = height > 3 ? height - 2 : height;
    if (p->code32 == r->code32) {
        for (unsigned i = 0; i < last && i < CODE_LINES; i++) {
            char text[VM_DISASSEMBLY];
            if (at == pc)
                return;
            unsigned len = vm_disassemble(vm_of(s), at, 0, r->code32, text, sizeof(text));
            if (!len)
                break;
            at += len;
        }
    }
    p->top = pc;
    p->code32 = r->code32;
}

static void code_line(struct cells *c, const struct pane *at, unsigned y, struct session *s,
                      const struct vm_registers *r, const struct vm_instruction *i, u32 lin)
{
    char bytes[2 * BYTES_SHOWN + 2] = "", flags[60];
    u32 eip = lin - r->seg[VM_CS].base, pc = r->seg[VM_CS].base + r->eip;
    unsigned look = lin == pc ? CELL_BOLD | CELL_REVERSE : CELL_PLAIN;
    for (unsigned k = 0; k < i->len && k < BYTES_SHOWN; k++)
        snprintf(bytes + 2 * k, 3, "%02x", i->bytes[k]);
    if (i->len > BYTES_SHOWN)
        bytes[2 * BYTES_SHOWN - 1] = '+';
    cells_look(c, at->x, y, at->width, look);
    unsigned x =
        cells_printf(c, at->x, y, at->width, look, "%c%c%04x:%0*x ", is_point(s, lin) ? '*' : ' ',
                     lin == pc ? '>' : ' ', r->seg[VM_CS].sel, r->code32 ? 8 : 4, eip);
    unsigned edge = at->x + at->width;
    bool room = at->width >= 60;
    if (room)
        x = cells_printf(c, x, y, edge - x, look, "%-*s ", 2 * BYTES_SHOWN, bytes);
    char name[ADDRESS_NAME];
    x = cells_put(c, x, y, edge - x, look, i->text);
    name_of_target(&s->m->control, i, r->seg[VM_CS].base, name);
    x = cells_put(c, x, y, edge - x, look, name);
    instruction_flags(i, flags, sizeof(flags));
    size_t n = strlen(flags);
    if (n && x + n + 1 < edge)
        cells_put(c, edge - (unsigned)n, y, (unsigned)n, look | CELL_DIM, flags);
}

void pane_code(struct cells *c, const struct pane *at, struct session *s, struct panes *p)
{
    struct vm_registers r;
    vm_registers(vm_of(s), &r);
    settle_top(s, p, &r, at->height);
    u32 lin = p->top;
    for (unsigned k = 0; k < at->height; k++) {
        struct vm_instruction i;
        u32 eip = lin - r.seg[VM_CS].base;
        if (k && eip > r.seg[VM_CS].limit) /* no code can run there, as behind the reset vector */
            break;
        vm_instruction(vm_of(s), lin, eip, r.code32, &i);
        code_line(c, at, at->y + k, s, &r, &i, lin);
        if (!i.len)
            break;
        lin += i.len;
    }
}

void pane_notes(struct cells *c, const struct pane *at, struct session *s)
{
    struct vm_instruction i;
    struct vm_registers r;
    char notes[300], name[ADDRESS_NAME];
    vm_registers(vm_of(s), &r);
    name_of(&s->m->control, r.seg[VM_CS].base + r.eip, name);
    size_t n = (size_t)snprintf(notes, sizeof(notes), *name ? "<%s> " : "%s", name);
    vm_instruction_now(vm_of(s), &i);
    instruction_notes(&i, notes + n, sizeof(notes) - n);
    unsigned x = cells_put(c, at->x, at->y, at->width, CELL_BOLD, *notes ? " " : " --");
    cells_put(c, x, at->y, at->x + at->width - x, CELL_BOLD, notes);
}

/* ---- registers ---- */

static unsigned put_register(struct cells *c, unsigned x, unsigned y, unsigned edge,
                             const char *name, unsigned digits, u32 now, u32 before)
{
    if (x >= edge)
        return x;
    bool changed = now != before;
    return cells_printf(c, x, y, edge - x, changed ? CELL_BOLD | CELL_MARK : CELL_PLAIN,
                        "%s%c%0*x ", name, changed ? '*' : '=', (int)digits, now);
}

static void put_flags(struct cells *c, unsigned x, unsigned y, unsigned edge, u32 now, u32 before)
{
    static const struct {
        char letter;
        u8 bit;
    } flags[] = {{'o', 11}, {'d', 10}, {'i', 9}, {'t', 8}, {'s', 7},
                 {'z', 6},  {'a', 4},  {'p', 2}, {'c', 0}};
    for (size_t i = 0; i < ARRAY_SIZE(flags) && x < edge; i++) {
        bool on = now >> flags[i].bit & 1, changed = (now ^ before) >> flags[i].bit & 1;
        x = cells_printf(c, x, y, edge - x, changed ? CELL_BOLD | CELL_MARK : CELL_PLAIN, "%c%s",
                         on ? flags[i].letter - 'a' + 'A' : flags[i].letter, changed ? "*" : " ");
    }
}

void pane_registers(struct cells *c, const struct pane *at, const struct session *s)
{
    static const char *const general[] = {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"};
    static const u8 order[] = {VM_EAX, VM_ESI, VM_EBX, VM_EDI, VM_ECX, VM_EBP, VM_EDX, VM_ESP};
    static const char *const segment[] = {"es", "cs", "ss", "ds", "fs", "gs"};
    static const u8 rows[2][3] = {{VM_CS, VM_DS, VM_ES}, {VM_SS, VM_FS, VM_GS}};
    struct vm_registers moving;
    const struct vm_registers *r = &s->now, *b = &s->before;
    if (!control_stands(&s->m->control)) {
        vm_registers(vm_of(s), &moving);
        r = b = &moving;
    }
    unsigned edge = at->x + at->width;
    for (unsigned y = 0; y < at->height; y++) {
        unsigned x = at->x, line = at->y + y;
        if (y < 4) {
            for (unsigned k = 2 * y; k < 2 * y + 2; k++)
                x = put_register(c, x, line, edge, general[order[k]], 8, r->gpr[order[k]],
                                 b->gpr[order[k]]);
        } else if (y == 4) {
            x = put_register(c, x, line, edge, "eip", 8, r->eip, b->eip);
            put_register(c, x, line, edge, "efl", 8, r->eflags, b->eflags);
        } else if (y == 5) {
            put_flags(c, x, line, edge, r->eflags, b->eflags);
        } else if (y < 8) {
            for (unsigned k = 0; k < 3; k++) {
                unsigned i = rows[y - 6][k];
                x = put_register(c, x, line, edge, segment[i], 4, r->seg[i].sel, b->seg[i].sel);
            }
        } else if (y == 8) {
            x = put_register(c, x, line, edge, "cr0", 8, r->cr0, b->cr0);
            put_register(c, x, line, edge, "cr3", 8, r->cr3, b->cr3);
        } else if (y == 9) {
            x = put_register(c, x, line, edge, "cr2", 8, r->cr2, b->cr2);
            put_register(c, x, line, edge, "cr4", 8, r->cr4, b->cr4);
        }
    }
}

/* ---- the view ---- */

static void dump_line(struct cells *c, const struct pane *at, unsigned y, struct vm *vm, u32 lin)
{
    u8 b[16];
    u32 n = vm_linear_read(vm, lin, b, sizeof(b));
    unsigned edge = at->x + at->width;
    unsigned x = cells_printf(c, at->x, y, at->width, CELL_PLAIN, " %08x ", lin);
    for (unsigned i = 0; i < 16 && x < edge; i++)
        x = i < n ? cells_printf(c, x, y, edge - x, CELL_PLAIN, " %02x", b[i])
                  : cells_put(c, x, y, edge - x, CELL_DIM, " --");
    x += 2;
    for (unsigned i = 0; i < n && x < edge; i++)
        x = cells_printf(c, x, y, edge - x, CELL_PLAIN, "%c",
                         b[i] >= ' ' && b[i] < 0x7f ? b[i] : '.');
}

/* Words of the stack's size, the top first, with what they look like. */
static void show_stack(struct cells *c, const struct pane *at, struct vm *vm)
{
    struct vm_registers r;
    vm_registers(vm, &r);
    unsigned size = r.stack32 ? 4 : 2, columns = at->width >= 60 ? 4 : 2;
    u32 esp = r.gpr[VM_ESP] & (r.stack32 ? 0xffffffffu : 0xffffu);
    for (unsigned k = 0; k < (at->height - 1) * columns; k++) {
        u8 b[4] = {0};
        u32 offset = (esp + k * size) & (r.stack32 ? 0xffffffffu : 0xffffu);
        unsigned y = at->y + 1 + k / columns, x = at->x + 1 + k % columns * (r.stack32 ? 19 : 18);
        unsigned edge = at->x + at->width;
        if (x >= edge)
            continue;
        bool there = vm_linear_read(vm, r.seg[VM_SS].base + offset, b, size) == size;
        cells_printf(c, x, y, edge - x, k ? CELL_PLAIN : CELL_BOLD,
                     there ? "%0*x: %0*x" : "%0*x: ----", r.stack32 ? 8 : 4, offset,
                     (int)(2 * size), get_le32(b));
    }
}

static void show_text(struct cells *c, const struct pane *at, const char *text, unsigned from)
{
    unsigned y = at->y + from;
    char line[CELLS_WIDE + 1];
    while (*text && y < at->y + at->height) {
        size_t n = strcspn(text, "\n");
        snprintf(line, sizeof(line), "%.*s", (int)n, text);
        cells_put(c, at->x, y++, at->width, CELL_PLAIN, line);
        text += n + (text[n] == '\n');
    }
}

/* What a command answers, as text; free() it. */
static char *answer(struct session *s, const char *command)
{
    const char *words[] = {command, NULL};
    struct reply reply;
    struct err e;
    char *text = NULL;
    size_t len;
    reply_init(&reply);
    FILE *f = open_memstream(&text, &len);
    if (f) {
        if (control_do(&s->m->control, CLIENT_DEBUGGER, &reply, &e, words))
            reply_write_text(&reply, f);
        else
            fprintf(f, "%s\n", e.text);
        fclose(f);
    }
    reply_free(&reply);
    return text;
}

static void show_points(struct cells *c, const struct pane *at, const struct session *s)
{
    unsigned y = at->y + 1;
    for (unsigned i = 0; i < CONTROL_POINTS && y < at->y + at->height; i++) {
        const struct control_point *p = &s->m->control.point[i];
        char words[160];
        if (!p->used)
            continue;
        points_words(p, words, sizeof(words));
        cells_printf(c, at->x, y++, at->width, CELL_PLAIN, " %2u %s%s%s  (met %llu)", i + 1, words,
                     p->condition ? " if " : "", p->condition ? p->condition : "",
                     (unsigned long long)p->met);
    }
    if (y == at->y + 1)
        cells_put(c, at->x, y, at->width, CELL_DIM, " none; break and watch set some");
}

static void show_branches(struct cells *c, const struct pane *at, struct session *s,
                          struct panes *p)
{
    u64 now = vm_instructions(vm_of(s)) + 1;
    if (!control_stands(&s->m->control) || control_busy(&s->m->control))
        return;
    if (!p->branches || p->branches_at != now) {
        free(p->branches);
        p->branches = answer(s, "branches");
        p->branches_at = now;
    }
    /* The latest are at the end. */
    const char *text = p->branches ? p->branches : "";
    unsigned lines = 0, room = at->height - 1;
    for (const char *t = text; *t; t++)
        lines += *t == '\n';
    for (; lines > room; lines--)
        text = strchr(text, '\n') + 1;
    show_text(c, at, text, 1);
}

void pane_view(struct cells *c, const struct pane *at, struct session *s, struct panes *p)
{
    static const char *const names[VIEWS + 1] = {
        "Stack", "Memory", "Last branches", "Breakpoints", "The guest's screen", "Help"};
    if (!at->height)
        return;
    cells_look(c, at->x, at->y, at->width, CELL_DIM | CELL_REVERSE);
    cells_printf(c, at->x, at->y, at->width, CELL_DIM | CELL_REVERSE, " %s (F6: the next view)",
                 names[p->view]);
    switch (p->view) {
    case VIEW_STACK:
        show_stack(c, at, vm_of(s));
        break;
    case VIEW_MEMORY:
        for (unsigned k = 1; k < at->height; k++)
            dump_line(c, at, at->y + k, vm_of(s), p->memory + (k - 1) * 16);
        break;
    case VIEW_BRANCHES:
        show_branches(c, at, s, p);
        break;
    case VIEW_POINTS:
        show_points(c, at, s);
        break;
    case VIEW_HELP:
        show_text(c, at, p->help, 1);
        break;
    default: {
        const char *text = control_text(&s->m->control);
        show_text(c, at, *text ? text : "the guest shows a picture, not text", 1);
        break;
    }
    }
}
