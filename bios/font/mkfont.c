/*
 * mkfont: turns the drawn fonts (8x16.txt, 8x14.txt, 8x8.txt) into includes for nasm and for C.
 *
 * It runs on the build machine and knows nothing of the emulator. Letters and signs are
 * drawn by hand in the text files; what follows a rule is made here: accented letters are
 * composed, the 8x14 font is folded out of the 8x16 one, and shades, box drawing and block
 * elements (code page 437, B0-DF) are computed for each height so that they join exactly.
 *
 * Usage: mkfont SOURCE-DIR OUTPUT-DIR          write font_8x16.inc, font_8x16.h ...
 *        mkfont --sheet SOURCE-DIR HEIGHT PGM  draw all 256 glyphs as a picture to look at
 */
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { GLYPHS = 256, MAX_HEIGHT = 16, MAX_PARTS = 32, NAME_SIZE = 64 };

struct glyph {
    uint8_t row[MAX_HEIGHT];
    bool drawn;
    int drop; /* row to leave out for the 8x14 font, -1: find two equal rows */
    char name[NAME_SIZE];
};

struct font {
    int height;
    struct glyph glyph[GLYPHS];
    struct glyph part[MAX_PARTS];
    int parts;
};

/* One text file being read, for messages with a line number. */
struct source {
    FILE *file;
    char path[512];
    int line;
};

