/*
 * test_scaler.c - pictures brought to another size: every filter, many sizes, all of them against a
 * slow and plain reckoning; bands are what the whole is; where a picture stands in its window.
 */
#include "frontend/scale/scaler.h"

#include <check.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static u32 noise(u32 *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 8 & 0xffffff;
}

static u32 *picture(unsigned w, unsigned h, u32 seed)
{
    u32 *p = calloc((size_t)w * h, sizeof(*p));
    for (size_t i = 0; i < (size_t)w * h; i++)
        p[i] = noise(&seed);
    return p;
}

static const unsigned sizes[][4] = {
    {320, 200, 640, 480},  {320, 200, 1440, 1080}, {720, 400, 640, 480}, {640, 480, 640, 480},
    {1024, 768, 333, 251}, {80, 50, 2000, 7},      {1, 1, 50, 40},       {3, 5, 1, 1},
    {640, 350, 641, 479},  {2, 2, 301, 3},
};

/* The area of [low, high) that lies in [k, k + 1). */
static double part(double low, double high, unsigned k)
{
    double a = low > k ? low : k, b = high < k + 1.0 ? high : k + 1.0;
    return b > a ? b - a : 0;
}

static double channel(u32 p, unsigned shift)
{
    return p >> shift & 255;
}

/* Sharp: each dot is the area below it. */
START_TEST(sharp_is_the_area)
{
    const unsigned *s = sizes[_i];
    u32 *from = picture(s[0], s[1], 7), *to = picture(s[2], s[3], 9);
    struct scaler *z = scaler_new(FILTER_SHARP, s[0], s[1], s[2], s[3]);
    scaler_run(z, from, to, s[2], 0, s[3]);
    for (unsigned y = 0; y < s[3]; y += 1 + s[3] / 40) {
        for (unsigned x = 0; x < s[2]; x += 1 + s[2] / 40) {
            double l = (double)x * s[0] / s[2], r = (x + 1.0) * s[0] / s[2];
            double t = (double)y * s[1] / s[3], b = (y + 1.0) * s[1] / s[3];
            for (unsigned shift = 0; shift < 24; shift += 8) {
                double sum = 0;
                for (unsigned j = (unsigned)t; j < s[1] && j < b; j++) {
                    for (unsigned i = (unsigned)l; i < s[0] && i < r; i++)
                        sum += part(t, b, j) * part(l, r, i) * channel(from[j * s[0] + i], shift);
                }
                double want = sum / ((r - l) * (b - t));
                double have = channel(to[y * s[2] + x], shift);
                ck_assert_msg(fabs(want - have) < 4, "dot %u,%u: %g, not %g", x, y, have, want);
            }
        }
    }
    scaler_free(z);
    free(from);
    free(to);
}
END_TEST

START_TEST(nearest_mixes_nothing)
{
    const unsigned *s = sizes[_i];
    u32 *from = picture(s[0], s[1], 7), *to = picture(s[2], s[3], 9);
    struct scaler *z = scaler_new(FILTER_NEAREST, s[0], s[1], s[2], s[3]);
    scaler_run(z, from, to, s[2], 0, s[3]);
    size_t wrong = 0;
    for (unsigned y = 0; y < s[3]; y++) {
        unsigned j = (2 * y + 1) * s[1] / (2 * s[3]);
        for (unsigned x = 0; x < s[2]; x++) {
            unsigned i = (2 * x + 1) * s[0] / (2 * s[2]);
            wrong += to[y * s[2] + x] != from[j * s[0] + i];
        }
    }
    ck_assert_uint_eq(wrong, 0);
    scaler_free(z);
    free(from);
    free(to);
}
END_TEST

/* A plain area keeps its colour to the last bit, and linear lies between its neighbours. */
START_TEST(plain_stays_plain)
{
    const unsigned *s = sizes[_i];
    u32 *from = picture(s[0], s[1], 7), *to = picture(s[2], s[3], 9);
    for (unsigned filter = 0; filter < FILTER_CRT; filter++) {
        struct scaler *z = scaler_new(filter, s[0], s[1], s[2], s[3]);
        for (u32 colour = 0; colour < 0x1000000; colour += 0x2f3f517) {
            for (size_t i = 0; i < (size_t)s[0] * s[1]; i++)
                from[i] = colour;
            scaler_run(z, from, to, s[2], 0, s[3]);
            size_t wrong = 0;
            for (size_t i = 0; i < (size_t)s[2] * s[3]; i++)
                wrong += to[i] != colour;
            ck_assert_uint_eq(wrong, 0);
        }
        scaler_free(z);
    }
    free(from);
    free(to);
}
END_TEST

