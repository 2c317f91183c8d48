/*
 * vm_states.c - states of a machine in memory, page by page. See vm_replay.h.
 *
 * A state is one list of pages: RAM, then other memories and the sectors that -snapshot keeps, in
 * the order in which they are saved, then the stream with all that is small. The list is made from
 * that of the machine's last state, so of RAM only those pages are looked at that were written
 * since (phys_watch()); the others are compared.
 *
 * Not kept: what files on the host hold. What the guest has written to a disk image since stays
 * there when the machine goes back.
 */
#include "hw/base/pages.h"
#include "hw/base/state.h"
#include "hw/machine/pc.h"
#include "hw/machine/vm_parts.h"
#include "hw/machine/vm_replay.h"

#include <stdlib.h>
#include <string.h>

struct vm_states {
    struct vm *vm;
    struct phys *phys;
    struct pages *pages;
    u8 *written;          /* by page of RAM: since `now` */
    struct page_list now; /* what the machine's memories held then */
    u64 lists;            /* bytes that the states' lists take */
    /* While one is saved or loaded: */
    struct page_list *list;
    u32 at; /* page of it that comes next */
};

struct vm_state {
    struct instant instant;
    struct page_list list;
    u32 memories; /* pages of it before the stream's */
    size_t stream;
    u64 size;
};

static u32 pages_of(size_t size)
{
    return (u32)((size + KEPT_PAGE - 1) / KEPT_PAGE);
}

struct vm_states *vm_states_new(struct vm *vm)
{
    struct vm_states *s = calloc(1, sizeof(*s));
    struct phys *phys = &vm_pc(vm)->phys;
    u32 ram = phys->ram_size >> PAGE_SHIFT;
    if (!s)
        return NULL;
    s->vm = vm;
    s->phys = phys;
    s->pages = pages_new();
    s->written = malloc(ram);
    if (!s->pages || !s->written || !page_list_new(&s->now, ram)) {
        pages_free(s->pages);
        free(s->written);
        free(s);
        return NULL;
    }
    memset(s->written, 1, ram);
    phys_watch(phys, WATCH_RAM, phys->ram, phys->ram_size, s->written);
    return s;
}

void vm_states_free(struct vm_states *s)
{
    if (!s)
        return;
    phys_watch(s->phys, WATCH_RAM, NULL, 0, NULL);
    page_list_free(&s->now, s->pages);
    pages_free(s->pages);
    free(s->written);
    free(s);
}

u64 vm_states_size(const struct vm_states *s)
{
    return pages_size(s->pages) + s->lists;
}

struct instant vm_state_instant(const struct vm_state *state)
{
    return state->instant;
}

/* ---- pages ---- */

/* One page of the list becomes these bytes (KEPT_PAGE, or fewer at the end of something). */
static bool save_page(struct vm_states *s, u32 at, const u8 *bytes, size_t size)
{
    u8 whole[KEPT_PAGE] = {0};
    if (size < KEPT_PAGE)
        bytes = memcpy(whole, bytes, size);
    if (memcmp(pages_bytes(s->pages, page_list_at(s->list, at)), bytes, KEPT_PAGE) == 0)
        return true;
    u32 page = pages_keep(s->pages, bytes);
    if (page != PAGES_NONE && page_list_set(s->list, s->pages, at, page))
        return true;
    if (page != PAGES_NONE)
        pages_drop(s->pages, page);
    return false;
}

static bool save_all(struct vm_states *s, const u8 *mem, size_t size)
{
    u32 first = s->at, n = pages_of(size);
    bool ram = mem == s->phys->ram;
    s->at += n;
    if (s->at > s->list->count && !page_list_resize(s->list, s->pages, s->at))
        return false;
    for (u32 i = 0; i < n; i++) {
        size_t at = (size_t)i * KEPT_PAGE, left = size - at;
        if (ram && !s->written[i])
            continue;
        if (!save_page(s, first + i, mem + at, left < KEPT_PAGE ? left : KEPT_PAGE))
            return false;
    }
    return true;
}

