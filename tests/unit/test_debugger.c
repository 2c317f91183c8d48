/*
 * test_debugger.c - the debugger's screen without a terminal: keys from bytes, cells and what is
 * sent for them, the line that is typed, which part of which size shows what.
 */
#include "frontend/debugger/cells.h"
#include "frontend/debugger/edit.h"
#include "frontend/debugger/keys.h"
#include "frontend/debugger/layout.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

START_TEST(keys)
{
    static const struct {
        const char *bytes;
        u32 key;
    } cases[] = {
        {"a", 'a'},
        {"\r", '\r'},
        {"\x03", 3},
        {"\x7f", 0x7f},
        {"\xc3\xa4", 0xe4},
        {"\xe2\x82\xac", 0x20ac},
        {"\xf0\x9f\x98\x80", 0x1f600},
        {"\33[A", TERM_UP},
        {"\33OA", TERM_UP},
        {"\33[1;2A", TERM_UP | TERM_SHIFT},
        {"\33[H", TERM_HOME},
        {"\33[4~", TERM_END},
        {"\33[5~", TERM_PAGE_UP},
        {"\33[6;5~", TERM_PAGE_DOWN | TERM_SHIFT},
        {"\33OP", TERM_F1},
        {"\33[11~", TERM_F1},
        {"\33[[A", TERM_F1},
        {"\33[15~", TERM_F1 + 4},
        {"\33[15;2~", (TERM_F1 + 4) | TERM_SHIFT},
        {"\33[18~", TERM_F1 + 6},
        {"\33\33[18~", (TERM_F1 + 6) | TERM_SHIFT},
        {"\33[31~", (TERM_F1 + 6) | TERM_SHIFT},
        {"\33[24~", TERM_F12},
        {"\33[99~", TERM_UNKNOWN},
        {"\33[1;2;3X", TERM_UNKNOWN},
    };
    u32 key;
    for (size_t i = 0; i < ARRAY_SIZE(cases); i++) {
        size_t len = strlen(cases[i].bytes);
        const u8 *in = (const u8 *)cases[i].bytes;
        ck_assert_msg(term_key(in, len, false, &key) == len, "%zu", i);
        ck_assert_msg(key == cases[i].key, "%zu: %x", i, key);
        for (size_t n = 0; n < len; n++) /* cut off: the rest is waited for */
            ck_assert_msg(term_key(in, n, false, &key) == 0, "%zu of %zu", n, i);
        for (size_t n = 1; n < len; n++) { /* or there is none */
            size_t used = term_key(in, n, true, &key);
            ck_assert(used >= 1 && used <= n);
        }
    }
    ck_assert_uint_eq(term_key((const u8 *)"\33", 1, true, &key), 1);
    ck_assert_uint_eq(key, 27);
    ck_assert_uint_eq(term_key((const u8 *)"\33x", 2, false, &key), 1);
    ck_assert_uint_eq(term_key((const u8 *)"\xff", 1, false, &key), 1);
    ck_assert_uint_eq(key, 0xfffd);
    ck_assert_uint_eq(term_key((const u8 *)"\33[\xc3", 3, false, &key), 2);
}
END_TEST

START_TEST(cells)
{
    static struct cells a, b;
    size_t len;
    cells_clear(&a, 10, 2);
    ck_assert_uint_eq(cells_put(&a, 2, 0, 100, CELL_BOLD, "h\xc3\xa4\x01\xff!"), 7);
    ck_assert_uint_eq(cells_put(&a, 8, 1, 100, CELL_PLAIN, "xyz"), 10); /* cut at the edge */
    ck_assert_uint_eq(cells_put(&a, 0, 1, 2, CELL_PLAIN, "uvw"), 2);
    ck_assert_uint_eq(cells_put(&a, 0, 2, 5, CELL_PLAIN, "no such line"), 0);
    char *text = cells_text(&a);
    ck_assert_str_eq(text, "  h\xc3\xa4\xef\xbf\xbd\xef\xbf\xbd!\nuv      xy\n");
    free(text);
    b = a;
    cells_put(&b, 0, 1, 1, CELL_PLAIN, "U");
    char *bytes = cells_update(&b, &a, &len); /* one cell is another one */
    ck_assert_str_eq(bytes, "\33[?25l\33[2;1H\33[0mU\33[1;1H\33[?25h");
    free(bytes);
    bytes = cells_update(&a, &a, &len);
    ck_assert_str_eq(bytes, "\33[?25l\33[1;1H\33[?25h");
    free(bytes);
    bytes = cells_update(&a, NULL, &len);
    ck_assert(strstr(bytes, "\33[2J") && strstr(bytes, "\33[0;1mh"));
    free(bytes);
    cells_clear(&a, 100000, 100000);
    ck_assert(a.width == CELLS_WIDE && a.height == CELLS_HIGH);
}
END_TEST

