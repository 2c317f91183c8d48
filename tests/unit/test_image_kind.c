/*
 * test_image_kind.c - what is no plain sectors is named, and what is, is not.
 */
#include "hw/storage/image_kind.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>

static struct image_look look;
static struct err e;
static u64 data;

static void fresh(const char *name, u64 bytes)
{
    memset(&look, 0, sizeof(look));
    look.name = name;
    look.bytes = bytes;
    look.head[0] = 0xeb; /* a boot sector */
    look.head[510] = 0x55;
    look.head[511] = 0xaa;
}

static void refused(const char *word)
{
    ck_assert_msg(!image_is_raw(&look, &data, &e), "%s was taken as raw", look.name);
    ck_assert_msg(strstr(e.text, word) != NULL, "\"%s\" lacks \"%s\"", e.text, word);
    ck_assert_ptr_nonnull(strstr(e.text, look.name));
}

START_TEST(containers_at_the_start)
{
    static const struct {
        const char *magic;
        u16 length, offset;
        const char *word;
    } row[] = {
        {"QFI\xfb", 4, 0, "qcow2"},
        {"QED", 4, 0, "QED"},
        {"vhdxfile", 8, 0, "VHDX"},
        {"\x7f\x10\xda\xbe", 4, 64, "VDI"},
        {"KDMV", 4, 0, "VMDK"},
        {"COWD", 4, 0, "VMDK"},
        {"conectix", 8, 0, "VHD"},
        {"# Disk DescriptorFile", 21, 0, "-flat.vmdk"},
        {"\x1f\x8b\x08", 3, 0, "gunzip"},
        {"PK\3\4", 4, 0, "unzip"},
        {"HXCPICFE", 8, 0, "HFE"},
        {"MComprHD", 8, 0, "chdman"},
        {"TD\0", 3, 0, "Teledisk"},
        {"td\0", 3, 0, "Teledisk"},
        {"CQ\x14", 3, 0, "CopyQM"},
        {"\x04\x22\x4d\x18", 4, 0, "unlz4"},
        {"ustar", 5, 257, "tar xf"},
        {"-lh5-", 5, 2, "lha x"},
        {"\x1f\x9d\x90", 3, 0, "uncompress"},
    };
    for (size_t i = 0; i < ARRAY_SIZE(row); i++) {
        fresh("/images/x.img", 1 << 20);
        memcpy(look.head + row[i].offset, row[i].magic, row[i].length);
        refused(row[i].word);
        fresh("/images/x.img", 1 << 20); /* elsewhere it is the guest's data */
        memcpy(look.head + row[i].offset + 128, row[i].magic, row[i].length);
        ck_assert_msg(image_is_raw(&look, &data, &e), "%s", e.text);
    }
}
END_TEST

START_TEST(containers_at_the_end)
{
    fresh("x.dmg", 1 << 20);
    memcpy(look.tail, "koly", 4);
    refused("DMG");
    fresh("x.nrg", 1 << 20);
    memcpy(look.tail + IMAGE_TAIL - 12, "NER5", 4);
    refused("Nero");
}
END_TEST

START_TEST(fixed_vhd)
{
    fresh("x.vhd", (1 << 20) + 512);
    memcpy(look.tail, "conectix", 8);
    look.tail[53] = 0x10;
    look.tail[63] = 2;
    ck_assert(image_is_raw(&look, &data, &e));
    ck_assert_uint_eq(data, 1 << 20);
    look.tail[63] = 4;
    refused("differencing");
    look.tail[63] = 2;
    look.tail[48] = 0xff;
    refused("damaged");
    memset(look.tail + 48, 0, 8);
    refused("damaged");
    fresh("old.vhd", (1 << 20) + 511); /* the footer lacks a byte */
    memcpy(look.tail + 1, "conectix", 8);
    look.tail[54] = 0x10;
    look.tail[64] = 2;
    ck_assert(image_is_raw(&look, &data, &e));
    ck_assert_uint_eq(data, 1 << 20);
    look.bytes--;
    refused("damaged");
}
END_TEST

START_TEST(programs_and_texts)
{
    fresh("GAME.EXE", 30000);
    memset(look.head, 0, 512);
    memcpy(look.head, "MZ", 2);
    refused("program");
    fresh("prog.com", 30000);
    look.head[510] = 0;
    refused("program");
    fresh("vmlinux", 30000);
    memset(look.head, 0, 512);
    memcpy(look.head,
           "\x7f"
           "ELF",
           4);
    refused("-kernel");
    fresh("README.TXT", 20);
    memset(look.head, 0, 512);
    memcpy(look.head, "Hello, this is text\n", 20);
    refused("text");
    look.bytes = 21; /* with a zero behind it */
    ck_assert(image_is_raw(&look, &data, &e));
    static const u8 fill[] = {0xf6, 0xe5, 0xff}; /* of media that are new, or were formatted */
    for (unsigned i = 0; i < ARRAY_SIZE(fill); i++) {
        fresh("new.img", 1474560);
        memset(look.head, fill[i], sizeof(look.head));
        ck_assert_msg(image_is_raw(&look, &data, &e), "%s", e.text);
    }
    fresh("GAME.EXE", 512); /* a boot sector may be called anything */
    memcpy(look.head, "MZ", 2);
    ck_assert(image_is_raw(&look, &data, &e));
    ck_assert_uint_eq(data, 512);
    fresh("blank.img", 1 << 20);
    memset(look.head, 0, 512);
    ck_assert(image_is_raw(&look, &data, &e));
}
END_TEST

START_TEST(the_wrong_drive)
{
    static const char sync[12] = "\0\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff";
    fresh("x.iso", 1 << 20);
    memcpy(look.volume + 1, "CD001", 5);
    ck_assert(image_is_raw(&look, &data, &e)); /* a hybrid, which may be a disk, too */
    look.cd = true;
    look.head[11] = 0;
    look.head[12] = 2;
    ck_assert(image_is_raw(&look, &data, &e));
    look.cd = false;
    look.head[511] = 0;
    refused("-cdrom");
    memcpy(look.volume + 1, "BEA01", 5);
    refused("-cdrom");
    look.volume[1] = 0;
    ck_assert(image_is_raw(&look, &data, &e));
    memcpy(look.head, sync, sizeof(sync));
    refused("-cdrom");
    look.cd = true;
    ck_assert(image_is_raw(&look, &data, &e));
    fresh("x.cue", 100);
    memset(look.head, ' ', 100);
    refused("-cdrom");

    fresh("floppy.img", 1474560);
    look.cd = true;
    ck_assert(image_is_raw(&look, &data, &e)); /* a boot sector of nobody's */
    look.head[12] = 2;
    refused("-fda");
    fresh("disk.img", 20 << 20);
    look.cd = true;
    look.head[446] = 0x80;
    look.head[446 + 4] = 6;
    refused("-hda");
    look.head[446] = 0x81;
    ck_assert(image_is_raw(&look, &data, &e));
}
END_TEST

int main(void)
{
    Suite *s = suite_create("image_kind");
    TCase *t = tcase_create("kinds");
    tcase_add_test(t, containers_at_the_start);
    tcase_add_test(t, containers_at_the_end);
    tcase_add_test(t, fixed_vhd);
    tcase_add_test(t, programs_and_texts);
    tcase_add_test(t, the_wrong_drive);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
