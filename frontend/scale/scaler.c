/*
 * scaler.c - the guest's picture at the size in which it is shown. See scaler.h.
 *
 * All filters are separable: a row of the source is brought to the result's width once and kept,
 * and a row of the result is the sum of few of those. Weights are in 1/256 and add up to 256, so
 * that a plain area stays exactly its colour. Rows are weighed four pixels at a time in lanes of 16
 * bits, each of which holds two channels; the compiler finds the host's own instructions for it.
 */
#include "frontend/scale/scaler.h"

#include "hw/base/memory.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { ONE = 256, KEPT = 4, MOST_TAPS = 1 << 15 };

/* What one row or column of the result is made of. */
struct tap {
    u32 first, count; /* in the source */
    u32 weight;       /* index of the first weight */
};

/* The same of a column with one source or two: in one load. */
struct pair {
    u16 first, second, first_weight, second_weight;
};

struct scaler {
    enum scale_filter filter;
    u32 from_w, from_h, to_w, to_h;
    struct tap *column, *row;
    struct pair *pair; /* NULL: columns have more sources */
    u16 *column_weight, *row_weight;
    bool mask;      /* CRT: there are dots enough to show it */
    u8 bright[256]; /* CRT: what lines and mask take away is given before */
    u32 *kept[KEPT];
    u32 kept_row[KEPT]; /* of the source; UINT32_MAX: none */
    u32 next_kept;
};

const char *scale_mode_name(unsigned mode)
{
    static const char *const names[] = {"fit", "integer", "free"};
    return mode < SCALE_MODES ? names[mode] : NULL;
}

/* ---- where ---- */

static int whole(double v)
{
    return v < 1 ? 1 : v > 16384 ? 16384 : (int)(v + 0.5);
}

struct scale_place scale_place(enum scale_mode mode, unsigned width, unsigned height, double aspect,
                               int window_w, int window_h)
{
    struct scale_place p = {.w = window_w, .h = window_h};
    if (window_w <= 0 || window_h <= 0 || !width || !height)
        return (struct scale_place){0};
    if (!(aspect > 0.1 && aspect < 10))
        aspect = 4.0 / 3;
    if (mode != SCALE_FREE) {
        p.h = whole(window_w / aspect);
        if (p.h > window_h) {
            p.h = window_h;
            p.w = whole(window_h * aspect);
        }
        p.w = p.w < window_w ? p.w : window_w;
    }
    if (mode == SCALE_INTEGER && p.h >= (int)height) {
        p.h = p.h / (int)height * (int)height;
        p.w = whole(p.h * aspect);
        /* As near to whole columns as the shape allows without being seen: two percent. */
        double times = (double)p.w / width;
        int near = whole(times) * (int)width;
        if (near <= window_w && fabs(near - p.w * 1.0) < 0.02 * p.w)
            p.w = near;
        p.w = p.w < window_w ? p.w : window_w;
    }
    p.x = (window_w - p.w) / 2;
    p.y = (window_h - p.h) / 2;
    return p;
}

/* ---- weights ---- */

struct weights {
    u16 *at;
    u32 count, capacity;
};

static bool put_weight(struct weights *w, u32 value)
{
    if (!ARRAY_ROOM(w->at, w->capacity, w->count + 1))
        return false;
    w->at[w->count++] = (u16)value;
    return true;
}

/* Real weights of source rows first, first + 1 ... become whole ones that add up to `total`. */
static bool put_weights(struct weights *w, struct tap *t, u32 first, u32 count, const double *real,
                        double total)
{
    double sum = 0, seen = 0;
    u32 given = 0;
    *t = (struct tap){.first = first, .weight = w->count};
    for (u32 i = 0; i < count; i++)
        sum += real[i];
    for (u32 i = 0; i < count; i++) {
        seen += real[i];
        u32 upto = sum > 0 ? (u32)(seen / sum * total * ONE + 0.5) : 0;
        if (i == 0 && upto == 0 && count > 1 && t->count == 0) {
            t->first++; /* nothing of this one */
            continue;
        }
        if (!put_weight(w, upto - given))
            return false;
        t->count++;
        given = upto;
    }
    while (t->count > 1 && w->at[w->count - 1] == 0) {
        w->count--;
        t->count--;
    }
    return true;
}