static _Noreturn void die(const struct source *src, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static _Noreturn void die(const struct source *src, const char *format, ...)
{
    va_list ap;

    fputs("mkfont: ", stderr);
    if (src)
        fprintf(stderr, "%s:%d: ", src->path, src->line);
    va_start(ap, format);
    vfprintf(stderr, format, ap);
    va_end(ap);
    fputc('\n', stderr);
    exit(1);
}

/* ---- reading the drawings ------------------------------------------------------------ */

static bool is_art(const char *line)
{
    return line[0] == '#' ? (line[1] == '#' || line[1] == '.') : line[0] == '.';
}

static uint8_t art_row(const struct source *src, const char *line)
{
    uint8_t bits = 0;

    if (strlen(line) != 8 || strspn(line, "#.") != 8)
        die(src, "a row of a glyph is 8 characters of '#' and '.'");
    for (int x = 0; x < 8; x++) {
        if (line[x] == '#')
            bits |= 0x80 >> x;
    }
    return bits;
}

static struct glyph *find_part(struct font *font, const char *name)
{
    for (int i = 0; i < font->parts; i++) {
        if (strcmp(font->part[i].name, name) == 0)
            return &font->part[i];
    }
    return NULL;
}

/* "41" is a glyph drawn earlier in the file, anything else the name of a part. */
static const struct glyph *find_base(struct font *font, const char *word)
{
    char *end;
    unsigned long code = strtoul(word, &end, 16);

    if (strlen(word) == 2 && *end == '\0' && code < GLYPHS && font->glyph[code].drawn)
        return &font->glyph[code];
    return find_part(font, word);
}

static struct glyph *new_glyph(const struct source *src, struct font *font, unsigned code)
{
    if (code >= GLYPHS)
        die(src, "glyph codes run from 00 to FF");
    struct glyph *g = &font->glyph[code];
    memset(g, 0, sizeof *g);
    g->drawn = true;
    g->drop = -1;
    return g;
}

static void set_name(struct glyph *g, const char *name)
{
    snprintf(g->name, sizeof g->name, "%s", name);
}

static void compose(const struct source *src, struct font *font, const char *line)
{
    char base_name[NAME_SIZE], part_name[NAME_SIZE];
    unsigned code;
    int name_at = 0;

    if (sscanf(line, "compose %x = %63s + %63s : %n", &code, base_name, part_name, &name_at) != 3 ||
        name_at == 0)
        die(src, "expected: compose CODE = BASE + PART : NAME");
    const struct glyph *base = find_base(font, base_name);
    const struct glyph *part = find_part(font, part_name);
    if (!base || !part)
        die(src, "'%s' is not drawn above this line", base ? part_name : base_name);
    struct glyph *g = new_glyph(src, font, code);
    for (int y = 0; y < font->height; y++)
        g->row[y] = base->row[y] | part->row[y];
    g->drop = base->drop;
    set_name(g, line + name_at);
}

/* Starts the glyph or part that a header line announces; the art follows at row *y. */
static struct glyph *begin(const struct source *src, struct font *font, const char *line, int *y)
{
    char name[NAME_SIZE];
    unsigned code;
    int drop = -1, name_at = 0;
    struct glyph *g;

    if (sscanf(line, "part %63s at %d", name, y) == 2) {
        if (font->parts == MAX_PARTS)
            die(src, "more than %d parts", MAX_PARTS);
        g = &font->part[font->parts++];
        memset(g, 0, sizeof *g);
        g->drop = -1;
        set_name(g, name);
    } else if ((sscanf(line, "glyph %x at %d drop %d %n", &code, y, &drop, &name_at) == 3 ||
                sscanf(line, "glyph %x at %d %n", &code, y, &name_at) == 2) &&
               name_at > 0) {
        g = new_glyph(src, font, code);
        g->drop = drop;
        set_name(g, line + name_at);
    } else {
        die(src, "expected: glyph CODE at ROW [drop ROW] NAME, or: part NAME at ROW");
    }
    if (*y < 0 || *y >= font->height || drop >= font->height)
        die(src, "this font has rows 0 to %d", font->height - 1);
    return g;
}

static void read_font(struct font *font, const char *dir, const char *name)
{
    struct source src = {.line = 0};
    struct glyph *g = NULL;
    char line[256];
    int y = 0;

    snprintf(src.path, sizeof src.path, "%s/%s", dir, name);
    src.file = fopen(src.path, "r");
    if (!src.file)
        die(NULL, "cannot read %s", src.path);
    while (fgets(line, sizeof line, src.file)) {
        src.line++;
        line[strcspn(line, "\r\n")] = '\0';
        if (is_art(line)) {
            if (!g)
                die(&src, "a row without a glyph or part line above it");
            if (y >= font->height)
                die(&src, "the glyph is taller than %d rows", font->height);
            g->row[y++] = art_row(&src, line);
        } else if (line[0] == '\0' || line[0] == '#') {
            g = NULL;
        } else if (strncmp(line, "compose", 7) == 0) {
            compose(&src, font, line);
            g = NULL;
        } else {
            g = begin(&src, font, line, &y);
        }
    }
    fclose(src.file);
}

/* ---- 8x14 from 8x16 ------------------------------------------------------------------ */

/* The row that goes: one of two equal neighbours below the x-height, the middle first. */
static int row_to_fold(const struct glyph *g)
{
    static const int candidate[] = {8, 9, 7, 6, 10, 5, 11};

    if (g->drop >= 0)
        return g->drop;
    for (size_t i = 0; i < sizeof candidate / sizeof candidate[0]; i++) {
        int y = candidate[i];
        if (g->row[y] == g->row[y - 1] || g->row[y] == g->row[y + 1])
            return y;
    }
    return -1;
}

static void fold_font(const struct font *tall, struct font *font)
{
    for (int code = 0; code < GLYPHS; code++) {
        const struct glyph *from = &tall->glyph[code];
        struct glyph *to = &font->glyph[code];
        if (!from->drawn || to->drawn)
            continue;
        int skip = row_to_fold(from);
        if (skip < 0)
            die(NULL,
                "glyph %02X has no two equal rows to fold for 8x14: give it a \"drop\""
                " row, or draw it in 8x14.txt",
                code);
        *to = *from;
        for (int y = 0, out = 0; out < font->height; y++) {
            if (y != skip)
                to->row[out++] = from->row[y];
        }
    }
}

/* ---- what follows a rule: B0-DF ------------------------------------------------------ */

/* The arms of B3-DA: up, right, down, left; 0 none, 1 light, 2 double. */
static const char box_arms[][5] = {
    "1010", "1011", "1012", "2021", "0021", "0012", "2022", "2020", /* B3-BA */
    "0022", "2002", "2001", "1002", "0011", "1100", "1101", "0111", /* BB-C2 */
    "1110", "0101", "1111", "1210", "2120", "2200", "0220", "2202", /* C3-CA */
    "0222", "2220", "0202", "2222", "1202", "2101", "0212", "0121", /* CB-D2 */
    "2100", "1200", "0210", "0120", "2121", "1212", "1001", "0110", /* D3-DA */
};

static void fill(struct glyph *g, int x0, int y0, int x1, int y1)
{
    for (int y = y0; y <= y1; y++) {
        for (int x = x0; x <= x1; x++)
            g->row[y] |= 0x80 >> x;
    }
}

/*
 * A light horizontal line is row "mid", a double one the rows beside it; a light vertical
 * line is columns 3-4, a double one columns 1-2 and 5-6. Each arm is drawn from the cell's
 * edge to where it meets the others: a double line opens for what branches off (the gap
 * between its strokes stays free), a light line runs up to the nearest stroke it meets.
 */
static void draw_box(struct glyph *g, int height, const char *arms)
{
    const int mid = (height - 1) / 2, top = mid - 1, bottom = mid + 1;
    const int up = arms[0] - '0', right = arms[1] - '0';
    const int down = arms[2] - '0', left = arms[3] - '0';

    /* Where the outer and inner ends of the strokes lie, seen from each arm. */
    if (right == 1)
        fill(g, left ? 0 : up == 2 && down == 2 ? 5 : up == 2 || down == 2 ? 1 : 3, mid, 7, mid);
    if (left == 1)
        fill(g, 0, mid, right ? 7 : up == 2 && down == 2 ? 2 : up == 2 || down == 2 ? 6 : 4, mid);
    if (right == 2) {
        int meet = up == 2 || down == 2 ? 1 : 3;
        fill(g, up == 2 ? 5 : left ? 0 : meet, top, 7, top);
        fill(g, down == 2 ? 5 : left ? 0 : meet, bottom, 7, bottom);
    }
    if (left == 2) {
        int meet = up == 2 || down == 2 ? 6 : 4;
        fill(g, 0, top, up == 2 ? 2 : right ? 7 : meet, top);
        fill(g, 0, bottom, down == 2 ? 2 : right ? 7 : meet, bottom);
    }
    if (down == 1) {
        int start = left == 2 && right == 2 ? bottom : left == 2 || right == 2 ? top : mid;
        fill(g, 3, up ? 0 : start, 4, height - 1);
    }
    if (up == 1) {
        int end = left == 2 && right == 2 ? top : left == 2 || right == 2 ? bottom : mid;
        fill(g, 3, 0, 4, down ? height - 1 : end);
    }
    if (down == 2) {
        int meet = left == 2 || right == 2 ? top : mid;
        fill(g, 1, left == 2 ? bottom : up ? 0 : meet, 2, height - 1);
        fill(g, 5, right == 2 ? bottom : up ? 0 : meet, 6, height - 1);
    }
    if (up == 2) {
        int meet = left == 2 || right == 2 ? bottom : mid;
        fill(g, 1, 0, 2, left == 2 ? top : down ? height - 1 : meet);
        fill(g, 5, 0, 6, right == 2 ? top : down ? height - 1 : meet);
    }
}

static void draw_ruled(struct font *font)
{
    static const struct source none = {.path = "rule"};
    static const uint8_t shade[3][2] = {{0x88, 0x22}, {0xAA, 0x55}, {0x77, 0xDD}};
    static const char *const shade_name[] = {"LIGHT SHADE", "MEDIUM SHADE", "DARK SHADE"};
    static const struct {
        const char *name;
        int x0, x1, half; /* half: 0 whole height, 1 lower, 2 upper */
    } block[] = {
        {"FULL BLOCK", 0, 7, 0},       {"LOWER HALF BLOCK", 0, 7, 1}, {"LEFT HALF BLOCK", 0, 3, 0},
        {"RIGHT HALF BLOCK", 4, 7, 0}, {"UPPER HALF BLOCK", 0, 7, 2},
    };
    const int h = font->height;

    for (unsigned i = 0; i < 3; i++) {
        struct glyph *g = new_glyph(&none, font, 0xB0 + i);
        for (int y = 0; y < h; y++)
            g->row[y] = shade[i][y & 1];
        set_name(g, shade_name[i]);
    }
    for (unsigned i = 0; i < sizeof box_arms / sizeof box_arms[0]; i++) {
        struct glyph *g = new_glyph(&none, font, 0xB3 + i);
        draw_box(g, h, box_arms[i]);
        snprintf(g->name, sizeof g->name, "BOX up %c right %c down %c left %c", box_arms[i][0],
                 box_arms[i][1], box_arms[i][2], box_arms[i][3]);
    }
    for (unsigned i = 0; i < 5; i++) {
        struct glyph *g = new_glyph(&none, font, 0xDB + i);
        fill(g, block[i].x0, block[i].half == 1 ? h / 2 : 0, block[i].x1,
             block[i].half == 2 ? h / 2 - 1 : h - 1);
        set_name(g, block[i].name);
    }
}

/* ---- output -------------------------------------------------------------------------- */

static struct font *load_font(const char *dir, int height)
{
    struct font *font = calloc(1, sizeof *font);

    if (!font)
        die(NULL, "out of memory");
    font->height = height;
    if (height == 14) {
        struct font *tall = load_font(dir, 16);
        read_font(font, dir, "8x14.txt");
        draw_ruled(font);
        fold_font(tall, font);
        free(tall);
    } else {
        read_font(font, dir, height == 16 ? "8x16.txt" : "8x8.txt");
        draw_ruled(font);
    }
    for (int code = 0; code < GLYPHS; code++) {
        if (!font->glyph[code].drawn)
            die(NULL, "the 8x%d font has no glyph %02X", height, code);
    }
    return font;
}

static FILE *create(const char *path)
{
    FILE *f = fopen(path, "wb");

    if (!f)
        die(NULL, "cannot write %s", path);
    return f;
}

static void finish(FILE *f, const char *path)
{
    if (ferror(f) || fclose(f) != 0)
        die(NULL, "cannot write %s", path);
}

static void write_include(const char *source_dir, const char *dir, int height, bool c)
{
    struct font *font = load_font(source_dir, height);
    char path[512];

    snprintf(path, sizeof path, "%s/font_8x%d.%s", dir, height, c ? "h" : "inc");
    FILE *f = create(path);
    fprintf(f, "%s 8x%d font, code page 437: %d bytes a glyph. Made by mkfont, do not edit.%s\n",
            c ? "/*" : ";", height, height, c ? " */" : "");
    for (int code = 0; code < GLYPHS; code++) {
        fputs(c ? "    {" : "    db ", f);
        for (int y = 0; y < height; y++)
            fprintf(f, "%s0x%02X", y ? "," : "", font->glyph[code].row[y]);
        fprintf(f, c ? "}, /* %02X %s */\n" : " ; %02X %s\n", code, font->glyph[code].name);
    }
    finish(f, path);
    free(font);
}

/* All glyphs in 16 rows of 16, three times enlarged, with a grey grid between them. */
static void write_sheet(const char *source_dir, int height, const char *path)
{
    enum { SCALE = 3, GAP = 4 };
    struct font *font = load_font(source_dir, height);
    const int cell_w = 8 * SCALE + GAP, cell_h = height * SCALE + GAP;
    FILE *f = create(path);

    fprintf(f, "P5\n%d %d\n255\n", 16 * cell_w + GAP, 16 * cell_h + GAP);
    for (int y = -GAP; y < 16 * cell_h; y++) {
        for (int x = -GAP; x < 16 * cell_w; x++) {
            if (x < 0 || y < 0) {
                fputc(96, f);
                continue;
            }
            const struct glyph *g = &font->glyph[y / cell_h * 16 + x / cell_w];
            int row = y % cell_h / SCALE, column = x % cell_w / SCALE;
            bool gap = x % cell_w >= 8 * SCALE || y % cell_h >= height * SCALE;
            fputc(gap ? 96 : g->row[row] & 0x80 >> column ? 255 : 0, f);
        }
    }
    finish(f, path);
    free(font);
}

int main(int argc, char **argv)
{
    if (argc == 5 && strcmp(argv[1], "--sheet") == 0) {
        int height = atoi(argv[3]);
        if (height != 16 && height != 14 && height != 8)
            die(NULL, "the heights are 16, 14 and 8");
        write_sheet(argv[2], height, argv[4]);
        return 0;
    }
    if (argc != 3)
        die(NULL, "usage: mkfont SOURCE-DIR OUTPUT-DIR");
    write_include(argv[1], argv[2], 16, false);
    write_include(argv[1], argv[2], 14, false);
    write_include(argv[1], argv[2], 8, false);
    write_include(argv[1], argv[2], 16, true); /* for the window's messages */
    return 0;
}
