/*
 * phys.c - the physical memory map. See phys.h for the model.
 *
 * The map is flat (one record a page) because a lookup sits on the TLB miss path and on every
 * MMIO access; untouched records cost no host memory.
 */
#include "mmu/phys.h"

#include "hw/base/memory.h"
#include "hw/base/resident.h"
#include "hw/base/state.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

bool phys_init(struct phys *p, u32 ram_size, struct log *log)
{
    memset(p, 0, sizeof *p);
    p->log = log;
    p->a20_mask = 0xffffffffu;
    p->ram_size = ram_size;
    p->page = mmap(NULL, PHYS_PAGES * sizeof *p->page, PROT_READ | PROT_WRITE,
                   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    p->ram = mmap(NULL, ram_size, PROT_READ | PROT_WRITE,
                  MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (p->page == MAP_FAILED || p->ram == MAP_FAILED) {
        if (p->page != MAP_FAILED)
            munmap(p->page, PHYS_PAGES * sizeof *p->page);
        if (p->ram != MAP_FAILED)
            munmap(p->ram, ram_size);
        p->page = NULL;
        p->ram = NULL;
        return false;
    }
    make_resident(p->page, (ram_size >> PAGE_SHIFT) * sizeof *p->page);
    phys_map_ram(p, 0, ram_size, p->ram);
    return true;
}

void phys_free(struct phys *p)
{
    if (p->page)
        munmap(p->page, PHYS_PAGES * sizeof *p->page);
    if (p->ram)
        munmap(p->ram, p->ram_size);
    free(p->windows);
    free(p->claims);
    free(p->blank);
    memset(p, 0, sizeof *p);
}

/* ---- who has what ---- */

void phys_claim(struct phys *p, u32 base, u32 len, const char *name)
{
    u64 last = (u64)base + len - 1;
    bool first = !p->clash.text[0];
    if (!len || last > 0xffffffffu || ((base | len) & PAGE_MASK)) {
        if (first)
            err_set(&p->clash, "%s: memory %08x-%08llx: not whole pages below 4 GB", name, base,
                    (unsigned long long)last);
        return;
    }
    for (size_t i = 0; i < p->claim_count; i++) {
        const struct phys_claim *c = &p->claims[i];
        if (last < c->base || base > c->last || strcmp(name, c->name) == 0)
            continue;
        if (first)
            err_set(&p->clash, "%s: memory %08x-%08llx: %s is there already (%08x-%08x)", name,
                    base, (unsigned long long)last, c->name, c->base, c->last);
        return;
    }
    p->claims =
        must_have(realloc(p->claims, (p->claim_count + 1) * sizeof *p->claims), "memory map");
    struct phys_claim *c = &p->claims[p->claim_count++];
    *c = (struct phys_claim){.base = base, .last = (u32)last};
    snprintf(c->name, sizeof c->name, "%s", name);
}

/* ---- mapping ---- */

static void map_changed(struct phys *p)
{
    if (p->changed)
        p->changed(p->owner);
}

/* Who watches this page: what page.watched holds. */
static u8 watcher_of(const struct phys *p, const u8 *host)
{
    for (unsigned who = 0; who < PHYS_WATCHERS; who++) {
        uintptr_t first = (uintptr_t)p->watch[who].host, at = (uintptr_t)host;
        if (p->watch[who].size && at >= first && at - first < p->watch[who].size)
            return (u8)(1 + who);
    }
    return 0;
}

void phys_watch_again(struct phys *p, enum phys_watcher who)
{
    if (p->watch_again)
        p->watch_again(p->owner, who);
}

static bool is_watched(const struct phys *p)
{
    bool any = false;
    for (unsigned who = 0; who < PHYS_WATCHERS; who++)
        any |= p->watch[who].size != 0;
    return any;
}

void phys_watch(struct phys *p, enum phys_watcher who, u8 *host, u32 size, u8 *written)
{
    if (who == WATCH_RAM && p->blank && written != p->blank + (p->ram_size >> PAGE_SHIFT)) {
        free(p->blank);
        p->blank = NULL;
    }
    p->watch[who] = (struct phys_watch){.host = host, .size = size, .written = written};
    for (u32 at = 0; at < p->ram_size; at += PAGE_SIZE) {
        struct phys_page *pp = phys_bus_page(p, at);
        if (pp->kind == PAGE_RAM)
            pp->watched = watcher_of(p, pp->host);
    }
    /* Where things are has not changed: who has fetched code from there need not ask again. */
    phys_watch_again(p, who);
}

void phys_learn_blank(struct phys *p)
{
    static const u8 zeros[PAGE_SIZE];
    u32 pages = p->ram_size >> PAGE_SHIFT;
    if (p->watch[WATCH_RAM].size || p->blank || !(p->blank = calloc(pages, 2)))
        return;
    for (u32 first = 0, n; first < pages; first += n) {
        bool blank = memcmp(p->ram + (size_t)first * PAGE_SIZE, zeros, PAGE_SIZE) == 0;
        for (n = 1; blank && first + n < pages; n++)
            if (memcmp(p->ram + (size_t)(first + n) * PAGE_SIZE, zeros, PAGE_SIZE) != 0)
                break;
        if (blank &&
            madvise(p->ram + (size_t)first * PAGE_SIZE, (size_t)n * PAGE_SIZE, MADV_DONTNEED) == 0)
            memset(p->blank + first, 1, n);
    }
    phys_watch(p, WATCH_RAM, p->ram, p->ram_size, p->blank + pages);
}

static void map_pages(struct phys *p, u32 base, u32 len, enum page_kind kind, u8 *host, u16 window)
{
    u32 first = base >> PAGE_SHIFT, count = len >> PAGE_SHIFT;
    if (p->builder && kind != PAGE_NONE)
        phys_claim(p, base, len, p->builder);
    bool watched = kind == PAGE_RAM && is_watched(p);
    for (u32 i = 0; i < count; i++) {
        struct phys_page *pp = phys_bus_page(p, base + (i << PAGE_SHIFT));
        /* Whatever was decoded from the old page at this address is no longer there. */
        if (pp->code && p->code_write)
            p->code_write(p->owner, (first + i) << PAGE_SHIFT, PAGE_SIZE);
        pp->kind = (u8)kind;
        pp->host = host ? host + ((size_t)i << PAGE_SHIFT) : NULL;
        pp->window = window;
        pp->code = 0;
        pp->watched = watched ? watcher_of(p, pp->host) : 0;
    }
    map_changed(p);
}

void phys_map_ram(struct phys *p, u32 base, u32 len, u8 *host)
{
    map_pages(p, base, len, PAGE_RAM, host, 0);
}

void phys_map_rom(struct phys *p, u32 base, u32 len, const u8 *host)
{
    map_pages(p, base, len, PAGE_ROM, (u8 *)(uintptr_t)host, 0);
}

static u16 window_of(struct phys *p, const struct mmio_ops *ops, void *dev, const char *name)
{
    size_t n = 0;
    while (n < p->window_count && !(p->windows[n].ops == ops && p->windows[n].dev == dev))
        n++;
    if (n == p->window_count) {
        p->windows = must_have(realloc(p->windows, (n + 1) * sizeof *p->windows), "memory windows");
        p->windows[n] = (struct phys_window){.ops = ops, .dev = dev, .name = name};
        p->window_count++;
    }
    return (u16)n;
}

void phys_map_mmio(struct phys *p, u32 base, u32 len, const struct mmio_ops *ops, void *dev,
                   const char *name)
{
    map_pages(p, base, len, PAGE_MMIO, NULL, window_of(p, ops, dev, name));
}

void phys_map_bank(struct phys *p, u32 base, u32 len, u8 *host, bool shared)
{
    u32 first = base >> PAGE_SHIFT, last = (base + len - 1) >> PAGE_SHIFT;
    bool any = p->bank_last != 0; /* page 0 is nobody's bank */
    p->bank_first = any && p->bank_first < first ? p->bank_first : first;
    p->bank_last = p->bank_last > last ? p->bank_last : last;
    map_pages(p, base, len, PAGE_RAM, host, shared);
}

void phys_unmap(struct phys *p, u32 base, u32 len)
{
    map_pages(p, base, len, PAGE_NONE, NULL, 0);
}

void phys_overlay(struct phys *p, u32 base, const struct mmio_ops *ops, void *dev, const char *name)
{
    if (p->overlay) {
        p->page[p->overlay] = p->under;
        p->overlay = 0;
    }
    if (ops) {
        struct phys_page *pp = &p->page[base >> PAGE_SHIFT];
        if (pp->code && p->code_write)
            p->code_write(p->owner, base & ~PAGE_MASK, PAGE_SIZE);
        p->under = *pp;
        p->under.code = 0;
        p->overlay = base >> PAGE_SHIFT;
        *pp = (struct phys_page){.kind = PAGE_MMIO, .window = window_of(p, ops, dev, name)};
    }
    map_changed(p);
}

u32 phys_hole(const struct phys *p)
{
    const u32 a20 = 1u << (20 - PAGE_SHIFT);
    u32 n = PHYS_PAGES - 1;
    /* RAM ends below 4 GiB, and the windows above it never fill the rest: there is one. */
    while (n && (p->page[n].kind != PAGE_NONE || (n & a20)))
        n--;
    return n << PAGE_SHIFT;
}

void phys_set_a20(struct phys *p, bool enabled)
{
    u32 mask = enabled ? 0xffffffffu : 0xffefffffu;
    if (mask == p->a20_mask)
        return;
    p->a20_mask = mask;
    map_changed(p);
}

/* The processor's accesses to windows come here, one inside another now and then. */
static u32 window_read(struct phys *p, unsigned window, u32 addr, unsigned size)
{
    const struct phys_window *w = &p->windows[window];
    size_t before = p->serving;
    p->serving = window + 1u;
    u32 v = w->ops->read(w->dev, addr, size);
    p->serving = before;
    return v;
}

static void window_write(struct phys *p, unsigned window, u32 addr, u32 value, unsigned size)
{
    const struct phys_window *w = &p->windows[window];
    size_t before = p->serving;
    p->serving = window + 1u;
    w->ops->write(w->dev, addr, value, size);
    p->serving = before;
}

u64 phys_load_slow(struct phys *p, u32 addr, unsigned size)
{
    const struct phys_page *pp = &p->page[addr >> PAGE_SHIFT];
    if (pp->kind != PAGE_MMIO) {
        log_at(p->log, LOG_UNIMP, "read of unmapped memory %08x, %u bytes", addr, size);
        return size == 8 ? ~0ull : (1ull << (8 * size)) - 1;
    }
    unsigned window = pp->window;
    if (size != 8)
        return window_read(p, window, addr, size);
    u64 v = window_read(p, window, addr, 4);
    return v | (u64)window_read(p, window, addr + 4, 4) << 32;
}

/*
 * Whoever has decoded code from these bytes, inside this page of RAM, must know - unless they
 * become what they are: programs copy routines over themselves.
 */
static void about_to_write(struct phys *p, const struct phys_page *pp, u32 addr, const void *bytes,
                           u32 len)
{
    if (!p->code_write || !(pp->code || pp->shared) ||
        memcmp(pp->host + (addr & PAGE_MASK), bytes, len) == 0)
        return;
    if (!pp->shared) {
        if (pp->code)
            p->code_write(p->owner, addr, len);
        return;
    }
    for (u32 n = p->bank_first; n <= p->bank_last; n++)
        if (p->page[n].code && p->page[n].host == pp->host)
            p->code_write(p->owner, n << PAGE_SHIFT | (addr & PAGE_MASK), len);
}

void phys_store(struct phys *p, u32 addr, u64 value, unsigned size)
{
    struct phys_page *pp = &p->page[addr >> PAGE_SHIFT];
    switch (pp->kind) {
    case PAGE_RAM: {
        u8 *h = pp->host + (addr & PAGE_MASK);
        if (unlikely(pp->code || pp->shared)) {
            u8 bytes[8];
            put_le64(bytes, value);
            about_to_write(p, pp, addr, bytes, size);
        }
        if (pp->watched)
            *phys_written(p, pp) = 1;
        switch (size) {
        case 1:
            *h = (u8)value;
            break;
        case 2:
            put_le16(h, (u16)value);
            break;
        case 4:
            put_le32(h, (u32)value);
            break;
        default:
            put_le64(h, value);
            break;
        }
        break;
    }
    case PAGE_MMIO: {
        unsigned window = pp->window;
        window_write(p, window, addr, (u32)value, size == 8 ? 4 : size);
        if (size == 8)
            window_write(p, window, addr + 4, (u32)(value >> 32), 4);
        break;
    }
    case PAGE_ROM:
        log_at(p->log, LOG_GUEST, "write to ROM at %08x dropped", addr);
        break;
    default:
        log_at(p->log, LOG_UNIMP, "write to unmapped memory %08x, %u bytes", addr, size);
        break;
    }
}

void phys_read(struct phys *p, u32 addr, void *buf, u32 len)
{
    u8 *out = buf;
    while (len) {
        u32 room = PAGE_SIZE - (addr & PAGE_MASK), n = len < room ? len : room;
        const struct phys_page *pp = &p->page[addr >> PAGE_SHIFT];
        if (pp->kind == PAGE_RAM || pp->kind == PAGE_ROM) {
            memcpy(out, pp->host + (addr & PAGE_MASK), n);
        } else {
            for (u32 i = 0; i < n; i++)
                out[i] = (u8)phys_load(p, addr + i, 1);
        }
        out += n;
        addr += n;
        len -= n;
    }
}

void phys_write(struct phys *p, u32 addr, const void *buf, u32 len)
{
    const u8 *in = buf;
    while (len) {
        u32 room = PAGE_SIZE - (addr & PAGE_MASK), n = len < room ? len : room;
        struct phys_page *pp = &p->page[addr >> PAGE_SHIFT];
        if (pp->kind == PAGE_RAM) {
            about_to_write(p, pp, addr, in, n);
            if (pp->watched)
                *phys_written(p, pp) = 1;
            memcpy(pp->host + (addr & PAGE_MASK), in, n);
        } else {
            for (u32 i = 0; i < n; i++)
                phys_store(p, addr + i, in[i], 1);
        }
        in += n;
        addr += n;
        len -= n;
    }
}

void phys_state(struct phys *p, struct state *s)
{
    bool a20 = p->a20_mask == 0xffffffffu;
    state_begin(s, "memory", 1);
    state_same_u64(s, "ram-size", p->ram_size);
    state_bool(s, "a20", &a20);
    if (state_loading(s)) {
        /* Code decoded from the old contents goes, page by page. */
        for (u32 a = 0; a < p->ram_size; a += PAGE_SIZE)
            if (p->page[a >> PAGE_SHIFT].code && p->code_write)
                p->code_write(p->owner, a, PAGE_SIZE);
    }
    state_memory_known(s, "ram", p->ram, p->ram_size, p->blank,
                       p->blank ? p->blank + (p->ram_size >> PAGE_SHIFT) : NULL);
    state_end(s);
    if (state_loading(s) && p->watch[WATCH_RAM].size)
        memset(p->watch[WATCH_RAM].written, 1, p->watch[WATCH_RAM].size >> PAGE_SHIFT);
    if (state_loading(s) && state_ok(s))
        phys_set_a20(p, a20);
}