/* The area of the source below one dot. */
static bool area(struct weights *w, struct tap *t, u32 i, u32 from, u32 to)
{
    double part[MOST_TAPS / 2];
    double low = (double)i * from / to, high = (double)(i + 1) * from / to;
    u32 first = (u32)low, last = (u32)ceil(high - 1e-9);
    last = last > from ? from : last;
    u32 count = 0;
    for (u32 k = first; k < last; k++) {
        double a = low > k ? low : k, b = high < k + 1.0 ? high : k + 1.0;
        part[count++] = b > a ? b - a : 0;
    }
    return put_weights(w, t, first, count, part, 1);
}

static bool nearest(struct weights *w, struct tap *t, u32 i, u32 from, u32 to)
{
    static const double all = 1;
    u32 k = (u32)(((u64)2 * i + 1) * from / ((u64)2 * to));
    return put_weights(w, t, k < from ? k : from - 1, 1, &all, 1);
}

/* Between the middles of two pixels; where the picture becomes smaller, the area. */
static bool linear(struct weights *w, struct tap *t, u32 i, u32 from, u32 to)
{
    if (from > to)
        return area(w, t, i, from, to);
    double at = (i + 0.5) * from / to - 0.5;
    at = at < 0 ? 0 : at > from - 1.0 ? from - 1.0 : at;
    u32 k = (u32)at;
    double part[2] = {1 - (at - k), at - k};
    return put_weights(w, t, k, k + 1 < from ? 2 : 1, part, 1);
}

/*
 * A tube's scan lines: brightest in their middle, and dark between. A mode of 200 rows shows each
 * of them in two lines, as a VGA does. Where a line has less than three dots, the dark between
 * becomes weaker, and below two there is none: it would be a pattern of its own.
 */
static bool scan_line(struct weights *w, struct tap *t, u32 i, u32 from, u32 to)
{
    u32 lines = from < 300 ? 2 * from : from;
    double dots = (double)to / lines;
    if (dots < 2)
        return area(w, t, i, from, to);
    double depth = dots < 3 ? 0.35 * (dots - 2) : 0.35;
    double at = (i + 0.5) * lines / to, middle = floor(at) + 0.5;
    double away = fabs(at - middle) * 2; /* 0 in the middle, 1 at the edge */
    u32 k = (u32)(middle * from / lines);
    static const double all = 1;
    return put_weights(w, t, k < from ? k : from - 1, 1, &all, 1 - depth * away * away);
}

static bool make_taps(struct weights *w, struct tap *taps, enum scale_filter filter, bool rows,
                      u32 from, u32 to)
{
    for (u32 i = 0; i < to; i++) {
        bool ok = filter == FILTER_SHARP         ? area(w, &taps[i], i, from, to)
                  : filter == FILTER_NEAREST     ? nearest(w, &taps[i], i, from, to)
                  : filter == FILTER_CRT && rows ? scan_line(w, &taps[i], i, from, to)
                                                 : linear(w, &taps[i], i, from, to);
        if (!ok)
            return false;
    }
    return true;
}

/* NULL also when out of memory: the columns serve as well. */
static struct pair *make_pairs(const struct scaler *s)
{
    struct pair *pair = calloc(s->to_w, sizeof(*pair));
    for (u32 x = 0; pair && x < s->to_w; x++) {
        const struct tap *t = &s->column[x];
        const u16 *w = s->column_weight + t->weight;
        if (t->count > 2) {
            free(pair);
            return NULL;
        }
        pair[x] = (struct pair){(u16)t->first, (u16)(t->first + t->count - 1), w[0],
                                t->count == 2 ? w[1] : 0};
    }
    return pair;
}

static void make_tube(struct scaler *s)
{
    s->mask = s->to_w >= 2 * s->from_w && s->to_w >= 900;
    for (unsigned i = 0; i < 256; i++) {
        double v = 255 * pow(i / 255.0, 0.85) * 1.06;
        s->bright[i] = v > 255 ? 255 : (u8)(v + 0.5);
    }
}

