/* points.c - see points.h. */
#include "frontend/control/points.h"

#include "frontend/control/control.h"
#include "frontend/control/expression.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* ---- as people write them ---- */

static bool address_of(struct vm *vm, const struct symbols *symbols, const char *text,
                       struct vm_point *p, struct err *e)
{
    struct address a;
    struct vm_registers r;
    if (!expression_address_in(vm, symbols, text, &a, e))
        return false;
    if (a.physical)
        return err_set(e, "\"%.100s\": a point is at a linear address, or SEGMENT:OFFSET", text);
    p->lin = a.value;
    p->far = false;
    if (!vm || !a.based)
        return true;
    vm_registers(vm, &r);
    p->far = r.protected_mode && !r.v86;
    p->sel = a.sel;
    return true;
}

bool points_place(struct control *c, const char *text, struct vm_point *p, struct err *e)
{
    return address_of(c->vm, c->symbols, text, p, e);
}

bool points_address(struct vm *vm, const char *text, struct vm_point *p, struct err *e)
{
    return address_of(vm, NULL, text, p, e);
}

static bool number(const char **at, u32 max, u32 *value)
{
    char *end;
    if (!isxdigit((unsigned char)**at))
        return false;
    errno = 0;
    unsigned long long v = strtoull(*at, &end, 16);
    if (errno || v > max)
        return false;
    *value = (u32)v;
    *at = end + (*end == 'h' || *end == 'H');
    return true;
}

bool points_range(const char *text, u32 max, struct vm_point *p, struct err *e)
{
    const char *at = text;
    u32 first, last;
    if (strcmp(text, "any") == 0) {
        p->lin = 0;
        p->len = max + 1;
        return true;
    }
    bool ok = number(&at, max, &first);
    last = first;
    if (ok && *at == '-') {
        at++;
        ok = number(&at, max, &last) && first <= last;
    }
    if (!ok || *at)
        return err_set(e,
                       "\"%.40s\": a number in hexadecimal up to %x is wanted, two with a dash "
                       "(%x-%x), or any",
                       text, max, max - 7, max);
    p->lin = first;
    p->len = last - first + 1;
    return true;
}

const char *points_condition(const char *text, struct err *e)
{
    s64 value;
    if (strncmp(text, "if", 2) == 0 && (isspace((unsigned char)text[2]) || text[2] == '('))
        text += 2;
    else if (strcmp(text, "if") == 0) /* a name else */
        text += 2;
    text += strspn(text, " \t");
    return expression_value(NULL, text, &value, e) ? text : NULL;
}

const char *points_vector_name(u32 vector)
{
    static const char names[20][8] = {"#DE", "#DB", "NMI", "#BP", "#OF", "#BR", "#UD",
                                      "#NM", "#DF", "",    "#TS", "#NP", "#SS", "#GP",
                                      "#PF", "",    "#MF", "#AC", "#MC", "#XM"};
    return vector < ARRAY_SIZE(names) ? names[vector] : "";
}

static void put_range(const struct vm_point *p, u32 all, char *out, size_t size)
{
    if (p->len == all)
        snprintf(out, size, "any");
    else if (p->len == 1)
        snprintf(out, size, all == 256 ? "%02x" : "%04x", p->lin);
    else
        snprintf(out, size, all == 256 ? "%02x-%02x" : "%04x-%04x", p->lin, p->lin + p->len - 1);
}

/* The words of the bits that are set, "in and out". */
static void put_how(unsigned how, const char *const words[3], char *out, size_t size)
{
    size_t n = 0;
    out[0] = 0;
    for (unsigned i = 0; i < 3 && words[i]; i++)
        if (how >> i & 1 && n < size)
            n += (size_t)snprintf(out + n, size - n, "%s%s", n ? " and " : "", words[i]);
}

void points_words(const struct control_point *c, char *out, size_t size)
{
    static const char *const kinds[] = {"breakpoint", "write", "read", "access"};
    static const char *const ways[3] = {"in", "out"};
    static const char *const causes[3] = {"exceptions", "interrupts", "INT n"};
    static const char *const modes[3] = {"operation", "ring", "size of code"};
    const struct vm_point *p = &c->point;
    char range[30], how[60];
    switch (p->kind) {
    case VM_POINT_EXECUTE:
        if (p->far)
            snprintf(out, size, "breakpoint at %08x, while CS is %04x", p->lin, p->sel);
        else
            snprintf(out, size, "breakpoint at %08x", p->lin);
        break;
    case VM_POINT_WRITE:
    case VM_POINT_READ:
    case VM_POINT_ACCESS:
        snprintf(out, size, "%s of %08x, %u byte%s", kinds[p->kind], p->lin, p->len,
                 p->len == 1 ? "" : "s");
        break;
    case VM_POINT_PORT:
        put_range(p, 0x10000, range, sizeof(range));
        put_how(p->how, ways, how, sizeof(how));
        snprintf(out, size, "port %s, %s", range, how);
        break;
    case VM_POINT_VECTOR:
        put_range(p, 256, range, sizeof(range));
        put_how(p->how, causes, how, sizeof(how));
        snprintf(out, size, "vector %s, %s", range, how);
        break;
    case VM_POINT_MODE:
        put_how(p->how, modes, how, sizeof(how));
        snprintf(out, size, "mode, %s", how);
        break;
    case VM_POINT_TASK:
        snprintf(out, size, "task switch");
        break;
    case VM_POINT_SCREEN:
        snprintf(out, size, "\"%.60s\" on the screen", c->text ? c->text : "");
        break;
    }
}

