/*
 * test_golden.c - snapshots of earlier versions are loaded, and the machines in them go on.
 *
 *   tests/test_golden --write FILE   a snapshot of today's version, for golden/
 *
 * golden/ keeps one file for each version whose snapshots differ; none is ever replaced. The guest
 * writes the next letter of a fixed sequence at each tick of the BIOS clock, to the debug console
 * and to the screen: what it writes does not depend on the exact time, which a later version may
 * keep otherwise.
 */
#include "hw/machine/vm.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { DISKETTE = 160 * 1024, MAX_FILE = 1 << 20 };

static const u8 program[] = {
    0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xd0, 0xbc, 0x00, 0x7c, /* xor ax,ax; ds, ss; sp=7c00h */
    0xbe, 0x01, 0x00, 0xfb,                               /* mov si,1; sti */
    /* again: */
    0x8b, 0x1e, 0x6c, 0x04,                         /* mov bx,[46ch] */
    0xf4, 0x3b, 0x1e, 0x6c, 0x04, 0x74, 0xf9,       /* hlt; cmp bx,[46ch]; je -7 */
    0x89, 0xf0, 0x6b, 0xf0, 0x4b, 0x83, 0xc6, 0x4a, /* mov ax,si; imul si,ax,75; add si,74 */
    0x89, 0xf0, 0x24, 0x1f, 0x04, 0x40, 0xe6, 0xe9, /* mov ax,si; al = (al & 31) + '@'; out e9h */
    0xb4, 0x0e, 0xbb, 0x07, 0x00, 0xcd, 0x10,       /* teletype */
    0xeb, 0xdc,                                     /* jmp again */
};

/* The letters, from the first tick on. */
static void letters(char *text, unsigned count)
{
    u16 si = 1;
    for (unsigned i = 0; i < count; i++) {
        si = (u16)(si * 75 + 74);
        text[i] = (char)((si & 31) + '@');
    }
    text[count] = 0;
}

struct sink {
    char text[4096];
    size_t count;
};

static void sink_write(void *opaque, const u8 *data, size_t len)
{
    struct sink *s = opaque;
    for (size_t i = 0; i < len && s->count < sizeof(s->text) - 1; i++)
        s->text[s->count++] = (char)data[i];
}

static struct vm *machine(struct sink *console, struct err *e)
{
    static u8 diskette[DISKETTE];
    memset(diskette, 0, sizeof(diskette));
    memcpy(diskette, program, sizeof(program));
    diskette[510] = 0x55;
    diskette[511] = 0xaa;
    struct vm_config c = {.ram_mb = 1,
                          .floppy[0] = {.bytes = diskette, .size = DISKETTE},
                          .debugcon = {sink_write, NULL, console}};
    return vm_new(&c, e);
}

static int write_golden(const char *path)
{
    struct sink console = {.count = 0};
    struct err e;
    struct vm *vm = machine(&console, &e);
    u8 *bytes = NULL;
    size_t size = 0;
    while (vm && console.count < 20)
        vm_run(vm, vm_now(vm) + 10 * NS_PER_MS);
    if (!vm || !vm_save(vm, &bytes, &size, &e)) {
        fprintf(stderr, "%s\n", e.text);
        return EXIT_FAILURE;
    }
    FILE *f = fopen(path, "wb");
    bool ok = f && fwrite(bytes, 1, size, f) == size;
    ok &= f && fclose(f) == 0;
    if (!ok)
        perror(path);
    free(bytes);
    vm_free(vm, &e);
    return ok ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* The guest had written 20 letters when it was saved. */
static void goes_on(const char *name)
{
    char path[512], want[100];
    static u8 bytes[MAX_FILE];
    struct err e;
    snprintf(path, sizeof(path), "%s/%s", GOLDEN, name);
    FILE *f = fopen(path, "rb");
    ck_assert_msg(f != NULL, "no %s", path);
    size_t size = fread(bytes, 1, sizeof(bytes), f);
    fclose(f);
    struct sink console = {.count = 0};
    struct vm *vm = machine(&console, &e);
    ck_assert_msg(vm != NULL, "%s", e.text);
    bool ok = vm_load(vm, bytes, size, &e);
    if (!ok && strstr(e.text, "without zlib")) {
        printf("skipped: %s: %s\n", name, e.text);
        vm_free(vm, &e);
        return;
    }
    ck_assert_msg(ok, "%s: %s", name, e.text);
    while (console.count < 40) {
        u64 to = vm_now(vm) + 10 * NS_PER_MS;
        ck_assert_int_eq(vm_run(vm, to), VM_SLICE);
        ck_assert_uint_lt(vm_now(vm), 60 * NS_PER_SEC);
    }
    letters(want, 60);
    console.text[40] = 0;
    ck_assert_int_eq(memcmp(console.text, want + 20, 40), 0);
    /* What was on the screen still is, and the rest has followed. */
    char *screen = calloc(1, 65536);
    vm_screen_text(vm, screen, 65536);
    ck_assert_msg(strstr(screen, want) != NULL, "%s: the screen shows \"%s\"", name, screen);
    free(screen);
    ck_assert(vm_free(vm, &e));
}

START_TEST(version_2026_11)
{
    goes_on("2026-11.ferrite");
}
END_TEST

/* Cards that could not record. */
START_TEST(version_2026_11_deaf)
{
    goes_on("2026-11-deaf.ferrite");
}
END_TEST

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "--write"))
        return write_golden(argv[2]);
    Suite *s = suite_create("golden");
    TCase *t = tcase_create("golden");
    tcase_set_timeout(t, 60);
    tcase_add_test(t, version_2026_11);
    tcase_add_test(t, version_2026_11_deaf);
    suite_add_tcase(s, t);
    SRunner *sr = srunner_create(s);
    srunner_run_all(sr, CK_ENV);
    int failed = srunner_ntests_failed(sr);
    srunner_free(sr);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