/* One row of the source changes: the rows that are said to show it are all that changes. */
START_TEST(bands_are_the_whole)
{
    const unsigned *s = sizes[_i];
    size_t bytes = (size_t)s[2] * s[3] * sizeof(u32);
    u32 *from = picture(s[0], s[1], 7), *whole = malloc(bytes), *bands = malloc(bytes);
    for (unsigned filter = 0; filter < SCALE_FILTERS; filter++) {
        struct scaler *z = scaler_new(filter, s[0], s[1], s[2], s[3]);
        scaler_run(z, from, bands, s[2], 0, s[3]);
        for (unsigned row = 0; row < s[1]; row += 1 + s[1] / 13) {
            unsigned first, end, last = row + 3 < s[1] ? row + 3 : s[1];
            u32 seed = row;
            for (size_t i = (size_t)row * s[0]; i < (size_t)last * s[0]; i++)
                from[i] = noise(&seed);
            scaler_rows(z, row, last, &first, &end);
            scaler_run(z, from, bands, s[2], first, end);
            scaler_run(z, from, whole, s[2], 0, s[3]);
            ck_assert_msg(memcmp(whole, bands, bytes) == 0, "filter %u, row %u", filter, row);
        }
        scaler_free(z);
    }
    free(from);
    free(whole);
    free(bands);
}
END_TEST

/* A tube: white has lines of different brightness where there is room for them, and else none. */
START_TEST(crt_has_lines)
{
    static const struct {
        unsigned h, to_h;
        bool lines;
    } row[] = {{400, 1600, true}, {200, 1600, true}, {480, 1440, true}, {480, 800, false}};
    for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
        u32 *from = malloc(64 * row[i].h * sizeof(u32)), *to = malloc(64 * row[i].to_h * 4);
        for (size_t k = 0; k < (size_t)64 * row[i].h; k++)
            from[k] = 0xffffff;
        struct scaler *z = scaler_new(FILTER_CRT, 64, row[i].h, 64, row[i].to_h);
        scaler_run(z, from, to, 64, 0, row[i].to_h);
        unsigned low = 255, high = 0;
        for (unsigned y = 0; y < row[i].to_h; y++) {
            unsigned green = to[y * 64 + 1] >> 8 & 255;
            low = green < low ? green : low;
            high = green > high ? green : high;
        }
        ck_assert_msg((high - low > 20) == row[i].lines, "%u lines: %u to %u", row[i].h, low, high);
        ck_assert_uint_ge(high, 220);
        scaler_free(z);
        free(from);
        free(to);
    }
}
END_TEST

START_TEST(mixing)
{
    u32 now[13], then[13], to[13], seed = 3;
    for (unsigned part = 0; part <= 256; part += 16) {
        for (unsigned i = 0; i < 13; i++) {
            now[i] = noise(&seed);
            then[i] = noise(&seed);
        }
        scaler_mix(to, now, then, part, 13);
        for (unsigned i = 0; i < 13; i++) {
            for (unsigned shift = 0; shift < 24; shift += 8) {
                double want =
                    (channel(now[i], shift) * part + channel(then[i], shift) * (256 - part)) / 256;
                ck_assert(fabs(want - channel(to[i], shift)) < 1);
            }
        }
    }
    scaler_mix(to, now, then, 256, 13);
    ck_assert(memcmp(to, now, sizeof(to)) == 0);
}
END_TEST

START_TEST(places)
{
    struct scale_place p = scale_place(SCALE_FIT, 320, 200, 4.0 / 3, 1920, 1080);
    ck_assert(p.x == 240 && p.y == 0 && p.w == 1440 && p.h == 1080);
    p = scale_place(SCALE_FREE, 320, 200, 4.0 / 3, 1920, 1080);
    ck_assert(p.x == 0 && p.w == 1920 && p.h == 1080);
    p = scale_place(SCALE_INTEGER, 320, 200, 4.0 / 3, 1920, 1080); /* 5 dots a row */
    ck_assert(p.h == 1000 && abs(p.w - 1333) < 27 && p.y == 40);
    p = scale_place(SCALE_INTEGER, 640, 480, 4.0 / 3, 1920, 1080);
    ck_assert(p.h == 960 && p.w == 1280);
    p = scale_place(SCALE_INTEGER, 640, 480, 4.0 / 3, 400, 300); /* no room for a dot a row */
    ck_assert(p.h == 300 && p.w == 400);
    for (int w = 1; w < 900; w += 37) { /* never beyond the window */
        for (int h = 1; h < 900; h += 41) {
            for (unsigned mode = 0; mode < SCALE_MODES; mode++) {
                p = scale_place(mode, 720, 400, 4.0 / 3, w, h);
                ck_assert(p.x >= 0 && p.y >= 0 && p.w > 0 && p.h > 0);
                ck_assert(p.x + p.w <= w && p.y + p.h <= h);
            }
        }
    }
}
END_TEST

int main(void)
{
    Suite *s = suite_create("scaler");
    TCase *t = tcase_create("scaler");
    int n = ARRAY_SIZE(sizes);
    tcase_add_loop_test(t, sharp_is_the_area, 0, n);
    tcase_add_loop_test(t, nearest_mixes_nothing, 0, n);
    tcase_add_loop_test(t, plain_stays_plain, 0, n);
    tcase_add_loop_test(t, bands_are_the_whole, 0, n);
    tcase_add_test(t, crt_has_lines);
    tcase_add_test(t, mixing);
    tcase_add_test(t, places);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
