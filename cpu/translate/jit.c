/*
 * jit.c - when blocks are translated, and what becomes of their code: heat, rest, the code cache.
 */
#include "cpu/translate/jit_private.h"

#include "cpu/alu.h"
#include "cpu/blocks/dispatch.h"
#include "cpu/exec.h"
#include "cpu/profile/profile.h"
#include "cpu/protect/mode.h"
#include "cpu/spin.h"

#include <stdlib.h>
#include <string.h>

/* ---- heat ---- */

static HANDLER(exec_cold);

/* Instructions that were executed rather than skipped in loops that wait. */
static u64 done(const struct cpu *c)
{
    return cpu_executed(c) - (c->spin ? c->spin->skipped : 0);
}

/* Now, in units that a block has room for: in instructions that somebody had to execute. */
static u16 era(const struct cpu *c)
{
    return (u16)(done(c) >> ERA_BITS);
}

static void warm(struct block *b, u32 heat, u16 now)
{
    b->heat = (u16)heat;
    b->since = now;
    b->op[0].fn = exec_cold;
}

/*
 * Are the loads of a block to expect the word of last time (x64_mem.c)? Where there is more code
 * than the host's near caches hold, the shorter form is the faster one, but for what is hot. Both,
 * when all is translated at once, as tests do.
 */
static bool may_predict(const struct cpu *c, const struct block *b)
{
    const struct jit *j = c->jit;
    if (!j->threshold)
        return j->stats.blocks & 1;
    return j->used < NEAR_CODE || (u16)(era(c) - b->since) <= HOT_ERAS;
}

/* ---- ways in ---- */

static void open_block(struct jit *j, const struct translation *t)
{
    if (t->first)
        t->block->op[0].fn = j->check ? jit_check_start : t->enter;
    for (u32 i = t->hook; i < t->hook + t->hooks; i++)
        j->hooks[i].op->fn = j->hooks[i].into;
}

static void close_block(const struct cpu *c, const struct translation *t)
{
    const struct jit *j = c->jit;
    t->block->op[0].fn = block_head(c, t->block);
    for (u32 i = t->hook; i < t->hook + t->hooks; i++)
        j->hooks[i].op->fn = j->hooks[i].own;
}

/* For the time between two of them: in instructions, or about that. */
static u32 moment(const struct cpu *c)
{
    return (u32)(done(c) >> 6);
}

static void rest(struct cpu *c, struct block *b)
{
    struct jit *j = c->jit;
    struct translation *t = translation_of(j, b);
    u32 now = moment(c);
    t->awake = now - t->since;
    t->since = now;
    close_block(c, t);
    for (struct link *l = b->incoming; l; l = l->next_incoming)
        if (l->at)
            jit_cut(c, l);
    jit_shut(j, b);
    b->code |= CODE_RESTS;
    b->heat = t->rest;
    b->op[0].fn = exec_cold;
    j->stats.rests++;
}

/*
 * It has rested so many entries. At that pace, how many were there while it was awake? An exit now
 * and then - a page that the TLB has forgotten - is cheaper than an interpreter between translated
 * blocks: it may leave more often then until it rests again, as short as at first. What leaves
 * at every other entry rests longer and longer.
 */
static void wake(struct cpu *c, struct block *b)
{
    struct jit *j = c->jit;
    struct translation *t = translation_of(j, b);
    u32 now = moment(c), rested = now - t->since;
    u64 entries = (u64)t->rest * t->awake / (rested ? rested : 1);
    if (entries > (u64)SELDOM * t->slow) {
        t->slow = t->slow < SLOW_MOST ? (u16)(2 * t->slow) : (u16)SLOW_MOST;
        t->rest = HEAT_REST;
    } else {
        t->slow = SLOW_LIMIT;
        t->rest = t->rest < HEAT_MOST ? (u16)(2 * t->rest) : (u16)HEAT_MOST;
    }
    t->since = now;
    b->slow = t->slow;
    b->code &= ~CODE_RESTS;
    b->op[0].fn = block_head(c, b);
    jit_unshut(j, b);
    open_block(j, t);
}

/* A block has left in its middle too often: it rests in the interpreter, where we are already. */
static HANDLER(exec_tired)
{
    rest(c, op_block(o));
    if (o->idx) /* else op[0] would be counted as an entry */
        DISPATCH(o, fl);
    exec_fn *own = op_block(o)->first;
    TAIL(own(c, o, fl));
}