struct scaler *scaler_new(enum scale_filter filter, unsigned from_w, unsigned from_h, unsigned to_w,
                          unsigned to_h)
{
    struct scaler *s = calloc(1, sizeof(*s));
    struct weights columns = {0}, rows = {0};
    if (!s)
        return NULL;
    *s = (struct scaler){
        .filter = filter, .from_w = from_w, .from_h = from_h, .to_w = to_w, .to_h = to_h};
    s->column = calloc(to_w, sizeof(*s->column));
    s->row = calloc(to_h, sizeof(*s->row));
    bool ok = s->column && s->row && make_taps(&columns, s->column, filter, false, from_w, to_w) &&
              make_taps(&rows, s->row, filter, true, from_h, to_h);
    if (filter == FILTER_CRT)
        make_tube(s);
    s->column_weight = columns.at;
    s->row_weight = rows.at;
    for (unsigned i = 0; i < KEPT; i++) {
        s->kept[i] = malloc((to_w + 1) * sizeof(u32));
        s->kept_row[i] = UINT32_MAX;
        ok &= s->kept[i] != NULL;
    }
    if (ok) {
        s->pair = make_pairs(s);
        return s;
    }
    scaler_free(s);
    return NULL;
}

void scaler_free(struct scaler *s)
{
    if (!s)
        return;
    for (unsigned i = 0; i < KEPT; i++)
        free(s->kept[i]);
    free(s->column);
    free(s->pair);
    free(s->row);
    free(s->column_weight);
    free(s->row_weight);
    free(s);
}

void scaler_rows(const struct scaler *s, unsigned first, unsigned end, unsigned *to_first,
                 unsigned *to_end)
{
    /* Rows of the result are in the order of what they are made of. */
    u32 low = 0, high = s->to_h;
    while (low < s->to_h && s->row[low].first + s->row[low].count <= first)
        low++;
    while (high > low && s->row[high - 1].first >= end)
        high--;
    *to_first = low;
    *to_end = high;
}

/* ---- pixels ---- */

#define RED_BLUE 0x00ff00ffu

static u32 weigh(u32 a, u32 wa, u32 b, u32 wb)
{
    u32 rb = ((a & RED_BLUE) * wa + (b & RED_BLUE) * wb) >> 8;
    u32 g = ((a >> 8 & 255) * wa + (b >> 8 & 255) * wb) & 0xff00;
    return (rb & RED_BLUE) | g;
}

/* Of more than two pixels. */
static u32 gather(const u32 *from, const struct tap *t, const u16 *weight)
{
    u32 red = 128, green = 128, blue = 128;
    for (u32 i = 0; i < t->count; i++) {
        u32 p = from[t->first + i], w = weight[t->weight + i];
        red += (p >> 16 & 255) * w;
        green += (p >> 8 & 255) * w;
        blue += (p & 255) * w;
    }
    return (red >> 8) << 16 | (green >> 8) << 8 | blue >> 8;
}

static u32 brighter(const struct scaler *s, u32 p)
{
    return (u32)s->bright[p >> 16 & 255] << 16 | (u32)s->bright[p >> 8 & 255] << 8 |
           s->bright[p & 255];
}

/* What the mask leaves: each dot is the place of one phosphor and dims the other two. */
static void tube(const struct scaler *s, u32 *row)
{
    enum { FULL = 256, LEFT = 200 };
    static const u32 left[3][3] = {{FULL, LEFT, LEFT}, {LEFT, FULL, LEFT}, {LEFT, LEFT, FULL}};
    for (u32 x = 0; x < s->to_w; x++) {
        u32 p = brighter(s, row[x]);
        const u32 *w = left[x % 3];
        if (s->mask)
            p = (p >> 16 & 255) * w[0] >> 8 << 16 | ((p >> 8 & 255) * w[1] & 0xff00) |
                (p & 255) * w[2] >> 8;
        row[x] = p;
    }
}

/* A row of the source at the result's width. */
static void widen(const struct scaler *s, const u32 *from, u32 *to)
{
    if (s->filter == FILTER_NEAREST) {
        for (u32 x = 0; x < s->to_w; x++)
            to[x] = from[s->column[x].first];
        return;
    }
    for (u32 x = 0; s->pair && x < s->to_w; x++) {
        const struct pair *p = &s->pair[x];
        to[x] = weigh(from[p->first], p->first_weight, from[p->second], p->second_weight);
    }
    for (u32 x = 0; !s->pair && x < s->to_w; x++)
        to[x] = gather(from, &s->column[x], s->column_weight);
    if (s->filter == FILTER_CRT)
        tube(s, to);
}