static void put_mode(u32 m, char *out, size_t size)
{
    char ring[12] = "";
    bool protected_mode = m & VM_MODE_PE && !(m & VM_MODE_V86);
    if (protected_mode)
        snprintf(ring, sizeof(ring), ", ring %u", m & 3);
    snprintf(out, size, "%s, %u-bit code%s%s",
             protected_mode    ? "protected mode"
             : m & VM_MODE_V86 ? "virtual-8086 mode"
                               : "real mode",
             m & VM_MODE_CODE32 ? 32 : 16, m & VM_MODE_PAGING ? ", paging" : "", ring);
}

static void put_vector(const struct vm_point_hit *h, char *out, size_t size)
{
    const char *name = points_vector_name(h->lin);
    switch (h->how) {
    case VM_VECTOR_FAULT:
        snprintf(out, size, "exception %02x%s%s%s, code %x", h->lin, *name ? " (" : "", name,
                 *name ? ")" : "", h->value);
        break;
    case VM_VECTOR_IRQ:
        snprintf(out, size, "interrupt, vector %02x", h->lin);
        break;
    default:
        snprintf(out, size, "INT %02x", h->lin);
        break;
    }
}

void points_hit_words(const struct vm_point_hit *h, char *out, size_t size)
{
    char before[60], now[60];
    switch (h->point.kind) {
    case VM_POINT_EXECUTE:
        snprintf(out, size, "before %08x", h->lin);
        break;
    case VM_POINT_WRITE:
    case VM_POINT_READ:
    case VM_POINT_ACCESS:
        snprintf(out, size, "after %08x was %s", h->lin, h->write ? "written" : "read");
        break;
    case VM_POINT_PORT:
        snprintf(out, size, "port %04x: %s %0*x", h->lin, h->how == VM_PORT_OUT ? "out" : "in",
                 (int)(2 * h->len), h->value);
        break;
    case VM_POINT_VECTOR:
        put_vector(h, out, size);
        break;
    case VM_POINT_MODE:
        put_mode(h->lin, before, sizeof(before));
        put_mode(h->value, now, sizeof(now));
        snprintf(out, size, "%s; before: %s", now, before);
        break;
    case VM_POINT_TASK:
        snprintf(out, size, "task switch from TSS %04x to %04x", h->lin, h->value);
        break;
    case VM_POINT_SCREEN:
        snprintf(out, size, "the text is on the screen");
        break;
    }
}

/* ---- the list ---- */

static void forget(struct control_point *p)
{
    free(p->text);
    free(p->condition);
    *p = (struct control_point){.used = false};
}

unsigned points_add(struct control *c, const struct vm_point *p, const char *text,
                    const char *condition, struct err *e)
{
    unsigned i = 0;
    while (i < CONTROL_POINTS && c->point[i].used)
        i++;
    if (i == CONTROL_POINTS) {
        err_set(e, "there are %d points already; delete takes one away", (int)CONTROL_POINTS);
        return 0;
    }
    struct control_point *at = &c->point[i];
    *at = (struct control_point){.used = true,
                                 .point = *p,
                                 .text = text ? strdup(text) : NULL,
                                 .condition = condition ? strdup(condition) : NULL};
    bool ok = (!text || at->text) && (!condition || at->condition);
    if (!ok)
        err_set(e, "out of memory");
    if (ok && vm_point_set(c->vm, p, e)) {
        at->shown = at->text && strstr(control_text(c), at->text);
        return i + 1;
    }
    forget(at);
    return 0;
}

bool points_delete(struct control *c, unsigned which)
{
    if (!which || which > CONTROL_POINTS || !c->point[which - 1].used)
        return false;
    vm_point_clear(c->vm, &c->point[which - 1].point);
    forget(&c->point[which - 1]);
    return true;
}

void points_delete_all(struct control *c)
{
    for (unsigned i = 1; i <= CONTROL_POINTS; i++)
        points_delete(c, i);
}

void points_forget(struct control *c)
{
    for (unsigned i = 0; i < CONTROL_POINTS; i++)
        forget(&c->point[i]);
}

/* A condition that cannot be read any more (memory that is gone) does not hold. */
static bool holds(struct control *c, const struct control_point *p)
{
    s64 value;
    struct err e;
    return !p->condition ||
           (expression_value_in(c->vm, c->symbols, p->condition, &value, &e) && value);
}

/* A text stops the machine when it comes, not as long as it is there. */
static bool comes(struct control *c, struct control_point *p)
{
    bool before = p->shown;
    if (p->point.kind != VM_POINT_SCREEN)
        return true;
    p->shown = strstr(control_text(c), p->text) != NULL;
    return p->shown && !before;
}

enum points_verdict points_verdict(struct control *c, const struct vm_point_hit *h, unsigned *which)
{
    enum points_verdict verdict = POINTS_OTHERS;
    for (unsigned i = 0; i < CONTROL_POINTS; i++) {
        struct control_point *p = &c->point[i];
        if (!p->used || !vm_point_same(&p->point, &h->point))
            continue;
        bool stop = comes(c, p) && holds(c, p);
        if (verdict != POINTS_STOP)
            verdict = stop ? POINTS_STOP : POINTS_PASS;
        if (stop && verdict == POINTS_STOP && *which == 0) {
            *which = i + 1;
            p->met++;
        }
    }
    return verdict;
}
