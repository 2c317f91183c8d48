/*
 * encode_names.c - mnemonics: the texts of operations.def, each with its sizes, and the other names
 * that SDM vol. 2 and NASM's manual (appendix F) have for the same operations.
 */
#include "cpu/decode/encode_private.h"

#include "cpu/decode/decode.h"
#include "cpu/decode/models.h"
#include "cpu/decode/query.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Other names; front, implied, size as in struct encode_name. */
static const struct alias {
    const char *text, *of;
    u8 front, size;
} aliases[] = {
    {"sal", "shl", 0, 0},         {"retn", "ret", 0, 0},          {"loope", "loopz", 0, 0},
    {"loopne", "loopnz", 0, 0},   {"xlat", "xlatb", 0, 0},        {"icebp", "int1", 0, 0},
    {"int01", "int1", 0, 0},      {"int03", "int3", 0, 0},        {"setalc", "salc", 0, 0},
    {"ud2a", "ud2", 0, 0},        {"ud2b", "ud1", 0, 0},          {"wait", "fwait", 0, 0},
    {"pause", "nop", 0xf3, 0},    {"finit", "fninit", 0x9b, 0},   {"fclex", "fnclex", 0x9b, 0},
    {"feni", "fneni", 0x9b, 0},   {"fdisi", "fndisi", 0x9b, 0},   {"fstcw", "fnstcw", 0x9b, 0},
    {"fstsw", "fnstsw", 0x9b, 0}, {"fstenv", "fnstenv", 0x9b, 0}, {"fsave", "fnsave", 0x9b, 0},
    {"fsetpm", "fnsetpm", 0, 0},
};

/* Conditions have more names than there are conditions. SDM vol. 1, appendix B. */
static const char *const conditions[][2] = {{"c", "b"},   {"nae", "b"}, {"ae", "nb"}, {"nc", "nb"},
                                            {"e", "z"},   {"ne", "nz"}, {"na", "be"}, {"a", "nbe"},
                                            {"pe", "p"},  {"po", "np"}, {"nge", "l"}, {"ge", "nl"},
                                            {"ng", "le"}, {"g", "nle"}};

/* CMPPS and its like with their predicate in the name. SDM vol. 2, CMPPS. */
static const char *const predicates[8] = {"eq", "lt", "le", "unord", "neq", "nlt", "nle", "ord"};

/* Beside the size of the operation when it is 32 bits these have a name of 16 in NASM. */
static bool has_w_name(unsigned operation)
{
    return operation == I_pusha || operation == I_popa || operation == I_pushf ||
           operation == I_popf || operation == I_iret;
}

enum { MOST_NAMES = 2 * OPERATION_COUNT };

static void add(struct encoder *e, const char *text, const struct encode_name *like)
{
    if (e->names >= MOST_NAMES || strlen(text) >= sizeof(like->text))
        return;
    struct encode_name *n = &e->name[e->names++];
    *n = *like;
    snprintf(n->text, sizeof(n->text), "%s", text);
}

static bool is_string(const struct encoder *e, unsigned operation)
{
    u16 row = e->of_operation[operation];
    return row != NO_ROW && (opdefs[row].attr & A_REP);
}

/* The names of one operation, from its text. */
static void add_operation(struct encoder *e, unsigned operation)
{
    const char *text = operations[operation].text, *slash = strchr(text, '/');
    struct encode_name n = {.operation = (u16)operation, .implied = NO_IMMEDIATE};
    char name[16];
    if (is_string(e, operation)) {
        for (unsigned i = 0; i < 3; i++) {
            snprintf(name, sizeof name, "%s%c", text, "bwd"[i]);
            n.size = (u8)(1u << i);
            add(e, name, &n);
        }
        return;
    }
    if (!slash) {
        add(e, text, &n);
        return;
    }
    snprintf(name, sizeof name, "%.*s", (int)(slash - text), text);
    u8 *said = operation == I_jcxz ? &n.address : &n.size;
    *said = has_w_name(operation) ? 0 : 2;
    add(e, name, &n);
    *said = 4;
    add(e, slash + 1, &n);
    if (has_w_name(operation)) {
        strcat(name, "w");
        n.size = 2;
        add(e, name, &n);
    }
}

/* `text` is another name for what `of`, among the names of operations, is. */
static void add_alias(struct encoder *e, const char *text, const char *of, u8 front, int implied)
{
    int at = encoder_find(e, of, strlen(of));
    for (unsigned i = (unsigned)at; at >= 0 && i < e->sorted; i++) {
        if (strcmp(e->name[i].text, of) != 0)
            break;
        struct encode_name n = e->name[i];
        n.front = front;
        n.implied = (s16)implied;
        /* CMPSD is a string operation, too; that has no predicate. */
        if (implied == NO_IMMEDIATE || !is_string(e, n.operation))
            add(e, text, &n);
    }
}