/* ---- the code cache ---- */

/* Executions of an instruction that pay for its translation with ease. */
#define EARNED_BACK 1000u

/*
 * The cache is full. If what was made since the last time cannot have earned back what it cost, the
 * guest has more code than fits, or writes code all the time: be slower to translate.
 */
static void adapt_heat(struct cpu *c)
{
    struct jit *j = c->jit;
    u64 now = cpu_executed(c), made = j->stats.instructions - j->made_before;
    if (!j->threshold)
        return;
    if (now - j->emptied_at < made * EARNED_BACK)
        j->heat = j->heat < HEAT_MOST ? 2 * j->heat : HEAT_MOST;
    else if (j->heat > j->threshold)
        j->heat /= 2;
    j->emptied_at = now;
    j->made_before = j->stats.instructions;
}

/* All code goes; blocks stay, dead ones among them, and become warm anew. */
static void forget_code(struct cpu *c)
{
    struct jit *j = c->jit;
    u16 now = era(c);
    jit_forget_slots(c);
    for (u32 i = 0; i < j->translation_count; i++) {
        struct translation *t = &j->translations[i];
        close_block(c, t);
        t->block->code = 0;
        warm(t->block, j->heat, now);
        t->links->next[0].at = t->links->next[1].at = 0;
    }
}

static void reset_cache(struct jit *j)
{
    j->used = j->first;
    j->cold_used = COLD_START;
    j->cells_used = j->translation_count = j->hook_count = 0;
    memset(&j->repeat, 0, sizeof j->repeat);
}

static bool room(const struct jit *j)
{
    return COLD_START - j->used >= BLOCK_CODE_MAX && REGION_SIZE - j->cold_used >= BLOCK_CODE_MAX &&
           MAX_CELLS - j->cells_used >= MAX_ACCESSES * BLOCK_MAX_OPS &&
           j->translation_count < MAX_TRANSLATIONS && j->hook_count + BLOCK_MAX_OPS <= MAX_HOOKS;
}

/* Up to where a part needs memory for one block more. */
static u32 needed(u32 used)
{
    return (used + BLOCK_CODE_MAX + RESERVE_STEP - 1) & ~(RESERVE_STEP - 1);
}

static bool reserve_part(struct jit *j, u32 *reserved, u32 used, struct err *e)
{
    u32 to = needed(used);
    if (to <= *reserved)
        return true;
    if (!region_reserve(&j->region, *reserved, to, e))
        return false;
    *reserved = to;
    return true;
}

/* Memory for one block more in both parts. */
static bool reserve(struct jit *j, struct err *e)
{
    return reserve_part(j, &j->reserved, j->used, e) &&
           reserve_part(j, &j->cold_reserved, j->cold_used, e);
}

/* Does an empty cache need no more than there is? */
static bool enough_when_empty(const struct jit *j)
{
    return needed(j->first) <= j->reserved && needed(COLD_START) <= j->cold_reserved;
}

static void empty_cache(struct cpu *c)
{
    adapt_heat(c);
    forget_code(c);
    reset_cache(c->jit);
    c->jit->stats.emptied++;
}

/*
 * Room for one block more. Where the host has no more memory, what there is is used anew, as when
 * the cache is full, and the host is asked again when that is used up. If it is too little for that
 * - after a fork -, machine code that is there goes on; the interpreter does the rest.
 */
static bool make_room(struct cpu *c)
{
    struct jit *j = c->jit;
    struct err e;
    if (!room(j))
        empty_cache(c);
    if (reserve(j, &e))
        return true;
    j->closed = !enough_when_empty(j);
    if (c->log && (j->closed || !j->short_of_memory))
        log_line(c->log, LOG_JIT, "%s; %s", e.text,
                 j->closed ? "the interpreter does what is not translated yet"
                           : "what there is is used anew");
    j->short_of_memory = true;
    if (!j->closed)
        empty_cache(c);
    return !j->closed;
}

static struct links *links_of(const struct block *b)
{
    const struct op *o = b->op + block_is_counted(b);
    while (o->left > fuse_weight(o))
        o++;
    if (!(op_row(o)->attr & A_END))
        o++;
    return op_links(o);
}

