/*
 * fuzz_opl.c - writes to any registers of an OPL at any times, and a damaged snapshot of it that
 * then plays on: nothing is read or written out of bounds, and what is saved loads again.
 */
#include "hw/sound/opl.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static void use(struct opl *o, struct choices *c, unsigned most)
{
    s16 out[2 * 300];
    for (unsigned i = 0; i < most && choices_left(c); i++) {
        u8 what = choose8(c);
        if (what < 0xe0) {
            u16 reg = (u16)(choose8(c) | (what & 1) << 8);
            opl_write(o, reg, choose8(c));
        } else if (what < 0xfe) {
            opl_run(o, out, (what & 3) == 3 ? 300 : what & 7);
        } else if (what == 0xfe) {
            opl_skip(o, opl_idle(o) ? (u64)choose32(c) << (what & 7) : 100);
        } else {
            opl_reset(o);
        }
    }
}

/* Two saves of what was loaded are one file. */
static const u8 *save(struct opl *o, struct state *s, size_t *size)
{
    state_begin(s, "opl", 1);
    opl_state(o, s);
    state_end(s);
    return state_finish(s, size);
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    static struct opl chip, other;
    struct choices c = {data, data + size};
    opl_init(&chip);
    opl_init(&other);
    use(&chip, &c, 200);
    /* Damage of any bytes that the stream's own checks let through: in the struct, as a file
     * with a right checksum has it. */
    other = chip;
    for (unsigned n = choose8(&c) & 7; n; n--) {
        size_t at = choose16(&c) % offsetof(struct opl, to_left);
        ((u8 *)&other)[at] ^= choose8(&c);
    }
    /* What is no bool cannot come out of a stream, either. */
    for (unsigned i = 0; i < OPL_CHANNELS; i++) {
        u8 sides[2];
        memcpy(&sides[0], &other.channel[i].left, 1);
        memcpy(&sides[1], &other.channel[i].right, 1);
        other.channel[i].left = sides[0] & 1;
        other.channel[i].right = sides[1] & 1;
    }
    struct state *s = state_new_save();
    size_t length, again;
    const u8 *bytes = save(&other, s, &length);
    struct err e = {0};
    struct state *l = state_new_load(bytes, length, &e);
    if (!l)
        abort();
    state_begin(l, "opl", 1);
    opl_state(&chip, l);
    state_end(l);
    if (state_ok(l)) {
        struct state *t = state_new_save();
        const u8 *twice = save(&chip, t, &again);
        if (again != length || memcmp(bytes, twice, length) != 0)
            abort();
        state_free(t);
    }
    state_free(l);
    state_free(s);
    use(&chip, &c, 1000);
    return 0;
}