static void add_aliases(struct encoder *e)
{
    static const char *const families[] = {"j", "set", "cmov"};
    static const char *const kinds[] = {"ps", "ss", "pd", "sd"};
    char text[16], of[16];
    for (unsigned i = 0; i < ARRAY_SIZE(aliases); i++)
        add_alias(e, aliases[i].text, aliases[i].of, aliases[i].front, NO_IMMEDIATE);
    for (unsigned f = 0; f < ARRAY_SIZE(families); f++) {
        for (unsigned i = 0; i < ARRAY_SIZE(conditions); i++) {
            snprintf(text, sizeof text, "%s%s", families[f], conditions[i][0]);
            snprintf(of, sizeof of, "%s%s", families[f], conditions[i][1]);
            add_alias(e, text, of, 0, NO_IMMEDIATE);
        }
    }
    for (unsigned k = 0; k < ARRAY_SIZE(kinds); k++) {
        for (unsigned i = 0; i < ARRAY_SIZE(predicates); i++) {
            snprintf(text, sizeof text, "cmp%s%s", predicates[i], kinds[k]);
            snprintf(of, sizeof of, "cmp%s", kinds[k]);
            add_alias(e, text, of, 0, (int)i);
        }
    }
}

static int by_text(const void *a, const void *b)
{
    const struct encode_name *x = a, *y = b;
    int order = strcmp(x->text, y->text);
    return order ? order : (int)x->operation - (int)y->operation;
}

static void sort(struct encoder *e)
{
    qsort(e->name, e->names, sizeof *e->name, by_text);
    e->sorted = e->names;
}

struct encoder *encoder_new(void)
{
    struct encoder *e = calloc(1, sizeof *e);
    if (!e)
        return NULL;
    e->name = calloc(MOST_NAMES, sizeof *e->name);
    e->of_operation = malloc(OPERATION_COUNT * sizeof *e->of_operation);
    e->next = malloc(opdef_count * sizeof *e->next);
    if (!e->name || !e->of_operation || !e->next) {
        encoder_free(e);
        return NULL;
    }
    memset(e->of_operation, 0xff, OPERATION_COUNT * sizeof *e->of_operation);
    for (unsigned row = opdef_count; row--;) {
        const struct opdef *r = &opdefs[row];
        e->next[row] = e->of_operation[r->operation];
        if (r->map <= 1)
            e->of_operation[r->operation] = (u16)row;
    }
    for (unsigned i = 0; i < OPERATION_COUNT; i++)
        if (e->of_operation[i] != NO_ROW)
            add_operation(e, i);
    sort(e);
    add_aliases(e);
    sort(e);
    return e;
}

void encoder_free(struct encoder *e)
{
    if (!e)
        return;
    free(e->name);
    free(e->of_operation);
    free(e->next);
    free(e);
}

/* ---- by name ---- */

static bool lower_case(const char *name, size_t len, char *out, size_t room)
{
    if (!len || len >= room)
        return false;
    for (size_t i = 0; i < len; i++)
        out[i] = (char)tolower((unsigned char)name[i]);
    out[len] = 0;
    return true;
}

int encoder_find(const struct encoder *e, const char *name, size_t len)
{
    char text[sizeof(e->name->text)];
    if (!lower_case(name, len, text, sizeof text))
        return -1;
    unsigned low = 0, high = e->sorted;
    while (low < high) {
        unsigned middle = (low + high) / 2;
        if (strcmp(e->name[middle].text, text) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < e->sorted && strcmp(e->name[low].text, text) == 0 ? (int)low : -1;
}

bool encoder_branches(const struct encoder *e, unsigned name)
{
    const char *text = e->name[name].text;
    for (; name < e->names && strcmp(e->name[name].text, text) == 0; name++) {
        u16 row = e->of_operation[e->name[name].operation];
        for (; row != NO_ROW; row = e->next[row])
            if (kind_among(opdefs[row].operand[0], KIND(Jb) | KIND(Jz)))
                return true;
    }
    return false;
}

unsigned encode_distance(const char *a, size_t a_len, const char *b, size_t b_len, unsigned most)
{
    enum { LONGEST = 32 };
    unsigned row[3][LONGEST + 1];
    if (a_len > LONGEST || b_len > LONGEST || a_len + most < b_len || b_len + most < a_len)
        return most + 1;
    for (unsigned j = 0; j <= b_len; j++)
        row[0][j] = j;
    for (unsigned i = 1; i <= a_len; i++) {
        unsigned *now = row[i % 3], *above = row[(i + 2) % 3], *two_above = row[(i + 1) % 3];
        now[0] = i;
        for (unsigned j = 1; j <= b_len; j++) {
            bool same = tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 1]);
            unsigned least = above[j - 1] + !same;
            if (above[j] + 1 < least)
                least = above[j] + 1;
            if (now[j - 1] + 1 < least)
                least = now[j - 1] + 1;
            if (i > 1 && j > 1 &&
                tolower((unsigned char)a[i - 1]) == tolower((unsigned char)b[j - 2]) &&
                tolower((unsigned char)a[i - 2]) == tolower((unsigned char)b[j - 1]) &&
                two_above[j - 2] + 1 < least)
                least = two_above[j - 2] + 1;
            now[j] = least;
        }
    }
    unsigned d = row[a_len % 3][b_len];
    return d <= most ? d : most + 1;
}

