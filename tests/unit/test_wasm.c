/*
 * test_wasm.c - the WebAssembly translator without WebAssembly: numbers as LEB128, the sections of
 * a module, which blocks make a region and what its loops are. Where node is installed it says
 * whether a module is valid; whether it does the right thing is told by the instruction vectors and
 * random programs under node (tests/web).
 */
#include "tests/unit/cpu_harness.h"

#include "cpu/blocks/block.h"
#include "cpu/decode/opdef.h"
#include "cpu/exec.h"
#include "cpu/fpu.h"
#include "cpu/translate/wasm_code.h"
#include "cpu/translate/wasm_region.h"
#include "tests/ops/float_forms.h"

#include <stdio.h>
#include <unistd.h>

static bool all(const struct cpu *c, const struct block *b)
{
    (void)c, (void)b;
    return true;
}

static bool none(const struct cpu *c, const struct block *b)
{
    (void)c, (void)b;
    return false;
}

/* ---- numbers ---- */

START_TEST(numbers)
{
    static const struct {
        s64 value;
        u8 bytes[10];
        u32 n;
    } is_signed[] = {{0, {0}, 1},
                     {63, {0x3f}, 1},
                     {64, {0xc0, 0x00}, 2},
                     {-1, {0x7f}, 1},
                     {-64, {0x40}, 1},
                     {-65, {0xbf, 0x7f}, 2},
                     {0x7fffffff, {0xff, 0xff, 0xff, 0xff, 0x07}, 5},
                     {-0x7fffffff - 1, {0x80, 0x80, 0x80, 0x80, 0x78}, 5}};
    static const struct {
        u32 value;
        u8 bytes[5];
        u32 n;
    } is_unsigned[] = {{0, {0}, 1},
                       {127, {0x7f}, 1},
                       {128, {0x80, 0x01}, 2},
                       {0xffffffffu, {0xff, 0xff, 0xff, 0xff, 0x0f}, 5}};
    u8 bytes[16];
    for (u32 i = 0; i < ARRAY_SIZE(is_signed); i++) {
        struct wasm_code w = {.bytes = bytes, .size = sizeof bytes};
        wasm_s64(&w, is_signed[i].value);
        ck_assert_uint_eq(w.used, is_signed[i].n);
        ck_assert_mem_eq(bytes, is_signed[i].bytes, w.used);
    }
    for (u32 i = 0; i < ARRAY_SIZE(is_unsigned); i++) {
        struct wasm_code w = {.bytes = bytes, .size = sizeof bytes};
        wasm_u32(&w, is_unsigned[i].value);
        ck_assert_uint_eq(w.used, is_unsigned[i].n);
        ck_assert_mem_eq(bytes, is_unsigned[i].bytes, w.used);
    }
}
END_TEST

START_TEST(a_full_buffer_is_told)
{
    u8 bytes[4] = {0, 0, 0, 0xaa};
    struct wasm_code w = {.bytes = bytes, .size = 3};
    wasm_u32(&w, 0xffffffffu);
    ck_assert(w.overflow);
    ck_assert_uint_eq(w.used, 3);
    ck_assert_uint_eq(bytes[3], 0xaa);
}
END_TEST

/* ---- modules ---- */

static u32 get_u32(const u8 *bytes, u32 *at)
{
    u32 v = 0;
    for (unsigned shift = 0;; shift += 7) {
        u8 b = bytes[(*at)++];
        v |= (u32)(b & 0x7f) << shift;
        if (!(b & 0x80))
            return v;
    }
}

/* Sections in rising order that end where the module does; one function that fills its own. */
static void check_sections(const u8 *bytes, u32 size)
{
    ck_assert_mem_eq(bytes, "\0asm\1\0\0\0", 8);
    u32 at = 8, last = 0;
    while (at < size) {
        u32 id = bytes[at++], n = get_u32(bytes, &at), end = at + n;
        ck_assert_uint_gt(id, last);
        ck_assert_uint_le(end, size);
        last = id;
        if (id == 10) {
            u32 functions = get_u32(bytes, &at);
            ck_assert_uint_eq(functions, 1);
            while (functions--) {
                u32 length = get_u32(bytes, &at);
                at += length;
                ck_assert_uint_eq(bytes[at - 1], W_END);
            }
            ck_assert_uint_eq(at, end);
        }
        at = end;
    }
    ck_assert_uint_eq(at, size);
    ck_assert_uint_eq(last, 10);
}

