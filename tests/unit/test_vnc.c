/*
 * test_vnc.c - the parts of the VNC server that need no library: where it listens, what a client
 * may send, which keys its keys are, and the picture on its way.
 */
#include "frontend/cli/vnc_where.h"
#include "frontend/control/keymap.h"
#include "frontend/vnc/vnc_guard.h"
#include "frontend/vnc/vnc_keys.h"
#include "frontend/vnc/vnc_picture.h"
#include "hw/input/keys.h"
#include "tests/unit/fake_vm.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

/* ---- where ---- */

START_TEST(places)
{
    static const struct {
        const char *text, *host, *port;
    } good[] = {
        {"", "", "5900"},           {":0", "", "5900"},
        {":59635", "", "65535"},    {"localhost:1", "localhost", "5901"},
        {"[::1]:2", "::1", "5902"}, {"0.0.0.0:3,no-password", "0.0.0.0", "5903"},
    };
    struct vnc_where w;
    struct err e;
    for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
        ck_assert_msg(vnc_where(&w, good[i].text, &e), "%s: %s", good[i].text, e.text);
        ck_assert_int_eq(w.place.kind, LINK_TCP);
        ck_assert_str_eq(w.place.host, good[i].host);
        ck_assert_str_eq(w.place.port, good[i].port);
        ck_assert_int_eq(w.open, i == 5);
    }
    ck_assert(vnc_where(&w, "unix:/tmp/a,b,password-file=/etc/c,d,paste=off", &e));
    ck_assert_int_eq(w.place.kind, LINK_UNIX);
    ck_assert_str_eq(w.place.path, "/tmp/a,b");
    ck_assert_str_eq(w.password_file, "/etc/c,d");
    ck_assert(w.no_paste);
}
END_TEST

START_TEST(no_places)
{
    static const struct {
        const char *text, *why;
    } bad[] = {
        {"host", "no number of a display"},
        {"host:", "no number of a display"},
        {":-1", "no number up to"},
        {":59636", "no number up to"},
        {":99999999999999", "no number"},
        {"unix:", "path is missing"},
        {":1,", "says nothing here"},
        {":1,passwort=x", "\"passwort=x\" says nothing"},
        {":1,password-file=", "wants the name"},
    };
    char path[200] = "unix:";
    struct vnc_where w;
    struct err e;
    for (size_t i = 0; i < ARRAY_SIZE(bad); i++) {
        ck_assert_msg(!vnc_where(&w, bad[i].text, &e), "%s", bad[i].text);
        ck_assert_msg(strstr(e.text, bad[i].why) != NULL, "%s: %s", bad[i].text, e.text);
    }
    memset(path + 5, 'x', 150);
    ck_assert(!vnc_where(&w, path, &e));
    ck_assert_ptr_nonnull(strstr(e.text, "too long a name for a socket"));
}
END_TEST

/* ---- messages ---- */

static enum vnc_verdict look(enum vnc_step step, const char *bytes, size_t n)
{
    const char *why;
    enum vnc_verdict v = vnc_guard(step, (const u8 *)bytes, n, &why);
    ck_assert_int_eq(v == VNC_BAD, why != NULL);
    return v;
}

#define LOOK(step, bytes) look(step, bytes, sizeof(bytes) - 1)

START_TEST(handshake)
{
    ck_assert_int_eq(LOOK(VNC_VERSION, ""), VNC_WAIT);
    ck_assert_int_eq(LOOK(VNC_VERSION, "RFB 003.00"), VNC_WAIT);
    ck_assert_int_eq(LOOK(VNC_VERSION, "RFB 003.008\n"), VNC_PASS);
    ck_assert_int_eq(LOOK(VNC_VERSION, "G"), VNC_BAD);
    ck_assert_int_eq(LOOK(VNC_VERSION, "GET / HTTP/1.1\r\n"), VNC_BAD);
    ck_assert_int_eq(LOOK(VNC_SECURITY, ""), VNC_WAIT);
    ck_assert_int_eq(LOOK(VNC_SECURITY, "\1"), VNC_PASS);
    ck_assert_int_eq(LOOK(VNC_RESPONSE, "123456789012345"), VNC_WAIT);
    ck_assert_int_eq(LOOK(VNC_RESPONSE, "1234567890123456"), VNC_PASS);
    ck_assert_int_eq(LOOK(VNC_INIT, "\1"), VNC_PASS);
}
END_TEST

#define FORMAT(bits, true_colour, max, shift)                                                      \
    "\0\0\0\0" bits "\x18\0" true_colour max "\0\xff\0\xff" shift "\x8\x10\0\0\0"

