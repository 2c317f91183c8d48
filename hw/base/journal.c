/*
 * journal.c - what enters a machine: noting it, giving it back. See journal.h.
 */
#include "hw/base/journal.h"

#include "hw/base/memory.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool make_room(struct journal *j, size_t size)
{
    return ARRAY_ROOM(j->entry, j->capacity, j->count + 1) &&
           ARRAY_ROOM(j->data, j->room, j->size + size);
}

bool journal_add(struct journal *j, const struct journal_entry *e, const u8 *data)
{
    if (!make_room(j, e->size))
        return false;
    struct journal_entry *to = &j->entry[j->count++];
    *to = *e;
    to->at = j->size;
    if (e->size)
        memcpy(j->data + j->size, data, e->size);
    j->size += e->size;
    return true;
}

void journal_note(struct journal *j, enum journal_kind kind, unsigned unit, const void *data,
                  size_t size)
{
    if (!journal_notes(j))
        return;
    struct journal_entry e = {
        .size = (u32)size, .kind = (u8)kind, .unit = (u8)unit, .after = j->settled};
    j->settled = false;
    j->now(j->owner, &e.instructions, &e.ns);
    if (j->told)
        j->told(j->opaque, &e, data);
    if (j->keeps && !j->failed && !journal_add(j, &e, data))
        j->failed = true;
}

const u8 *journal_data(const struct journal *j, const struct journal_entry *e)
{
    return j->data ? j->data + e->at : NULL;
}

/* Is an instant past, or, when `now` counts too, reached? */
static bool reached(const struct journal *j, const struct journal_entry *e, bool now)
{
    u64 instructions, ns;
    j->now(j->owner, &instructions, &ns);
    if (e->instructions != instructions)
        return e->instructions < instructions;
    return now ? e->ns <= ns : e->ns < ns;
}

void journal_facts(struct journal *j)
{
    while (journal_replays(j) && j->next < j->count) {
        const struct journal_entry *e = &j->entry[j->next];
        if (e->kind != JOURNAL_SECTORS || !reached(j, e, true))
            return;
        if (j->fact)
            j->fact(j->fact_opaque, e, journal_data(j, e));
        j->next++;
    }
}

const struct journal_entry *journal_due(struct journal *j)
{
    u64 instructions, ns;
    journal_facts(j);
    if (j->next >= j->count)
        return NULL;
    const struct journal_entry *e = &j->entry[j->next];
    j->now(j->owner, &instructions, &ns);
    return e->instructions == instructions && e->ns == ns ? e : NULL;
}

const struct journal_entry *journal_take(struct journal *j, enum journal_kind kind, unsigned unit,
                                         const u8 **data)
{
    const struct journal_entry *e = journal_replays(j) ? journal_due(j) : NULL;
    if (!e || e->kind != kind || e->unit != unit)
        return NULL;
    *data = journal_data(j, e);
    j->next++;
    return e;
}

const struct journal_entry *journal_next_call(const struct journal *j)
{
    for (size_t i = j->next; i < j->count; i++) {
        if (j->entry[i].kind <= JOURNAL_CALLS)
            return &j->entry[i];
    }
    return NULL;
}

void journal_lost(struct journal *j, const char *fmt, ...)
{
    if (j->astray.text[0])
        return;
    va_list args;
    va_start(args, fmt);
    vsnprintf(j->astray.text, sizeof(j->astray.text), fmt, args);
    va_end(args);
}

void journal_look(struct journal *j)
{
    journal_facts(j);
    if (!journal_replays(j) || j->next >= j->count)
        return;
    const struct journal_entry *e = &j->entry[j->next], *call = journal_next_call(j);
    /* An answer that nobody has asked for, though what came after it is due. */
    if (reached(j, e, false) || (call && call != e && reached(j, call, true)) ||
        (call == e && reached(j, e, true)))
        journal_lost(j,
                     "this is not the recorded run any more: what entered after %llu instructions "
                     "was not asked for by then",
                     (unsigned long long)e->instructions);
}

void journal_cut(struct journal *j, u64 end)
{
    if (end >= journal_end(j))
        return;
    j->count = end > j->forgotten ? (size_t)(end - j->forgotten) : 0;
    j->size = j->count ? j->entry[j->count - 1].at + j->entry[j->count - 1].size : 0;
    if (j->next > j->count)
        j->next = j->count;
}

void journal_forget(struct journal *j, u64 first)
{
    if (first <= j->forgotten)
        return;
    size_t n = first < journal_end(j) ? (size_t)(first - j->forgotten) : j->count;
    size_t bytes = n < j->count ? j->entry[n].at : j->size;
    memmove(j->entry, j->entry + n, (j->count - n) * sizeof(*j->entry));
    if (bytes)
        memmove(j->data, j->data + bytes, j->size - bytes);
    j->forgotten += n;
    j->count -= n;
    j->size -= bytes;
    j->next = j->next > n ? j->next - n : 0;
    for (size_t i = 0; i < j->count; i++)
        j->entry[i].at -= bytes;
}

void journal_go(struct journal *j, u64 number)
{
    j->next = number > j->forgotten ? (size_t)(number - j->forgotten) : 0;
    if (j->next > j->count)
        j->next = j->count;
    j->astray.text[0] = 0;
}

u64 journal_room(const struct journal *j)
{
    return j->count * sizeof(*j->entry) + j->size;
}

void journal_free(struct journal *j)
{
    free(j->entry);
    free(j->data);
    j->entry = NULL;
    j->data = NULL;
    j->count = j->capacity = j->size = j->room = j->next = 0;
}
