/*
 * phys.h - guest physical memory: RAM, ROM and MMIO windows in one page-granular map.
 *
 * The map covers 4 GiB in 4 KiB pages. What nobody claims reads all ones and drops writes.
 * A20 is a mask on every physical address that the CPU uses (phys_mask), not on DMA.
 *
 * Pages that hold decoded code carry a bitmap of 128-byte granules (code map). Every write that
 * changes such a page, by the CPU's slow path or by DMA, is reported through `code_write` first, so
 * that the block cache can drop what it decoded from there. A second map says of each byte of such
 * a page whether code was decoded from it.
 */
#ifndef FERRITE_PHYS_H
#define FERRITE_PHYS_H

#include "hw/base/err.h"
#include "hw/base/log.h"
#include "hw/base/types.h"

#define PAGE_SHIFT 12
#define PAGE_SIZE 4096u
#define PAGE_MASK 4095u
#define PHYS_PAGES (1u << 20)

struct state;

/* size is 1, 2 or 4 (wider accesses are split, lowest first); addr is the physical address. */
struct mmio_ops {
    u32 (*read)(void *dev, u32 addr, unsigned size);
    void (*write)(void *dev, u32 addr, u32 value, unsigned size);
};

enum page_kind {
    PAGE_NONE, /* nothing there */
    PAGE_RAM,  /* host memory, readable and writable */
    PAGE_ROM,  /* host memory, writes dropped */
    PAGE_MMIO, /* handlers */
};

#define GRANULE_SHIFT 7 /* 128 bytes: 32 of them cover a page */

struct phys_page {
    u8 *host; /* RAM, ROM */
    union {
        u16 window; /* MMIO: index into phys.windows */
        u16 shared; /* RAM: 1, the same bytes are seen at other places too; see phys_map_bank() */
    };
    u8 kind;    /* enum page_kind */
    u8 watched; /* RAM: writes are noted; 1 + enum phys_watcher, 0: they are not */
    u32 code;   /* granules that hold decoded code; 0 = none */
};

struct phys_window {
    const struct mmio_ops *ops;
    void *dev;
    const char *name;
};

/* A place in the map that somebody has got for as long as the machine lives. */
struct phys_claim {
    u32 base, last;
    char name[24];
};

/* A bit for each byte of a page: has code been decoded from it? */
struct phys_code {
    u64 bytes[PAGE_SIZE / 64];
};

/* Host memory of which somebody wants to know what pages are written: that of the display, to draw
 * it; RAM, while states of the machine are kept page by page. */
enum phys_watcher { WATCH_DISPLAY, WATCH_RAM, PHYS_WATCHERS };
struct phys_watch {
    u8 *host;
    u32 size;
    u8 *written; /* a byte for each of its pages, wherever in the map it is seen */
};

struct phys {
    struct phys_page *page; /* PHYS_PAGES entries, allocated lazily by the host's zero pages */
    u8 *ram;                /* the whole RAM, one host mapping */
    u32 ram_size;
    u32 a20_mask; /* ffffffff, or ffefffff while A20 is held low */
    struct phys_window *windows;
    size_t window_count;
    size_t serving; /* the window that is being accessed, its index + 1: for samples; or 0 */
    struct phys_claim *claims;
    size_t claim_count;
    const char
        *builder;     /* whose mappings become claims, while the machine is put together; or NULL */
    struct err clash; /* the first claim that was refused, in words; "": none yet */
    u32 overlay;      /* number of the page that the processor itself answers for; 0: none */
    struct phys_page under; /* what is on the bus there */
    struct phys_watch watch[PHYS_WATCHERS];
    u32 bank_first, bank_last; /* numbers of the pages that phys_map_bank() has ever mapped */
    u8 *blank; /* phys_learn_blank(): a byte for each page of RAM, and as many of what is written */
    struct log *log;
    struct phys_code **code; /* by page, where page[].code is not 0; the block cache's, or NULL */
    /* Someone is about to write len bytes at addr, inside one page that holds decoded code. */
    void (*code_write)(void *owner, u32 addr, u32 len);
    /* The map or A20 changed: translations kept elsewhere (TLBs) are stale. */
    void (*changed)(void *owner);
    /* Pages of one watcher became unwritten: who lets stores past this file must stop doing so. */
    void (*watch_again)(void *owner, enum phys_watcher who);
    void *owner;
};

bool phys_init(struct phys *p, u32 ram_size, struct log *log);
void phys_free(struct phys *p);

/*
 * Claim whole pages for somebody. Where somebody else has any of them, or where there are none,
 * nothing is claimed and phys.clash says why: a machine of which that is true is not built
 * (pc_rows.c). While phys.builder is set, what is mapped is claimed in that name.
 */
void phys_claim(struct phys *p, u32 base, u32 len, const char *name);

/*
 * Map pages; base and len are multiples of 4 KiB. A later map replaces an earlier one: once the
 * machine runs, who may move what is decided by the chips that decode addresses. Of the windows
 * of PCI functions the one with the lowest device number wins, after everything that does not move
 * (hw/chipset/pci.c); the shadow RAM of the bridge lies over adapters (i440fx.c); and the local
 * APIC, which is inside the processor, over all of them (phys_overlay()).
 */