static void enter_in_cache(struct jit *j, struct block *b, const struct emitted *m, u32 now)
{
    put_le32(j->region.write + m->head - before_head(b), j->translation_count);
    j->translations[j->translation_count++] =
        (struct translation){.block = b,
                             .enter = m->enter,
                             .page_eip = m->page_eip,
                             .trusted = m->trusted,
                             .gone = m->gone,
                             .place = block_is_counted(b) ? op_place(b->op) : NULL,
                             .links = links_of(b),
                             .hook = j->hook_count,
                             .hooks = m->hooks,
                             .rest = HEAT_REST,
                             .slow = SLOW_LIMIT,
                             .since = now,
                             .first = m->first};
    memcpy(&j->hooks[j->hook_count], m->hook, m->hooks * sizeof *m->hook);
    j->hook_count += m->hooks;
    j->used = m->head + m->bytes;
    j->cold_used += m->cold_bytes;
    j->cells_used += m->cells;
    j->stats.blocks++;
    j->stats.instructions += m->instructions;
    j->stats.bytes += m->bytes + m->cold_bytes;
}

static void fresh_cells(const struct cpu *c, u32 first, u32 n)
{
    for (unsigned t = TLB_SUPERVISOR; t <= TLB_NEVER; t++)
        for (u32 i = first; i < first + n; i++)
            c->mmu.tlb[t].flat[FLAT_WORDS + i] = FRESH_CELL;
}

/*
 * May one more block be translated? That has to be paid for by what the guest has executed since,
 * or by the advance. So however a guest's code is made, translating takes no more than a tenth of
 * the time that the interpreter takes.
 */
static bool affordable(const struct cpu *c)
{
    struct jit *j = c->jit;
    u64 now = done(c);
    j->earned += now - j->counted;
    j->counted = now;
    return !j->threshold || j->stats.instructions <= PRICE_ADVANCE + j->earned / PRICE;
}

static void translate(struct cpu *c, struct block *b)
{
    struct jit *j = c->jit;
    struct emitted m;
    b->op[0].fn = block_head(c, b);
    if (j->closed || !make_room(c))
        return;
    u32 head = (j->used + before_head(b) + 3) & ~3u;
    if (!translate_block(j, c, b, head, may_predict(c, b), &m))
        return;
    fresh_cells(c, j->cells_used, m.cells);
    enter_in_cache(j, b, &m, moment(c));
    b->code = m.head;
    b->slow = SLOW_LIMIT;
    open_block(j, translation_of(j, b));
    jit_serialize(j);
}

/* It has been entered often enough. */
static HANDLER(exec_hot)
{
    struct block *b = op_block(o);
    b->heat = 0;
    if (b->code) {
        wake(c, b);
    } else if (!affordable(c)) { /* it has to go on in the interpreter */
        warm(b, c->jit->heat, era(c));
        c->jit->stats.refused++;
    } else {
        c->doing = CPU_TRANSLATES;
        translate(c, b);
        c->doing = CPU_EXECUTES;
    }
    DISPATCH(o, fl);
}

/* op[0] of a block that is not translated yet, or rests. */
static HANDLER(exec_cold)
{
    struct block *b = op_block(o);
    if (unlikely(b->heat <= 1))
        TAIL(exec_hot(c, o, fl));
    b->heat--;
    exec_fn *head = block_head(c, b);
    TAIL(head(c, o, fl));
}

/* ---- what the cache of blocks tells ---- */

static void built(struct cpu *c, struct block *b)
{
    const struct jit *j = c->jit;
    if (!translates_mode(b->mode) || (j->check && block_is_counted(b)) ||
        ((b->mode & (MODE_SINGLE | MODE_PARTS)) && j->threshold))
        return;
    warm(b, j->heat, era(c));
}

static void emptied(struct cpu *c)
{
    reset_cache(c->jit);
}

static void dropped(struct cpu *c, struct block *b)
{
    if (!(b->code & CODE_RESTS))
        jit_shut(c->jit, b);
}

/* ---- life ---- */

static void jit_free(struct jit *j)
{
    region_unmap(&j->region);
    free(j->translations);
    free(j->hooks);
    free(j->left_at);
    free(j->check);
    free(j);
}