const char *encoder_nearest(const struct encoder *e, const char *name, size_t len)
{
    unsigned most = len <= 3 ? 1 : 2, best = 2 * most + 2;
    const char *found = NULL;
    for (unsigned i = 0; len && i < e->names; i++) {
        const char *text = e->name[i].text;
        /* Of two that are as near, the one that begins alike. */
        bool alike = tolower((unsigned char)name[0]) == text[0];
        unsigned d = 2 * encode_distance(name, len, text, strlen(text), most) + !alike;
        if (d < best) {
            best = d;
            found = text;
        }
    }
    return found;
}

bool encode_processor(const char *name, size_t len, u64 *features, bool *before_386)
{
    static const struct {
        const char *name, *model; /* NULL: all that there is */
    } names[] = {
        {"8086", "386"},        {"186", "386"},
        {"80186", "386"},       {"286", "386"},
        {"80286", "386"},       {"386", "386"},
        {"80386", "386"},       {"486", "486"},
        {"80486", "486"},       {"586", "pentium"},
        {"pentium", "pentium"}, {"p5", "pentium"},
        {"686", "pentium2"},    {"p6", "pentium2"},
        {"ppro", "pentium2"},   {"pentiumpro", "pentium2"},
        {"p2", "pentium2"},     {"p3", "pentium3"},
        {"katmai", "pentium3"}, {"p4", NULL},
        {"willamette", NULL},   {"prescott", NULL},
        {"any", NULL},          {"default", NULL},
        {"all", NULL},
    };
    char text[16];
    if (!lower_case(name, len, text, sizeof text))
        return false;
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++) {
        if (strcmp(text, names[i].name) != 0)
            continue;
        const struct cpu_model *m = names[i].model ? cpu_model_find(names[i].model) : NULL;
        *features = m ? m->features : 0;
        *before_386 = i < 5;
        return true;
    }
    return false;
}

/* By class; those that are only numbered have a stem. */
static const char fixed_names[4][8][4] = {
    {"al", "cl", "dl", "bl", "ah", "ch", "dh", "bh"},
    {"ax", "cx", "dx", "bx", "sp", "bp", "si", "di"},
    {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi"},
    {"es", "cs", "ss", "ds", "fs", "gs", "", ""},
};
static const char stems[ENCODE_CLASSES][4] = {
    [ENCODE_CR] = "cr", [ENCODE_DR] = "dr", [ENCODE_TR] = "tr",
    [ENCODE_ST] = "st", [ENCODE_MM] = "mm", [ENCODE_XMM] = "xmm"};

int encode_register(const char *name, size_t len)
{
    char text[8];
    if (!lower_case(name, len, text, sizeof text))
        return -1;
    for (unsigned c = 0; c < 4; c++)
        for (unsigned i = 0; i < 8; i++)
            if (strcmp(text, fixed_names[c][i]) == 0)
                return (int)(8 * c + i);
    for (unsigned c = ENCODE_CR; c < ENCODE_CLASSES; c++) {
        size_t n = strlen(stems[c]);
        if (len == n + 1 && memcmp(text, stems[c], n) == 0 && text[n] >= '0' && text[n] < '8')
            return (int)(8 * c + (unsigned)(text[n] - '0'));
    }
    return strcmp(text, "st") == 0 ? 8 * ENCODE_ST : -1;
}

void encode_register_name(unsigned reg, char out[8])
{
    unsigned c = reg / 8, i = reg & 7;
    if (c < 4)
        snprintf(out, 8, "%s", fixed_names[c][i]);
    else
        snprintf(out, 8, "%s%u", c < ENCODE_CLASSES ? stems[c] : "r", i);
}