void phys_map_ram(struct phys *p, u32 base, u32 len, u8 *host);
void phys_map_rom(struct phys *p, u32 base, u32 len, const u8 *host);
void phys_map_mmio(struct phys *p, u32 base, u32 len, const struct mmio_ops *ops, void *dev,
                   const char *name);
void phys_unmap(struct phys *p, u32 base, u32 len);
/*
 * RAM of an adapter that shows any part of its memory in any of its windows. While the same bytes
 * are in more than one of them, all of these are mapped as shared: stores are then never made past
 * phys_store(), which drops what was decoded from the bytes through any window. Whoever maps keeps
 * that true (hw/memory/ems.c).
 */
void phys_map_bank(struct phys *p, u32 base, u32 len, u8 *host, bool shared);
/*
 * One page that the processor answers for itself, before an access reaches the bus. What is mapped
 * there, also what is mapped or unmapped meanwhile, is seen again when the page moves away. ops
 * NULL: there is none.
 */
void phys_overlay(struct phys *p, u32 base, const struct mmio_ops *ops, void *dev,
                  const char *name);
/* What the bus has at this address. */
static inline struct phys_page *phys_bus_page(struct phys *p, u32 addr)
{
    u32 n = addr >> PAGE_SHIFT;
    return unlikely(n == p->overlay) && n ? &p->under : &p->page[n];
}
/*
 * A page that nothing is mapped at, as it reads whether A20 is low or not: it stands for the memory
 * beyond 4 GiB, which is not modelled. Good until the map changes.
 */
u32 phys_hole(const struct phys *p);
void phys_set_a20(struct phys *p, bool enabled);

/*
 * From now on written[n] becomes 1 when somebody writes to page n of this memory, through any
 * place where it is mapped (what is no RAM: where it will be mapped); size 0: not any more. The
 * owner clears the bytes and then calls phys_watch_again().
 */
void phys_watch(struct phys *p, enum phys_watcher who, u8 *host, u32 size, u8 *written);
void phys_watch_again(struct phys *p, enum phys_watcher who);
/*
 * Looks for the pages of RAM that hold nothing but zeros, gives them back to the host, and watches
 * RAM, so that hashes of the state need not look at them again: for a machine that many are forked
 * from. Until somebody else watches RAM; nothing is done when somebody does.
 */
void phys_learn_blank(struct phys *p);
static inline u8 *phys_written(const struct phys *p, const struct phys_page *page)
{
    const struct phys_watch *w = &p->watch[page->watched - 1];
    return &w->written[(size_t)(page->host - w->host) >> PAGE_SHIFT];
}
/* RAM at this place of phys.ram is written by who does not come through the map. */
static inline void phys_ram_written(const struct phys *p, u32 at)
{
    if (p->watch[WATCH_RAM].size)
        p->watch[WATCH_RAM].written[at >> PAGE_SHIFT] = 1;
}

/* Are bytes at..at + n - 1 of page number `page` (which holds code; n at most 8) free of code? */
static inline bool phys_beside_code(const struct phys *p, u32 page, u32 at, unsigned n)
{
    u32 code = p->page[page].code, last = at + n - 1;
    u32 near = code >> (at >> GRANULE_SHIFT) | code >> (last >> GRANULE_SHIFT);
    if (!(near & 1))
        return true;
    if (!p->code || !p->code[page])
        return false;
    const u64 *map = &p->code[page]->bytes[at / 64];
    u64 bits = (1u << n) - 1, hit = map[0] >> at % 64;
    if (at % 64 + n > 64)
        hit |= map[1] << (64 - at % 64);
    return !(hit & bits);
}

/* DMA, loaders, debuggers: any length, across pages, no A20 mask. Writes to ROM are dropped. */
void phys_read(struct phys *p, u32 addr, void *buf, u32 len);
void phys_write(struct phys *p, u32 addr, const void *buf, u32 len);

/* One access of 1, 2, 4 or 8 bytes that stays inside one page (CPU slow path; no A20 mask). */
u64 phys_load_slow(struct phys *p, u32 addr, unsigned size); /* not RAM, not ROM */
static ALWAYS_INLINE u64 phys_load(struct phys *p, u32 addr, unsigned size)
{
    const struct phys_page *pp = &p->page[addr >> PAGE_SHIFT];
    if (unlikely(pp->kind != PAGE_RAM && pp->kind != PAGE_ROM))
        return phys_load_slow(p, addr, size);
    const u8 *h = pp->host + (addr & PAGE_MASK);
    return size == 1 ? *h : size == 2 ? get_le16(h) : size == 4 ? get_le32(h) : get_le64(h);
}
void phys_store(struct phys *p, u32 addr, u64 value, unsigned size);

/* RAM contents; the map itself is rebuilt by the devices. */
void phys_state(struct phys *p, struct state *s);

#endif
