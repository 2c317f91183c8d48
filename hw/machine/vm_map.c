/* vm_map.c - see vm_map.h. */
#include "hw/machine/vm_map.h"

#include "cpu/cpu.h"
#include "hw/machine/pc.h"
#include "hw/machine/vm_inspect.h"
#include "hw/machine/vm_parts.h"
#include "mmu/touch.h"

#include <stdio.h>
#include <string.h>

_Static_assert((unsigned)VM_PAGE == PAGE_SIZE, "one page");

/* ---- what is where ---- */

static const char *kind_words(u8 kind)
{
    return kind == PAGE_RAM    ? "RAM"
           : kind == PAGE_ROM  ? "ROM"
           : kind == PAGE_MMIO ? "device"
                               : "nothing";
}

/* Who has got this page for as long as the machine lives; "": nobody said so. */
static const char *claimed_by(const struct phys *p, u32 page)
{
    for (size_t i = 0; i < p->claim_count; i++)
        if (page >= p->claims[i].base && page <= p->claims[i].last)
            return p->claims[i].name;
    return "";
}

static const char *name_of_page(const struct phys *p, u32 n)
{
    const struct phys_page *page = &p->page[n];
    const char *name = page->kind == PAGE_MMIO ? p->windows[page->window].name : NULL;
    return name ? name : claimed_by(p, n << PAGE_SHIFT);
}

static bool alike(const struct phys *p, u32 a, u32 b)
{
    const struct phys_page *x = &p->page[a], *y = &p->page[b];
    if (x->kind != y->kind || (x->kind == PAGE_MMIO && x->window != y->window))
        return false;
    bool ram = x->host >= p->ram && x->host < p->ram + p->ram_size;
    if (x->kind == PAGE_RAM && ram && y->host == x->host + (size_t)(b - a) * PAGE_SIZE)
        return true;
    return strcmp(name_of_page(p, a), name_of_page(p, b)) == 0;
}

bool vm_map_next(const struct vm *vm, u64 *at, struct vm_map_range *out)
{
    const struct phys *p = vm_cpu(vm)->phys;
    u64 n = *at;
    while (n < PHYS_PAGES && p->page[n].kind == PAGE_NONE)
        n++;
    if (n == PHYS_PAGES)
        return false;
    u32 first = (u32)n;
    *out = (struct vm_map_range){.first = first << PAGE_SHIFT, .kind = kind_words(p->page[n].kind)};
    snprintf(out->name, sizeof(out->name), "%s", name_of_page(p, first));
    while (n < PHYS_PAGES && alike(p, first, (u32)n))
        out->code += p->page[n++].code != 0;
    out->last = (u32)((n << PAGE_SHIFT) - 1);
    *at = n;
    return true;
}

bool vm_stack_place(struct vm *vm, u32 *phys)
{
    struct vm_registers r;
    vm_registers(vm, &r);
    u32 esp = r.gpr[VM_ESP] & (r.stack32 ? 0xffffffff : 0xffff);
    return vm_linear_to_physical(vm, r.seg[VM_SS].base + esp, phys);
}

bool vm_code_place(struct vm *vm, u32 *phys)
{
    struct vm_registers r;
    vm_registers(vm, &r);
    return vm_linear_to_physical(vm, r.seg[VM_CS].base + r.eip, phys);
}

/* ---- what is touched ---- */

bool vm_touched_look(struct vm *vm, u64 since, u64 *from, u32 *interval)
{
    struct cpu *c = vm_cpu(vm);
    if (!mmu_touch_again(&c->mmu, vm_instructions(vm)))
        return false;
    const struct touch *t = mmu_touch(&c->mmu);
    u32 oldest = t->interval > TOUCH_INTERVALS ? t->interval - TOUCH_INTERVALS + 1 : 1;
    u32 n = t->interval > 1 ? t->interval - 1 : 1; /* the one that has just begun is empty */
    while (n > oldest && t->began[n % TOUCH_INTERVALS] > since)
        n--;
    *interval = n;
    *from = t->began[n % TOUCH_INTERVALS];
    return true;
}

static struct vm_touched look(const struct phys *p, const struct touch *t, u32 n, u32 interval,
                              u32 stack)
{
    return (struct vm_touched){.first = n << PAGE_SHIFT,
                               .read = t->read[n] >= interval,
                               .written = t->written[n] >= interval,
                               .code = p->page[n].code != 0,
                               .stack = n == stack,
                               .kind = kind_words(p->page[n].kind)};
}

bool vm_touched_next(struct vm *vm, u32 interval, u64 *at, struct vm_touched *out)
{
    const struct phys *p = vm_cpu(vm)->phys;
    const struct touch *t = mmu_touch(&vm_cpu(vm)->mmu);
    u32 stack = 0;
    stack = vm_stack_place(vm, &stack) ? stack >> PAGE_SHIFT : PHYS_PAGES;
    u64 n = *at;
    if (!t)
        return false;
    while (n < PHYS_PAGES && !p->page[n].code && t->read[n] < interval &&
           t->written[n] < interval && n != stack)
        n++;
    if (n >= PHYS_PAGES)
        return false;
    *out = look(p, t, (u32)n, interval, stack);
    while (++n < PHYS_PAGES) {
        struct vm_touched next = look(p, t, (u32)n, interval, stack);
        if (next.read != out->read || next.written != out->written || next.code != out->code ||
            next.stack != out->stack || next.kind != out->kind ||
            !(next.read || next.written || next.code || next.stack))
            break;
    }
    out->last = (u32)((n << PAGE_SHIFT) - 1);
    *at = n;
    return true;
}