START_TEST(messages)
{
    ck_assert_int_eq(LOOK(VNC_NORMAL, ""), VNC_WAIT);
    ck_assert_int_eq(LOOK(VNC_NORMAL, FORMAT("\x20", "\1", "\0\xff", "\0")), VNC_PASS);
    ck_assert_int_eq(look(VNC_NORMAL, FORMAT("\x20", "\1", "\0\xff", "\0"), 19), VNC_WAIT);
    ck_assert_int_eq(LOOK(VNC_NORMAL, FORMAT("\x18", "\1", "\0\xff", "\0")), VNC_BAD);
    ck_assert_int_eq(LOOK(VNC_NORMAL, FORMAT("\x20", "\0", "\0\xff", "\0")), VNC_BAD);
    ck_assert_int_eq(LOOK(VNC_NORMAL, FORMAT("\x8", "\0", "\0\xff", "\0")), VNC_PASS);
    ck_assert_int_eq(LOOK(VNC_NORMAL, FORMAT("\x20", "\1", "\0\xff", "\x19")), VNC_BAD);
    ck_assert_int_eq(LOOK(VNC_NORMAL, FORMAT("\x20", "\1", "\0\xff", "\xff")), VNC_BAD);
    ck_assert_int_eq(LOOK(VNC_NORMAL, FORMAT("\x20", "\1", "\0\xfe", "\0")), VNC_BAD);
    ck_assert_int_eq(LOOK(VNC_NORMAL, FORMAT("\x20", "\1", "\0\0", "\0")), VNC_BAD);
    ck_assert_int_eq(LOOK(VNC_NORMAL, "\2\0\4\0"), VNC_PASS);
    ck_assert_int_eq(LOOK(VNC_NORMAL, "\2\0\4\1"), VNC_BAD);
    ck_assert_int_eq(LOOK(VNC_NORMAL, "\3\0\0\0\0\0\1\0\1\0"), VNC_PASS);
    ck_assert_int_eq(LOOK(VNC_NORMAL, "\4\1\0\0\0\0\0a"), VNC_PASS);
    ck_assert_int_eq(LOOK(VNC_NORMAL, "\5\0\0\0\0"), VNC_WAIT);
    ck_assert_int_eq(LOOK(VNC_NORMAL, "\5\0\0\0\0\0"), VNC_PASS);
    ck_assert_int_eq(LOOK(VNC_NORMAL, "\6\0\0\0\0\1\0\0"), VNC_PASS);
    ck_assert_int_eq(LOOK(VNC_NORMAL, "\6\0\0\0\0\1\0\1"), VNC_BAD);
    ck_assert_int_eq(LOOK(VNC_NORMAL, "\6\0\0\0\xff\xff\0\0"), VNC_PASS);
    ck_assert_int_eq(LOOK(VNC_NORMAL, "\6\0\0\0\x80\0\0\0"), VNC_BAD);
    ck_assert_int_eq(LOOK(VNC_NORMAL, "\xff"), VNC_WAIT);
    ck_assert_int_eq(LOOK(VNC_NORMAL, "\xff\1"), VNC_BAD);
    ck_assert_int_eq(LOOK(VNC_NORMAL, "\xff\0\0\1\0\0\0a\0\0\0\x1e"), VNC_PASS);
    for (int type = 0; type < 256; type++) {
        bool known = type == 0 || (type >= 2 && type <= 6) || type == 255;
        ck_assert_int_eq(look(VNC_NORMAL, (const char[1]){(char)type}, 1),
                         known ? VNC_WAIT : VNC_BAD);
    }
}
END_TEST

/* ---- keys ---- */

struct typist {
    struct vm vm;
    struct control c;
    struct vnc_hands h;
};

static void begin(struct typist *t)
{
    memset(t, 0, sizeof(*t));
    control_init(&t->c, &t->vm);
}

/* What the guest has got since the last time: "+shift +a -shift" and so on. */
static const char *got(struct typist *t)
{
    static char text[400];
    char *to = text;
    *to = 0;
    for (unsigned i = 0; i < t->vm.events; i++)
        to += sprintf(to, "%s%c%s", i ? " " : "", t->vm.event[i].down ? '+' : '-',
                      keymap_word(t->vm.event[i].key));
    t->vm.events = 0;
    return text;
}

static void key(struct typist *t, u32 keysym, bool down)
{
    vnc_hands_key(&t->h, &t->c, keysym, 0, down);
}

