/*
 * pages.c - pages kept by contents, and lists of them. See pages.h.
 *
 * A page is found by a hash of its contents; whether it is the same is then looked at byte by
 * byte. Pages lie in slabs, so that none ever moves; the numbers of those that are free make a
 * chain. A list is a table of leaves, which copies share until one of them writes.
 */
#include "hw/base/pages.h"

#include <stdlib.h>
#include <string.h>

enum { SLAB = 256, LEAF = 512, FIRST_BUCKETS = 1024 };

struct kept {
    u64 hash;
    u32 holders; /* 0: free */
    u32 next;    /* in its bucket's chain, or in that of free ones; 0 ends it */
};

struct slab {
    struct kept kept[SLAB];
    u8 bytes[SLAB][KEPT_PAGE];
};

struct pages {
    struct slab **slab;
    u32 slabs, used; /* used: pages that somebody holds */
    u32 free;        /* number of the first free page; 0: none (nor is page 0, which is zeros) */
    u32 *bucket;
    u32 buckets; /* a power of two */
};

struct page_leaf {
    u32 holders;
    u32 page[LEAF];
};

static const u8 zeros[KEPT_PAGE];

struct pages *pages_new(void)
{
    struct pages *p = calloc(1, sizeof(*p));
    if (p && !(p->bucket = calloc(FIRST_BUCKETS, sizeof(*p->bucket)))) {
        free(p);
        return NULL;
    }
    if (p)
        p->buckets = FIRST_BUCKETS;
    return p;
}

void pages_free(struct pages *p)
{
    if (!p)
        return;
    for (u32 i = 0; i < p->slabs; i++)
        free(p->slab[i]);
    free(p->slab);
    free(p->bucket);
    free(p);
}

static struct kept *kept(const struct pages *p, u32 page)
{
    return &p->slab[page / SLAB]->kept[page % SLAB];
}

const u8 *pages_bytes(const struct pages *p, u32 page)
{
    return page == PAGES_ZERO ? zeros : p->slab[page / SLAB]->bytes[page % SLAB];
}

/* Eight bytes at a time, four sums beside each other; it only has to spread. */
static u64 hash_page(const u8 *bytes)
{
    u64 h[4] = {1, 2, 3, 4}, v;
    for (unsigned i = 0; i < KEPT_PAGE; i += 32) {
        for (unsigned k = 0; k < 4; k++) {
            memcpy(&v, bytes + i + 8 * k, 8);
            h[k] = (h[k] ^ v) * 0x9e3779b97f4a7c15ull;
            h[k] ^= h[k] >> 29;
        }
    }
    for (unsigned k = 1; k < 4; k++)
        h[0] = (h[0] ^ h[k]) * 0x9e3779b97f4a7c15ull;
    return h[0] ^ h[0] >> 32;
}

static bool add_slab(struct pages *p)
{
    struct slab **list = realloc(p->slab, (p->slabs + 1) * sizeof(struct slab *));
    if (!list)
        return false;
    p->slab = list;
    struct slab *s = malloc(sizeof(*s));
    if (!s)
        return false;
    p->slab[p->slabs] = s;
    u32 first = p->slabs++ * SLAB;
    for (u32 i = SLAB; i-- > 0;) {
        s->kept[i] = (struct kept){.next = p->free};
        if (first + i) /* number 0 is the page of zeros */
            p->free = first + i;
    }
    return true;
}

/* Twice as many buckets; when there is no memory for them the chains just get longer. */
static void spread(struct pages *p)
{
    u32 count = p->buckets * 2;
    u32 *bucket = calloc(count, sizeof(*bucket));
    if (!bucket)
        return;
    for (u32 i = 1; i < p->slabs * SLAB; i++) {
        struct kept *k = kept(p, i);
        if (!k->holders)
            continue;
        u32 *to = &bucket[k->hash & (count - 1)];
        k->next = *to;
        *to = i;
    }
    free(p->bucket);
    p->bucket = bucket;
    p->buckets = count;
}

u32 pages_keep(struct pages *p, const u8 *bytes)
{
    if (!bytes[0] && memcmp(bytes, zeros, KEPT_PAGE) == 0)
        return PAGES_ZERO;
    u64 hash = hash_page(bytes);
    for (u32 i = p->bucket[hash & (p->buckets - 1)]; i; i = kept(p, i)->next) {
        if (kept(p, i)->hash == hash && memcmp(pages_bytes(p, i), bytes, KEPT_PAGE) == 0) {
            kept(p, i)->holders++;
            return i;
        }
    }
    if (!p->free && !add_slab(p))
        return PAGES_NONE;
    u32 page = p->free;
    struct kept *k = kept(p, page);
    p->free = k->next;
    if (++p->used > p->buckets)
        spread(p);
    u32 *bucket = &p->bucket[hash & (p->buckets - 1)];
    *k = (struct kept){hash, 1, *bucket};
    *bucket = page;
    memcpy(p->slab[page / SLAB]->bytes[page % SLAB], bytes, KEPT_PAGE);
    return page;
}

