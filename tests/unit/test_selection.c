/*
 * A part of the text screen: which cells belong to it, and its text.
 */
#include "frontend/control/selection.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct screen_cells cells;

static void setup(void)
{
    static const char *const lines[] = {"first line", "  second", "", "fourth and last"};
    cells.columns = 20;
    cells.rows = 4;
    for (unsigned y = 0; y < 4; y++) {
        size_t n = strlen(lines[y]);
        for (unsigned x = 0; x < 20; x++)
            cells.cell[y * 20 + x].code = x < n ? (u16)lines[y][x] : y == 1 ? 0xa0 : ' ';
    }
    cells.cell[3 * 20].code = 0x2588; /* a full block */
}

static void same(unsigned x, unsigned y, unsigned to_x, unsigned to_y, bool block,
                 const char *expected)
{
    char *text = selection_text(&(struct selection){x, y, to_x, to_y, block}, &cells);
    ck_assert_str_eq(text, expected);
    free(text);
    text = selection_text(&(struct selection){to_x, to_y, x, y, block}, &cells);
    if (!block || y == to_y || x == to_x) /* the same, drawn the other way */
        ck_assert_str_eq(text, expected);
    free(text);
}

START_TEST(lines)
{
    same(6, 0, 9, 0, false, "line");
    same(6, 0, 6, 0, false, "l");
    same(10, 0, 19, 0, false, "");
    same(6, 0, 4, 1, false, "line\n  sec");
    same(0, 1, 19, 2, false, "  second\n");
    same(2, 1, 5, 3, false, "second\n\n\u2588ourth");
    same(0, 0, 19, 3, false, "first line\n  second\n\n\u2588ourth and last");
    same(0, 3, 999, 999, false, "\u2588ourth and last");
    same(50, 50, 60, 60, false, "");
}
END_TEST

START_TEST(blocks)
{
    same(2, 0, 4, 3, true, "rst\nsec\n\nurt");
    same(4, 0, 2, 3, true, "rst\nsec\n\nurt");
    same(6, 0, 9, 1, true, "line\nnd");
    same(19, 0, 19, 3, true, "\n\n\n");
}
END_TEST

START_TEST(which)
{
    struct selection s = {5, 3, 7, 1, false};
    ck_assert(selection_has(&s, 7, 1) && selection_has(&s, 19, 1) && selection_has(&s, 0, 2) &&
              selection_has(&s, 5, 3));
    ck_assert(!selection_has(&s, 6, 1) && !selection_has(&s, 6, 3) && !selection_has(&s, 9, 0) &&
              !selection_has(&s, 0, 4));
    s.block = true;
    ck_assert(selection_has(&s, 5, 1) && selection_has(&s, 7, 3));
    ck_assert(!selection_has(&s, 8, 2) && !selection_has(&s, 4, 2) && !selection_has(&s, 6, 0));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("selection");
    TCase *t = tcase_create("selection");
    tcase_add_checked_fixture(t, setup, NULL);
    tcase_add_test(t, lines);
    tcase_add_test(t, blocks);
    tcase_add_test(t, which);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? 1 : 0;
}