enum { SHIFT = 0xffe1, CTRL = 0xffe3, ALTGR = 0xfe03, CAPS = 0xffe5 };

START_TEST(typing)
{
    struct typist t;
    begin(&t);
    key(&t, 'a', true);
    key(&t, 'a', true); /* repeated by the client */
    key(&t, 'a', false);
    key(&t, 'a', false);
    ck_assert_str_eq(got(&t), "+a -a");
    /* With Shift as the layout wants it, and let go before the key. */
    key(&t, SHIFT, true);
    key(&t, 'A', true);
    key(&t, SHIFT, false);
    key(&t, 'a', false);
    ck_assert_str_eq(got(&t), "+shift +a -shift -a");
    /* Not as the layout wants it: for the moment. */
    key(&t, 'A', true);
    key(&t, 'A', false);
    ck_assert_str_eq(got(&t), "+shift +a -shift -a");
    key(&t, SHIFT, true);
    key(&t, '/', true);
    key(&t, '/', false);
    key(&t, SHIFT, false);
    ck_assert_str_eq(got(&t), "+shift -shift +slash +shift -slash -shift");
    key(&t, 0xff55, true); /* a place and no character: Shift stays as it is */
    key(&t, 0xff55, false);
    key(&t, 0xffbe, true);
    key(&t, 0xffbe, false);
    ck_assert_str_eq(got(&t), "+pageup -pageup +f1 -f1");
    /* What the layout does not have is nothing. */
    key(&t, 0xe9, true);
    key(&t, 0xe9, false);
    key(&t, 0x1000410, true);
    key(&t, 0x12345678, true);
    key(&t, 0, true);
    ck_assert_str_eq(got(&t), "");
    /* A command: the key alone. */
    key(&t, CTRL, true);
    key(&t, 'C', true);
    vnc_hands_off(&t.h, &t.c);
    ck_assert_str_eq(got(&t), "+ctrl +c -ctrl -c");
    control_free(&t.c);
}
END_TEST

START_TEST(caps_lock)
{
    struct typist t;
    begin(&t);
    t.vm.leds = 4;
    key(&t, 'A', true); /* the client has it, too */
    key(&t, 'A', false);
    ck_assert_str_eq(got(&t), "+a -a");
    key(&t, 'a', true);
    key(&t, 'a', false);
    ck_assert_str_eq(got(&t), "+shift +a -shift -a");
    key(&t, '1', true);
    key(&t, '1', false);
    ck_assert_str_eq(got(&t), "+1 -1");
    control_free(&t.c);
}
END_TEST

START_TEST(layouts)
{
    struct typist t;
    begin(&t);
    t.c.layout = keyboard_find("de");
    key(&t, 'z', true);
    key(&t, 'z', false);
    ck_assert_str_eq(got(&t), "+y -y");
    key(&t, ALTGR, true);
    key(&t, '@', true);
    key(&t, '@', false);
    key(&t, ALTGR, false);
    ck_assert_str_eq(got(&t), "+ralt +q -q -ralt");
    key(&t, '@', true); /* from a layout where it needs none */
    key(&t, '@', false);
    ck_assert_str_eq(got(&t), "+ralt +q -ralt -q");
    key(&t, 0xe8, true); /* e with a grave accent: by its dead key */
    key(&t, 0xe8, false);
    ck_assert_str_eq(got(&t), "+shift +equal -equal -shift +e -e");
    control_free(&t.c);
}
END_TEST

START_TEST(scan_codes)
{
    struct typist t;
    begin(&t);
    vnc_hands_key(&t.h, &t.c, 'y', 0x2c, true); /* wins over the keysym */
    vnc_hands_key(&t.h, &t.c, 'y', 0x2c, false);
    vnc_hands_key(&t.h, &t.c, 0, 0xdb, true);
    vnc_hands_key(&t.h, &t.c, 0, 0xdb, false);
    vnc_hands_key(&t.h, &t.c, 0xff13, 0xc6, true);
    vnc_hands_key(&t.h, &t.c, 0xff13, 0xc6, false);
    ck_assert_str_eq(got(&t), "+z -z +win -win +pause -pause");
    vnc_hands_key(&t.h, &t.c, 'q', 0xffff, true); /* no code of ours: the keysym */
    vnc_hands_key(&t.h, &t.c, 'q', 0xffff, false);
    vnc_hands_key(&t.h, &t.c, 0, 0x70, true);
    vnc_hands_key(&t.h, &t.c, 0, 0x70, false);
    ck_assert_str_eq(got(&t), "+q -q");
    /* More fingers than anybody has. */
    for (u32 code = 1; code <= 0x53; code++)
        vnc_hands_key(&t.h, &t.c, 0, code, true);
    ck_assert_uint_eq(t.vm.events, VNC_HELD);
    vnc_hands_off(&t.h, &t.c);
    ck_assert_uint_eq(t.vm.events, 2 * VNC_HELD);
    control_free(&t.c);
}
END_TEST