void pages_hold(struct pages *p, u32 page)
{
    if (page != PAGES_ZERO)
        kept(p, page)->holders++;
}

void pages_drop(struct pages *p, u32 page)
{
    if (page == PAGES_ZERO)
        return;
    struct kept *k = kept(p, page);
    if (--k->holders)
        return;
    u32 *link = &p->bucket[k->hash & (p->buckets - 1)];
    while (*link != page)
        link = &kept(p, *link)->next;
    *link = k->next;
    k->next = p->free;
    p->free = page;
    p->used--;
}

u64 pages_size(const struct pages *p)
{
    return (u64)p->used * (KEPT_PAGE + sizeof(struct kept)) + p->buckets * sizeof(*p->bucket);
}

/* ---- lists ---- */

static u32 leaves(const struct page_list *l)
{
    return (l->count + LEAF - 1) / LEAF;
}

bool page_list_new(struct page_list *l, u32 count)
{
    l->count = count;
    l->leaf = calloc(leaves(l) + 1, sizeof(struct page_leaf *));
    return l->leaf != NULL;
}

bool page_list_copy(struct page_list *l, const struct page_list *of)
{
    if (!page_list_new(l, of->count))
        return false;
    for (u32 i = 0; i < leaves(of); i++) {
        l->leaf[i] = of->leaf[i];
        if (l->leaf[i])
            l->leaf[i]->holders++;
    }
    return true;
}

static void drop_leaf(struct page_leaf *leaf, struct pages *p)
{
    if (!leaf || --leaf->holders)
        return;
    for (u32 k = 0; k < LEAF; k++)
        pages_drop(p, leaf->page[k]);
    free(leaf);
}

bool page_list_resize(struct page_list *l, struct pages *p, u32 count)
{
    u32 had = leaves(l), old = l->count;
    for (u32 i = count; i < old && i % LEAF; i++) {
        if (!page_list_set(l, p, i, PAGES_ZERO))
            return false;
    }
    u32 want = (count + LEAF - 1) / LEAF;
    for (u32 i = want; i < had; i++) {
        drop_leaf(l->leaf[i], p);
        l->leaf[i] = NULL;
    }
    struct page_leaf **leaf = realloc(l->leaf, (want + 1) * sizeof(struct page_leaf *));
    if (leaf) {
        l->leaf = leaf;
        for (u32 i = had; i < want; i++)
            leaf[i] = NULL;
    } else if (want > had) {
        return false;
    }
    l->count = count;
    return true;
}

void page_list_free(struct page_list *l, struct pages *p)
{
    for (u32 i = 0; l->leaf && i < leaves(l); i++)
        drop_leaf(l->leaf[i], p);
    free(l->leaf);
    *l = (struct page_list){NULL, 0};
}

u32 page_list_at(const struct page_list *l, u32 i)
{
    const struct page_leaf *leaf = l->leaf[i / LEAF];
    return leaf ? leaf->page[i % LEAF] : PAGES_ZERO;
}

/* The leaf, for this list alone. */
static struct page_leaf *own(struct page_list *l, struct pages *p, u32 n)
{
    struct page_leaf *leaf = l->leaf[n];
    if (leaf && leaf->holders == 1)
        return leaf;
    struct page_leaf *mine = calloc(1, sizeof(*mine));
    if (!mine)
        return NULL;
    mine->holders = 1;
    for (u32 k = 0; leaf && k < LEAF; k++) {
        mine->page[k] = leaf->page[k];
        pages_hold(p, mine->page[k]);
    }
    if (leaf)
        leaf->holders--;
    return l->leaf[n] = mine;
}

bool page_list_set(struct page_list *l, struct pages *p, u32 i, u32 page)
{
    if (page_list_at(l, i) == page) {
        pages_drop(p, page);
        return true;
    }
    struct page_leaf *leaf = own(l, p, i / LEAF);
    if (!leaf)
        return false;
    pages_drop(p, leaf->page[i % LEAF]);
    leaf->page[i % LEAF] = page;
    return true;
}

u64 page_list_size(const struct page_list *l)
{
    u64 size = (leaves(l) + 1) * sizeof(struct page_leaf *);
    for (u32 i = 0; i < leaves(l); i++) {
        if (l->leaf[i] && l->leaf[i]->holders == 1)
            size += sizeof(struct page_leaf);
    }
    return size;
}
