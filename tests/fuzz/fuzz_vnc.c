/*
 * fuzz_vnc.c - what VNC clients send, as it is looked at before libvncserver gets it: a decision on
 * a beginning stays when more comes, what passes has its fixed part, and a format's colours lie in
 * its pixels. And what stands behind -display vnc=.
 */
#include "frontend/cli/vnc_where.h"
#include "frontend/vnc/vnc_guard.h"
#include "frontend/vnc/vnc_keys.h"
#include "hw/input/keys.h"
#include "tests/fuzz/fuzz.h"

#include <string.h>

static u32 be16(const u8 *p)
{
    return (u32)p[0] << 8 | p[1];
}

/* What libvncserver takes on trust. */
static void check_passed(const u8 *head, size_t n)
{
    static const u8 sizes[] = {20, 0, 4, 10, 8, 6, 8};
    if (n < (head[0] == 255 ? 12 : head[0] < sizeof(sizes) && sizes[head[0]] ? sizes[head[0]] : 99))
        abort();
    if (head[0] == 0) {
        for (unsigned part = 0; head[7] && part < 3; part++) {
            if (((u64)be16(head + 8 + 2 * part) << head[14 + part]) >> head[4] != 0)
                abort();
        }
    } else if (head[0] == 6) {
        s32 len = (s32)(be16(head + 4) << 16 | be16(head + 6));
        if (len > VNC_TEXT || len < -VNC_TEXT)
            abort();
    }
}

static void messages(struct choices *c)
{
    u8 head[VNC_HEAD];
    enum vnc_step step = choose8(c) % (VNC_NORMAL + 1u);
    for (unsigned i = 0; i < VNC_HEAD; i++)
        head[i] = choose8(c);
    enum vnc_verdict before = VNC_WAIT;
    for (size_t n = 0; n <= VNC_HEAD; n++) {
        const char *why;
        u8 *exact = malloc(n ? n : 1); /* a sanitizer sees its end */
        memcpy(exact, head, n);
        enum vnc_verdict v = vnc_guard(step, exact, n, &why);
        if ((v == VNC_BAD) != (why != NULL) || (before != VNC_WAIT && v != before))
            abort();
        if (v == VNC_PASS && step == VNC_NORMAL)
            check_passed(exact, n);
        before = v;
        free(exact);
    }
    if (before == VNC_WAIT)
        abort();
}

static void keys(struct choices *c)
{
    u32 a = choose8(c), b = choose8(c), keysym = a << 24 | b << 16 | choose8(c) << 8 | choose8(c);
    int key = vnc_key_named(keysym);
    if (key < 0 || key >= KEY_COUNT || vnc_key_character(keysym) > 0x10ffff)
        abort();
    key = vnc_key_code(a ? keysym : b);
    if (key < 0 || key >= KEY_COUNT)
        abort();
}

static void place(struct choices *c)
{
    static const char *const words[] = {"unix:",        ":",       ",password-file=", ",paste=off",
                                        ",no-password", ",paste=", "[::1]",           "127.0.0.1",
                                        "59635"};
    char text[700], *to = text;
    for (unsigned i = choose8(c) % 12; i; i--) {
        u8 byte = choose8(c);
        if (byte & 0x80)
            to = stpcpy(to, words[(byte & 0x7fu) % ARRAY_SIZE(words)]);
        else
            *to++ = (char)(byte | !byte);
    }
    *to = 0;
    struct vnc_where w;
    struct err e;
    if (vnc_where(&w, text, &e) && w.place.kind != LINK_UNIX && w.place.kind != LINK_TCP)
        abort();
}

int LLVMFuzzerTestOneInput(const u8 *data, size_t size)
{
    struct choices c = {data, data + size};
    while (choices_left(&c)) {
        u8 what = choose8(&c);
        if (what < 0x80)
            messages(&c);
        else if (what < 0xa0)
            keys(&c);
        else
            place(&c);
    }
    return 0;
}