static void load_all(struct vm_states *s, u8 *mem, size_t size)
{
    u32 first = s->at, n = pages_of(size);
    bool ram = mem == s->phys->ram;
    s->at += n;
    for (u32 i = 0; i < n; i++) {
        size_t at = (size_t)i * KEPT_PAGE, left = size - at;
        u32 page = page_list_at(s->list, first + i);
        if (ram && !s->written[i] && page_list_at(&s->now, i) == page)
            continue;
        const u8 *bytes = pages_bytes(s->pages, page);
        left = left < KEPT_PAGE ? left : KEPT_PAGE;
        if (memcmp(mem + at, bytes, left) != 0)
            memcpy(mem + at, bytes, left);
    }
}

static bool keep(void *opaque, bool loading, u8 *mem, size_t size)
{
    struct vm_states *s = opaque;
    if (!loading)
        return save_all(s, mem, size);
    if (s->at + pages_of(size) > s->list->count)
        return false;
    load_all(s, mem, size);
    return true;
}

/* The machine's memories are what this list says, and nothing is written yet. */
static bool begin_anew(struct vm_states *s, const struct page_list *list)
{
    struct page_list copy;
    if (!page_list_copy(&copy, list)) {
        memset(s->written, 1, s->phys->ram_size >> PAGE_SHIFT);
        return false;
    }
    page_list_free(&s->now, s->pages);
    s->now = copy;
    memset(s->written, 0, s->phys->ram_size >> PAGE_SHIFT);
    phys_watch_again(s->phys, WATCH_RAM);
    return true;
}

/* ---- states ---- */

static bool save(struct vm_states *s, struct vm_state *state, struct err *e)
{
    const struct state_keeper keeper = {keep, s};
    struct state *stream = state_new_save();
    if (!stream || !page_list_copy(&state->list, &s->now)) {
        state_free(stream);
        return err_set(e, "out of memory");
    }
    s->list = &state->list;
    s->at = 0;
    state_apart(stream, &keeper);
    vm_whole_state(s->vm, stream);
    const u8 *bytes = state_ok(stream) ? state_finish(stream, &state->stream) : NULL;
    state->memories = s->at;
    bool ok = bytes && save_all(s, bytes, state->stream) &&
              page_list_resize(&state->list, s->pages, s->at);
    if (!ok)
        err_set(e, "the machine cannot be kept: %s",
                state_ok(stream) ? "out of memory" : state_error(stream));
    state_free(stream);
    return ok && (begin_anew(s, &state->list) || err_set(e, "out of memory"));
}

struct vm_state *vm_states_take(struct vm_states *s, struct err *e)
{
    struct vm_state *state = calloc(1, sizeof(*state));
    if (!state) {
        err_set(e, "out of memory");
        return NULL;
    }
    state->instant = vm_instant(s->vm);
    if (!save(s, state, e)) {
        vm_states_drop(s, state);
        return NULL;
    }
    state->size = page_list_size(&state->list) + sizeof(*state);
    s->lists += state->size;
    return state;
}

void vm_states_drop(struct vm_states *s, struct vm_state *state)
{
    if (!state)
        return;
    s->lists -= state->size;
    page_list_free(&state->list, s->pages);
    free(state);
}

/* The stream, which is the end of the list, in one piece. */
static u8 *stream_of(const struct vm_states *s, const struct vm_state *state)
{
    u8 *bytes = malloc(state->stream);
    for (size_t at = 0; bytes && at < state->stream; at += KEPT_PAGE) {
        size_t left = state->stream - at;
        u32 page = page_list_at(&state->list, state->memories + (u32)(at / KEPT_PAGE));
        memcpy(bytes + at, pages_bytes(s->pages, page), left < KEPT_PAGE ? left : KEPT_PAGE);
    }
    return bytes;
}

bool vm_states_go(struct vm_states *s, const struct vm_state *state, struct err *e)
{
    const struct state_keeper keeper = {keep, s};
    struct page_list list = state->list;
    u8 *bytes = stream_of(s, state);
    struct state *stream = bytes ? state_new_load(bytes, state->stream, e) : NULL;
    if (!stream) {
        free(bytes);
        return bytes ? false : err_set(e, "out of memory");
    }
    s->list = &list;
    s->at = 0;
    state_apart(stream, &keeper);
    vm_whole_state(s->vm, stream);
    bool ok = state_ok(stream);
    if (!ok)
        err_set(e, "the machine does not go back: %s", state_error(stream));
    state_free(stream);
    free(bytes);
    return ok && (begin_anew(s, &state->list) || err_set(e, "out of memory"));
}