/* Modules, each behind its length, for check_valid(). */
static u8 modules[1 << 21];
static u32 modules_used;

static void keep_module(const u8 *bytes, u32 size)
{
    ck_assert_uint_le(modules_used + 4 + size, sizeof modules);
    put_le32(modules + modules_used, size);
    memcpy(modules + modules_used + 4, bytes, size);
    modules_used += 4 + size;
}

/* By node, where it is: all that were kept. */
static void check_valid(void)
{
    static const char program[] =
        "const b = require(\"fs\").readFileSync(process.argv[1]);"
        "for (let at = 0, n; at < b.length; at += 4 + n) {"
        "n = b.readUInt32LE(at); new WebAssembly.Module(b.subarray(at + 4, at + 4 + n)); }";
    if (system("command -v node >/dev/null 2>&1") != 0)
        return;
    char name[] = "/tmp/test_wasm.XXXXXX", command[512];
    int fd = mkstemp(name);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(write(fd, modules, modules_used), (ssize_t)modules_used);
    close(fd);
    snprintf(command, sizeof command, "node -e '%s' %s", program, name);
    int status = system(command);
    unlink(name);
    ck_assert_msg(status == 0, "node refuses a module");
}

/* ---- regions ---- */

static struct block *block_at(const struct rig *r, u32 phys)
{
    for (struct block *b = r->c->blocks->page[phys >> PAGE_SHIFT]->blocks[(phys & PAGE_MASK) >> 6];
         b; b = b->page_next[0])
        if (b->phys == phys)
            return b;
    return NULL;
}

static const struct wasm_member *member_at(const struct wasm_plan *p, u32 phys)
{
    for (u32 i = 0; i < p->count; i++)
        if (p->member[i].block->phys == phys)
            return &p->member[i];
    return NULL;
}

static HANDLER(nothing)
{
    LEAVE_LOOP(fl);
}

static void emit(const struct rig *r, struct wasm_plan *p, u32 instructions)
{
    struct wasm_world world = {.exit = {nothing, nothing, nothing, nothing, nothing},
                               .vectors = true};
    static u8 bytes[1 << 18];
    u32 alive = 1;
    u64 made;
    p->number = 0;
    p->alive = &alive;
    u32 size = wasm_region_emit(p, r->c, &world, bytes, sizeof bytes, &made);
    ck_assert_uint_gt(size, 0);
    ck_assert_uint_eq(made, instructions);
    check_sections(bytes, size);
    keep_module(bytes, size);
    ck_assert_uint_eq(wasm_region_emit(p, r->c, &world, bytes, 512, &made), 0); /* no room */
    world.vectors = false; /* each such instruction is its handler's then */
    check_sections(bytes, wasm_region_emit(p, r->c, &world, bytes, sizeof bytes, &made));
}

/* Two loops, one in the other, with a call. */
static const u8 nested[] = {
    0xb9, 3,    0,    0, 0,    /* 00      mov ecx, 3 */
    0xba, 3,    0,    0, 0,    /* 05 L:   mov edx, 3 */
    0x01, 0x05, 0,    0, 4, 0, /* 0a M:   add [DATA], eax */
    0x4a,                      /* 10      dec edx */
    0x75, 0xf7,                /* 11      jnz M */
    0xe8, 4,    0,    0, 0,    /* 13      call S */
    0x49,                      /* 18      dec ecx */
    0x75, 0xea,                /* 19      jnz L */
    0xf4,                      /* 1b      hlt */
    0xd1, 0xe8,                /* 1c S:   shr eax, 1 */
    0x73, 9,                   /* 1e      jnc R */
    0x35, 0x55, 0xaa, 0, 0,    /* 20      xor eax, aa55h */
    0x9e, 0x9f,                /* 25      sahf; lahf: by their handlers */
    0x90, 0x90,                /* 27      nop; nop */
    0xd1, 0xd0,                /* 29 R:   rcl eax, 1: likewise */
    0xc3,                      /* 2b      ret */
};

