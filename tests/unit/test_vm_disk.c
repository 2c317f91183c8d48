/*
 * test_vm_disk.c - the whole machine at work on two hard disks: saved at random moments (in POST,
 * between sectors, in the middle of a block) and loaded elsewhere, it goes on identically; what
 * the guest wrote is in the overlay, never in the image; a file image gets it at once.
 */
#include "hw/storage/disk.h"
#include "tests/unit/vm_rig.h"

#include <stdio.h>
#include <unistd.h>

enum { CYLINDER = 16 * 63 * 512, DISK = 8 * CYLINDER };

/*
 * In the master boot record of hda: reads 20 sectors of hda at cylinder BP, head 3; changes and
 * sums them up on the debug console; writes them to the same place of hdb, and the first one to
 * hda's next cylinder, from where it goes on. An INT 13h error leaves through port F4h.
 */
static const u8 program[] = {
    0x31, 0xc0, 0x8e, 0xd8, 0x8e, 0xc0, 0x8e, 0xd0, /* xor ax,ax; mov ds,ax; es; ss */
    0xbc, 0x00, 0x7c, 0xfb, 0x31, 0xed,             /* mov sp,7c00h; sti; xor bp,bp */
    0xb8, 0x14, 0x02, 0xe8, 0x48, 0x00, 0xb2, 0x80, /* again: mov ax,0214h; call place; dl=80h */
    0xcd, 0x13, 0x72, 0x3e, 0xbe, 0x00, 0x80,       /* int 13h; jc bad; mov si,8000h */
    0xb9, 0x00, 0x14, 0x31, 0xd2,                   /* mov cx,20*256; xor dx,dx */
    0xad, 0x01, 0xe8, 0x89, 0x44, 0xfe,             /* lodsw; add ax,bp; mov [si-2],ax */
    0x01, 0xc2, 0xd1, 0xc2, 0xe2, 0xf4,             /* add dx,ax; rol dx,1; loop */
    0x88, 0xd0, 0xe6, 0xe9, 0x88, 0xf0, 0xe6, 0xe9, /* mov al,dl; out e9h,al; al,dh; out */
    0xb8, 0x14, 0x03, 0xe8, 0x20, 0x00, 0xb2, 0x81, /* mov ax,0314h; call place; mov dl,81h */
    0xcd, 0x13, 0x72, 0x16, 0xb8, 0x01, 0x03, 0x45, /* int 13h; jc bad; mov ax,0301h; inc bp */
    0xe8, 0x13, 0x00, 0xb2, 0x80, 0xcd, 0x13,       /* call place; mov dl,80h; int 13h */
    0x72, 0x09, 0x83, 0xfd, 0x06, 0x72, 0xba,       /* jc bad; cmp bp,6; jb again */
    0x31, 0xed, 0xeb, 0xb6,                         /* xor bp,bp; jmp again */
    0x88, 0xe0, 0xe6, 0xf4,                         /* bad: mov al,ah; out f4h,al */
    0xbb, 0x00, 0x80, 0x89, 0xe9, 0x88, 0xcd,       /* place: mov bx,8000h; cx=bp; mov ch,cl */
    0xb1, 0x01, 0xb6, 0x03, 0xc3,                   /* mov cl,1; mov dh,3; ret */
};

static u8 hda[DISK], hdb[DISK], hda_before[DISK];

static void fill(void)
{
    for (size_t i = 0; i < sizeof(hda); i++) {
        hda[i] = (u8)(i * 7 + i / 512);
        hdb[i] = 0;
    }
    memset(hda, 0, 512);
    memcpy(hda, program, sizeof(program));
    hda[510] = 0x55;
    hda[511] = 0xaa;
    memcpy(hda_before, hda, sizeof(hda));
}

static struct vm *boot(struct sink *console)
{
    struct vm_config c = {
        .ram_mb = 1,
        .mips = 20,
        .boot = "c",
        .disk[0] = {.bytes = hda, .size = DISK},
        .disk[1] = {.bytes = hdb, .size = DISK},
        .debugcon = sink_stream(console),
    };
    console->count = 0;
    return vm_made(&c);
}