/* ---- pictures ---- */

enum { W = 5, H = 6 };

struct runs {
    unsigned n, first[8], end[8];
};

static void changed(void *opaque, unsigned first, unsigned end)
{
    struct runs *r = opaque;
    ck_assert_uint_lt(r->n, 8);
    r->first[r->n] = first;
    r->end[r->n++] = end;
}

static struct runs take(struct vnc_copy *c, const struct vnc_picture *p)
{
    struct runs r = {.n = 0};
    vnc_copy_take(c, p, changed, &r);
    return r;
}

START_TEST(frames)
{
    u32 pixels[W * H];
    u64 lines[H];
    for (unsigned i = 0; i < W * H; i++)
        pixels[i] = i + 1;
    for (unsigned y = 0; y < H; y++)
        lines[y] = 7;
    struct screen s = {.pixels = pixels, .width = W, .height = H, .version = 7};
    s.line_version = lines;
    struct vnc_picture p = {.line = NULL};
    struct vnc_copy same = {.pixels = NULL}, small = same;
    ck_assert(vnc_copy_size(&same, W, H) && vnc_copy_size(&small, W + 1, H - 2));
    ck_assert(vnc_picture_publish(&p, &s));
    ck_assert(!vnc_picture_publish(&p, &s));
    struct runs r = take(&same, &p);
    ck_assert_uint_ge(r.n, 1);
    ck_assert_mem_eq(same.pixels, pixels, sizeof(pixels));
    take(&small, &p);
    for (unsigned y = 0; y < H - 2; y++) {
        ck_assert_mem_eq(small.pixels + y * (W + 1), pixels + y * W, W * sizeof(u32));
        ck_assert_uint_eq(small.pixels[y * (W + 1) + W], 0);
    }
    ck_assert_uint_eq(take(&same, &p).n, 0);
    /* Two lines in two frames, of which a client sees one. */
    pixels[1 * W] = pixels[5 * W] = 1000;
    lines[1] = s.version = 8;
    ck_assert(vnc_picture_publish(&p, &s));
    lines[5] = s.version = 9;
    ck_assert(vnc_picture_publish(&p, &s));
    r = take(&same, &p);
    ck_assert_uint_eq(r.n, 2);
    ck_assert_uint_eq(r.first[0], 1);
    ck_assert_uint_eq(r.end[0], 2);
    ck_assert_uint_eq(r.first[1], 5);
    ck_assert_uint_eq(r.end[1], H);
    ck_assert_mem_eq(same.pixels, pixels, sizeof(pixels));
    /* Without versions of lines it is compared. */
    pixels[3 * W] = 2000;
    s.line_version = NULL;
    s.version = 10;
    ck_assert(vnc_picture_publish(&p, &s));
    r = take(&same, &p);
    ck_assert_uint_eq(r.n, 1);
    ck_assert_uint_eq(r.first[0], 3);
    /* Smaller, at a client that stays as it is: the rest is black. */
    s.width = W - 2;
    s.height = H - 1;
    s.version = 11;
    ck_assert(vnc_picture_publish(&p, &s));
    take(&same, &p);
    ck_assert_uint_eq(same.pixels[W - 3], pixels[W - 3]);
    ck_assert_uint_eq(same.pixels[W - 2], 0);
    ck_assert_uint_eq(same.pixels[(H - 1) * W], 0);
    vnc_picture_dark(&p);
    take(&same, &p);
    for (unsigned i = 0; i < W * H; i++)
        ck_assert_uint_eq(same.pixels[i], 0);
    free(same.pixels);
    free(small.pixels);
    vnc_picture_free(&p);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("vnc");
    TCase *t = tcase_create("vnc");
    tcase_add_test(t, places);
    tcase_add_test(t, no_places);
    tcase_add_test(t, handshake);
    tcase_add_test(t, messages);
    tcase_add_test(t, typing);
    tcase_add_test(t, caps_lock);
    tcase_add_test(t, layouts);
    tcase_add_test(t, scan_codes);
    tcase_add_test(t, frames);
    suite_add_tcase(s, t);
    SRunner *runner = srunner_create(s);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