static struct rig *nested_loops(void)
{
    struct rig *r = rig_new("pentium3");
    pm_init(r, 0);
    phys_write(&r->phys, CODE, nested, sizeof nested);
    r->c->gpr[EAX] = 0x5a5a5a5b;
    ck_assert_int_eq(rig_run(r, 1000), CPU_HALT);
    r->c->eip = CODE;
    return r;
}

START_TEST(loops_of_a_region)
{
    struct rig *r = nested_loops();
    struct block *root = block_at(r, CODE);
    struct wasm_plan p;
    ck_assert_ptr_nonnull(root);
    wasm_region_plan(&p, r->c, &root, 1, all);
    ck_assert_ptr_eq(p.member[0].block, root);
    ck_assert_uint_eq(p.count, 8); /* the branch to R is never taken */
    const struct wasm_member *inner = member_at(&p, CODE + 0x0a);
    const struct wasm_member *outer = member_at(&p, CODE + 0x05);
    const struct wasm_member *behind = member_at(&p, CODE + 0x18);
    ck_assert_ptr_nonnull(inner);
    ck_assert_ptr_nonnull(outer);
    ck_assert_ptr_nonnull(behind);
    ck_assert_uint_eq(inner->to[0], inner - p.member);
    ck_assert_uint_eq(behind->to[0], outer - p.member);
    ck_assert(inner->enter);
    ck_assert(behind->enter); /* RET comes there */
    ck_assert_uint_ne(inner->end, WASM_NONE);
    /* What leads back into the loop is a part of it. */
    for (const struct wasm_member *m = inner; m < p.member + p.count; m++)
        if (m->to[0] == inner - p.member || m->to[1] == inner - p.member)
            ck_assert_uint_le(m - p.member, inner->end);
    rig_free(r);
}
END_TEST

START_TEST(module_of_a_region)
{
    struct rig *r = nested_loops();
    struct block *root = block_at(r, CODE);
    struct wasm_plan p;
    u32 instructions = 0;
    wasm_region_plan(&p, r->c, &root, 1, all);
    for (u32 i = 0; i < p.count; i++)
        instructions += p.member[i].block->count;
    emit(r, &p, instructions);
    wasm_region_plan(&p, r->c, &root, 1, none); /* it alone: all its ways lead out */
    ck_assert_uint_eq(p.count, 1);
    ck_assert_uint_eq(p.member[0].to[0], WASM_NONE);
    ck_assert_uint_eq(p.member[0].to[1], WASM_NONE);
    emit(r, &p, root->count);
    check_valid();
    rig_free(r);
}
END_TEST

/* ---- vectors ---- */

/* What is made of each is a module that a host takes. */
START_TEST(vectors_are_valid)
{
    u8 code[4096];
    u32 n = 0, forms = 0, found = 0;
    struct rig *r = rig_new("pentium4");
    struct wasm_plan p;
    pm_init(r, 0);
    r->c->mmu.cr4 |= CR4_OSFXSR | CR4_OSXMMEXCPT;
    fpu_update(r->c);
    r->c->gpr[EDI] = DATA;
    for (unsigned i = 0; i < 2 * opdef_count; i++) {
        const struct opdef *d = &opdefs[i / 2];
        u32 bytes = row_has_vectors(d)
                        ? float_form(d, i & 1 ? AT_ADDRESS : IN_REGISTER, DATA, 0x1b, code + n)
                        : 0;
        n += bytes;
        forms += bytes != 0;
    }
    code[n++] = 0xf4;
    ck_assert_uint_gt(forms, 300);
    phys_write(&r->phys, CODE, code, n);
    ck_assert_int_eq(rig_run(r, 1000), CPU_HALT);
    for (u32 at = CODE; at < CODE + n;) {
        struct block *root = block_at(r, at);
        ck_assert_ptr_nonnull(root);
        r->c->eip = at;
        wasm_region_plan(&p, r->c, &root, 1, none);
        emit(r, &p, root->count);
        at += root->bytes;
        found += root->count;
    }
    ck_assert_uint_eq(found, forms + 1);
    check_valid();
    rig_free(r);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("wasm");
    TCase *t = tcase_create("wasm");
    tcase_add_test(t, numbers);
    tcase_add_test(t, a_full_buffer_is_told);
    tcase_add_test(t, loops_of_a_region);
    tcase_add_test(t, module_of_a_region);
    tcase_add_test(t, vectors_are_valid);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_NORMAL);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed != 0;
}