START_TEST(saved_in_mid_transfer)
{
    static struct sink ca, cb;
    u64 seed = 5, start = 0;
    struct err e;
    fill();
    struct vm *a = boot(&ca);
    for (unsigned i = 0; i < 25; i++) {
        u8 *bytes;
        size_t size;
        seed = seed * 6364136223846793005ull + 1442695040888963407ull;
        /* The first few in POST, the others where the program runs. */
        u64 ns = ca.count ? (seed >> 33) % (8 * NS_PER_MS) : 30 * NS_PER_MS;
        ck_assert_int_eq(vm_run(a, vm_now(a) + ns), VM_SLICE);
        ck_assert_msg(vm_save(a, &bytes, &size, &e), "%s", e.text);
        struct vm *b = boot(&cb);
        vm_run(b, (seed >> 40) % (400 * NS_PER_MS)); /* somewhere else */
        cb.count = 0;
        start = ca.count;
        ck_assert_msg(vm_load(b, bytes, size, &e), "%s", e.text);
        same(a, b);
        u64 end = vm_now(a) + 5 * NS_PER_MS;
        ck_assert_int_eq(vm_run(a, end), VM_SLICE);
        ck_assert_int_eq(vm_run(b, end - NS_PER_MS), VM_SLICE);
        ck_assert_int_eq(vm_run(b, end), VM_SLICE);
        same(a, b);
        ck_assert_uint_eq(ca.count - start, cb.count);
        free(bytes);
        ck_assert(vm_free(b, &e));
    }
    ck_assert_uint_gt(ca.count, 40); /* it did work all the time */
    ck_assert(vm_free(a, &e));
    ck_assert_int_eq(memcmp(hda, hda_before, sizeof(hda)), 0);
}
END_TEST

/* The same on files: what the guest saw as written is there although the machine is still on. */
START_TEST(files_are_written_at_once)
{
    static struct sink c;
    char path[2][64];
    struct err e;
    fill();
    for (int i = 0; i < 2; i++) {
        snprintf(path[i], sizeof(path[i]), "/tmp/ferrite-vm-disk-%d-%d", (int)getpid(), i);
        FILE *f = fopen(path[i], "wb");
        ck_assert_ptr_nonnull(f);
        ck_assert_uint_eq(fwrite(i ? hdb : hda, 1, DISK, f), DISK);
        fclose(f);
    }
    struct vm_config config = {
        .ram_mb = 1,
        .mips = 20,
        .boot = "c",
        .disk[0] = {.path = path[0]},
        .disk[1] = {.path = path[1]},
        .debugcon = sink_stream(&c),
    };
    struct vm *vm = vm_made(&config);
    for (int i = 0; i < 300 && c.count < 6; i++)
        ck_assert_int_eq(vm_run(vm, vm_now(vm) + 10 * NS_PER_MS), VM_SLICE);
    ck_assert_uint_ge(c.count, 6); /* two rounds are over, the third has been read */
    FILE *f = fopen(path[1], "rb");
    static u8 got[20 * 512];
    for (u32 cylinder = 0; cylinder < 2; cylinder++) {
        fseek(f, (long)(cylinder * CYLINDER + 3 * 63 * 512), SEEK_SET);
        ck_assert_uint_eq(fread(got, 1, sizeof(got), f), sizeof(got));
        for (u32 i = cylinder * 512; i < sizeof(got); i += 2) {
            u16 was = get_le16(hda + cylinder * CYLINDER + 3 * 63 * 512 + i);
            ck_assert_uint_eq(get_le16(got + i), (u16)(was + cylinder));
        }
    }
    fclose(f);
    ck_assert(vm_free(vm, &e));
    unlink(path[0]);
    unlink(path[1]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vm disk");
    TCase *t = tcase_create("machine");
    tcase_add_test(t, saved_in_mid_transfer);
    tcase_add_test(t, files_are_written_at_once);
    suite_add_tcase(suite, t);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? 1 : 0;
}