static const u32 *widened(struct scaler *s, const u32 *from, u32 row)
{
    for (u32 i = 0; i < KEPT; i++) {
        if (s->kept_row[i] == row)
            return s->kept[i];
    }
    u32 i = s->next_kept++ % KEPT;
    s->kept_row[i] = row;
    widen(s, from + (size_t)row * s->from_w, s->kept[i]);
    return s->kept[i];
}

typedef u16 lanes __attribute__((vector_size(16)));
enum { LANE_PIXELS = sizeof(lanes) / sizeof(u32) };

/* Weights of at most 256 together. */
static void weigh_rows(u32 *to, const u32 *a, u32 wa, const u32 *b, u32 wb, size_t count)
{
    const lanes low = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    const u16 v = (u16)wa, w = (u16)wb;
    size_t x = 0;
    for (; x + LANE_PIXELS <= count; x += LANE_PIXELS) {
        lanes p, q;
        memcpy(&p, a + x, sizeof(p));
        memcpy(&q, b + x, sizeof(q));
        lanes even = ((p & low) * v + (q & low) * w) >> 8;
        lanes odd = ((p >> 8) * v + (q >> 8) * w) & ~low;
        p = even | odd;
        memcpy(to + x, &p, sizeof(p));
    }
    for (; x < count; x++)
        to[x] = weigh(a[x], wa, b[x], wb);
}

static void dim_row(u32 *to, const u32 *a, u32 wa, u32 count)
{
    const lanes low = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};
    const u16 v = (u16)wa;
    u32 x = 0;
    for (; x + LANE_PIXELS <= count; x += LANE_PIXELS) {
        lanes p;
        memcpy(&p, a + x, sizeof(p));
        p = ((p & low) * v) >> 8 | (((p >> 8) * v) & ~low);
        memcpy(to + x, &p, sizeof(p));
    }
    for (; x < count; x++)
        to[x] = weigh(a[x], wa, a[x], 0);
}

/* A row of the result out of more than two of the source: the picture becomes smaller. */
static void gather_rows(struct scaler *s, const u32 *from, u32 *to, const struct tap *t)
{
    memset(to, 0, s->to_w * sizeof(*to));
    for (u32 x = 0; x < s->to_w; x++) {
        const struct tap *c = &s->column[x];
        u32 red = 1 << 15, green = 1 << 15, blue = 1 << 15;
        for (u32 i = 0; i < t->count; i++) {
            u32 p = gather(from + (size_t)(t->first + i) * s->from_w, c, s->column_weight);
            u32 w = s->row_weight[t->weight + i] << 8;
            red += (p >> 16 & 255) * w;
            green += (p >> 8 & 255) * w;
            blue += (p & 255) * w;
        }
        to[x] = (red >> 16) << 16 | (green >> 16) << 8 | blue >> 16;
        if (s->filter == FILTER_CRT)
            to[x] = brighter(s, to[x]);
    }
}

void scaler_run(struct scaler *s, const u32 *from, u32 *to, size_t pitch, unsigned first,
                unsigned end)
{
    for (unsigned i = 0; i < KEPT; i++)
        s->kept_row[i] = UINT32_MAX;
    for (u32 y = first; y < end; y++) {
        const struct tap *t = &s->row[y], *last = &s->row[y - (y > first)];
        const u16 *w = s->row_weight + t->weight;
        u32 *row = to + (size_t)y * pitch;
        bool same = y > first && t->count == last->count && t->first == last->first &&
                    memcmp(w, s->row_weight + last->weight, t->count * sizeof(*w)) == 0;
        if (same) {
            memcpy(row, row - pitch, s->to_w * sizeof(*row));
        } else if (t->count == 1 && w[0] == ONE) {
            memcpy(row, widened(s, from, t->first), s->to_w * sizeof(*row));
        } else if (t->count == 1) {
            dim_row(row, widened(s, from, t->first), w[0], s->to_w);
        } else if (t->count == 2) {
            const u32 *a = widened(s, from, t->first), *b = widened(s, from, t->first + 1);
            weigh_rows(row, a, w[0], b, w[1], s->to_w);
        } else {
            gather_rows(s, from, row, t);
        }
    }
}

void scaler_mix(u32 *to, const u32 *now, const u32 *then, unsigned part, size_t count)
{
    part = part > ONE ? ONE : part;
    weigh_rows(to, now, part, then, ONE - part, count);
}
