/*
 * pages.h - pages of 4 KiB that are kept by contents: equal ones once, however many want them.
 *
 * For states of a machine that are kept in memory, of which each shares nearly all with the one
 * before. A page of zeros takes no room.
 */
#ifndef FERRITE_PAGES_H
#define FERRITE_PAGES_H

#include "hw/base/types.h"

enum { KEPT_PAGE = 4096, PAGES_ZERO = 0 };
#define PAGES_NONE 0xffffffffu

struct pages;

struct pages *pages_new(void); /* NULL: out of memory */
void pages_free(struct pages *p);
/* Keep what is there (KEPT_PAGE bytes) until pages_drop(). PAGES_NONE: out of memory. */
u32 pages_keep(struct pages *p, const u8 *bytes);
void pages_hold(struct pages *p, u32 page); /* somebody else wants it, too */
void pages_drop(struct pages *p, u32 page);
/* Its contents, valid until the next pages_keep(). */
const u8 *pages_bytes(const struct pages *p, u32 page);
u64 pages_size(const struct pages *p); /* bytes that all of them take */

/* A list of pages, whose parts are shared with those it was copied from. */
struct page_list {
    struct page_leaf **leaf;
    u32 count; /* pages */
};

/* All zeros; false: out of memory. */
bool page_list_new(struct page_list *l, u32 count);
bool page_list_copy(struct page_list *l, const struct page_list *of);
/* More or fewer pages; what is new is zeros. false: out of memory. */
bool page_list_resize(struct page_list *l, struct pages *p, u32 count);
void page_list_free(struct page_list *l, struct pages *p);
u32 page_list_at(const struct page_list *l, u32 i);
/* The list takes over one hold of `page`. false: out of memory, nothing has changed. */
bool page_list_set(struct page_list *l, struct pages *p, u32 i, u32 page);
/* Bytes of its own: leaves that it shares count for whoever made them first. */
u64 page_list_size(const struct page_list *l);

#endif