bool jit_exists(void)
{
    return true;
}

bool jit_start(struct cpu *c, unsigned threshold, bool check, struct err *e)
{
    struct jit *j = calloc(1, sizeof *j);
    if (!j)
        return err_set(e, "out of memory");
    j->translations = calloc(MAX_TRANSLATIONS, sizeof *j->translations);
    j->hooks = calloc(MAX_HOOKS, sizeof *j->hooks);
    j->left_at = calloc(opdef_count, sizeof *j->left_at);
    if (check)
        j->check = calloc(1, sizeof *j->check);
    if (!j->left_at || !j->translations || !j->hooks || (check && !j->check)) {
        jit_free(j);
        return err_set(e, "out of memory");
    }
    j->cold_used = j->cold_reserved = COLD_START;
    if (!region_map(&j->region, REGION_SIZE, e) || !reserve(j, e)) {
        jit_free(j);
        return false;
    }
    j->counted = done(c);
    j->threshold = j->heat = threshold < HEAT_MOST ? threshold : HEAT_MOST;
    j->handler = (struct thunk_handlers){
        .follow = {jit_follow_taken, jit_follow_next}, .lookup = jit_lookup, .tired = exec_tired};
    j->first = emit_thunks(j);
    j->listener = (struct block_listener){.built = built,
                                          .cut = jit_cut,
                                          .emptied = emptied,
                                          .dropped = dropped,
                                          .met = jit_met,
                                          .forget = jit_forget_slots};
    reset_cache(j);
    jit_stop(c);
    if (!mmu_flat_start(&c->mmu, MAX_CELLS + SLOT_WORDS)) {
        jit_free(j);
        return err_set(e, "no room for the translator's tables");
    }
    j->slots[0] = c->mmu.tlb[TLB_SUPERVISOR].flat + CODE_SLOTS_AT;
    j->slots[1] = c->mmu.tlb[TLB_USER].flat + CODE_SLOTS_AT;
    cpu_update_mode(c);
    c->jit = j;
    blocks_drop_all(c);
    c->blocks->listener = &j->listener;
    return true;
}

void jit_stop(struct cpu *c)
{
    if (!c->jit)
        return;
    blocks_drop_all(c);
    c->blocks->listener = NULL;
    jit_free(c->jit);
    c->jit = NULL;
    mmu_flat_stop(&c->mmu);
    c->flat = NULL;
}

bool jit_forked(struct cpu *c, struct err *e)
{
    struct jit *j = c->jit;
    if (!j)
        return true;
    if (!region_part(&j->region, (size_t[2]){0, COLD_START}, (size_t[2]){j->used, j->cold_used},
                     e)) {
        jit_stop(c);
        return false;
    }
    j->reserved = j->used & ~(RESERVE_STEP - 1);
    j->cold_reserved = j->cold_used & ~(RESERVE_STEP - 1);
    return true;
}

void jit_loaded(struct cpu *c)
{
    struct jit *j = c->jit;
    if (!j)
        return;
    j->counted = done(c);
    j->emptied_at = cpu_executed(c);
    j->made_before = j->stats.instructions;
}

bool jit_statistics(const struct cpu *c, struct jit_stats *s)
{
    if (!c->jit)
        return false;
    *s = c->jit->stats;
    s->checked = c->jit->check ? c->jit->check->blocks : 0;
    s->used = c->jit->used + c->jit->cold_used - COLD_START;
    s->size = c->jit->region.size;
    return true;
}

bool jit_made(const struct cpu *c, u64 address)
{
    const struct jit *j = c->jit;
    return j && address - (uintptr_t)j->region.run < j->region.size;
}

unsigned jit_left_for(const struct cpu *c, struct jit_left *l, unsigned most)
{
    u64 times[OPERATION_COUNT] = {0};
    unsigned found = 0;
    for (unsigned i = 0; c->jit && i < opdef_count; i++)
        times[opdefs[i].operation] += c->jit->left_at[i];
    while (found < most) {
        unsigned best = 0;
        for (unsigned i = 1; i < OPERATION_COUNT; i++)
            best = times[i] > times[best] ? i : best;
        if (!times[best])
            break;
        l[found++] = (struct jit_left){operations[best].text, times[best]};
        times[best] = 0;
    }
    return found;
}