static void type(struct edit *e, const char *text)
{
    for (; *text; text++)
        edit_key(e, (u8)*text);
}

START_TEST(editing)
{
    struct edit e = {.count = 0};
    type(&e, "brek 7c00");
    for (unsigned i = 0; i < 6; i++)
        edit_key(&e, TERM_LEFT);
    edit_key(&e, 'a');
    ck_assert_str_eq(e.line, "break 7c00");
    ck_assert_uint_eq(edit_column(&e), 4);
    edit_key(&e, TERM_END);
    edit_key(&e, 0xe4);
    edit_key(&e, 0x20ac);
    ck_assert_uint_eq(edit_column(&e), 12);
    edit_key(&e, 0x7f); /* a whole character */
    edit_key(&e, 0x7f);
    ck_assert_str_eq(edit_take(&e), "break 7c00");
    ck_assert_uint_eq(e.len, 0);
    type(&e, "step");
    edit_take(&e);
    edit_take(&e); /* an empty line is not kept, nor the same one twice */
    type(&e, "step");
    edit_take(&e);
    ck_assert_uint_eq(e.count, 2);
    type(&e, "new");
    edit_key(&e, TERM_UP);
    ck_assert_str_eq(e.line, "step");
    edit_key(&e, TERM_UP);
    edit_key(&e, TERM_UP);
    ck_assert_str_eq(e.line, "break 7c00");
    edit_key(&e, TERM_DOWN);
    edit_key(&e, TERM_DOWN);
    edit_key(&e, TERM_DOWN);
    ck_assert_str_eq(e.line, "new");
    edit_key(&e, 'W' & 0x1f);
    ck_assert_str_eq(e.line, "");
    type(&e, "one two");
    edit_key(&e, TERM_HOME);
    edit_key(&e, TERM_DELETE);
    edit_key(&e, TERM_RIGHT);
    edit_key(&e, 'K' & 0x1f);
    ck_assert_str_eq(e.line, "n");
    edit_replace(&e, 0, "next ");
    ck_assert_str_eq(e.line, "next ");
    edit_key(&e, 'U' & 0x1f);
    for (unsigned i = 0; i < 2 * EDIT_LINE; i++) /* no farther than there is room */
        edit_key(&e, 0x20ac);
    ck_assert_uint_lt(e.len, EDIT_LINE);
    ck_assert(!edit_key(&e, TERM_F1) && !edit_key(&e, '\r'));
    for (unsigned i = 0; i < 2 * EDIT_HISTORY; i++) {
        edit_key(&e, 'U' & 0x1f);
        type(&e, i & 1 ? "a" : "b");
        edit_take(&e);
    }
    ck_assert_uint_eq(e.count, EDIT_HISTORY);
    edit_free(&e);
}
END_TEST

/* Inside, and nobody else is there. */
static bool within(const struct pane *p, unsigned width, unsigned height, u8 *used)
{
    bool ok = p->y + p->height <= height && p->x + p->width <= width;
    for (unsigned y = p->y; ok && y < p->y + p->height; y++) {
        for (unsigned x = p->x; x < p->x + p->width; x++)
            ok = ok && !used[y * width + x]++;
    }
    return ok;
}

START_TEST(every_size)
{
    static u8 used[200 * 70];
    for (unsigned width = 1; width <= 200; width += 13) {
        for (unsigned height = 1; height <= 70; height++) {
            for (unsigned whole = 0; whole < 2; whole++) {
                struct pane_layout l;
                pane_layout(&l, width, height, whole);
                ck_assert_int_eq(l.fits,
                                 width >= LAYOUT_LEAST_WIDTH && height >= LAYOUT_LEAST_HEIGHT);
                if (!l.fits)
                    continue;
                const struct pane *all[] = {&l.title, &l.code,   &l.notes, &l.registers,
                                            &l.view,  &l.output, &l.line,  &l.keys};
                memset(used, 0, sizeof(used));
                for (size_t i = 0; i < ARRAY_SIZE(all); i++)
                    ck_assert_msg(within(all[i], width, height, used), "part %zu of %u x %u", i,
                                  width, height);
                ck_assert_uint_eq(l.keys.y, height - 1);
                ck_assert(whole ? l.view.height == height - 3 : l.code.height >= 2);
                ck_assert(whole || (l.registers.height && l.output.height));
            }
        }
    }
    struct pane_layout l;
    pane_layout(&l, 80, 24, false);
    ck_assert(l.code.height >= 8 && l.registers.height >= 10 && l.view.height >= 4 &&
              l.output.height >= 4);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("debugger");
    TCase *t = tcase_create("debugger");
    tcase_add_test(t, keys);
    tcase_add_test(t, cells);
    tcase_add_test(t, editing);
    tcase_add_test(t, every_size);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_ENV);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
