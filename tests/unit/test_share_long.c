/*
 * test_share_long.c - long names on folders of the host (hw/guest/share_long.c), as the guest's INT
 * 21h 71xxh asks for them. The guest's side is tests/guest/longnames.sh.
 */
#include "share_rig.h"

static struct share_rig r;
static u8 sft[SFT];
static char text[PACKET_SIZE];

static void setup(void)
{
    share_begin(&r);
}

static void teardown(void)
{
    share_end(&r);
}

static u16 long_handle;
static u32 long_a, long_b;

/* Function `al` with the current directory and a path; the answer's text or entry is in text[]. */
static u8 ask_long(u8 al, const char *cwd, const char *path)
{
    static u8 payload[PACKET_DATA];
    size_t n = strlen(cwd) + 1, m = strlen(path) + 1;
    memcpy(payload, cwd, n);
    memcpy(payload + n, path, m);
    struct guest_answer *a = guest_ask(&r.b, &(struct request){.op = OP_LONG,
                                                               .drive = DRIVE_D,
                                                               .al = al,
                                                               .handle = long_handle,
                                                               .a = long_a,
                                                               .b = long_b,
                                                               .len = (u16)(n + m),
                                                               .payload = payload});
    memcpy(text, a->payload, a->len);
    text[a->len] = 0;
    long_a = a->a;
    return a->error;
}

START_TEST(long_paths)
{
    mkdir(share_path(&r, "A folder of its own"), 0777);
    share_file(&r, "A folder of its own/M\xc3\xbcller \xe6\x97\xa5.text", "x");
    share_file(&r, "lower.txt", "x");
    ck_assert_uint_eq(ask_long(0, "\\", "a FOLDER of its own/m\x81ller _.TEXT"), 0);
    ck_assert_str_eq(text, "D:\\AFOLDE~1\\M\x9aLLER~1.TEX");
    ck_assert_uint_eq(ask_long(2, "\\AFOLDE~1", "M\x9aLLER~1.TEX"), 0);
    ck_assert_str_eq(text, "D:\\A folder of its own\\M\x81ller _.text");
    ck_assert_uint_eq(ask_long(2, "\\AFOLDE~1", "\\..\\..\\.\\LOWER.TXT"), 0);
    ck_assert_str_eq(text, "D:\\lower.txt");
    ck_assert_uint_eq(ask_long(2, "\\", ""), 0);
    ck_assert_str_eq(text, "D:\\");
    /* Longer than an alias can be is no alias. */
    ck_assert_uint_eq(ask_long(0, "\\", "lowerXXXX.txt"), DOS_FILE_NOT_FOUND);
    ck_assert_uint_eq(ask_long(0, "\\", "lower.txtX"), DOS_FILE_NOT_FOUND);
    ck_assert_uint_eq(ask_long(0, "\\", "nowhere\\lower.txt"), DOS_PATH_NOT_FOUND);
    ck_assert_uint_eq(ask_long(0, "\\", "A*\\lower.txt"), DOS_PATH_NOT_FOUND);
    ck_assert_uint_eq(ask_long(0, "\\", "con"), 0); /* which DOS knows */
    ck_assert_str_eq(text, "D:\\CON");
    char path[400] = {0};
    memset(path, 'x', 300);
    ck_assert_uint_eq(ask_long(1, "\\", path), DOS_PATH_NOT_FOUND);
    /* What is to be made gets an alias that nobody has, and its name when DOS makes it. */
    share_file(&r, "A new name.txt", "");
    ck_assert_uint_eq(ask_long(1, "\\", "A new name of a file.txt"), 0);
    ck_assert_str_eq(text, "D:\\ANEWNA~2.TXT");
    ck_assert_uint_eq(share_open(&r, 0x17, text, 0x20, sft), 0);
    share_close(&r, sft);
    ck_assert(access(share_path(&r, "A new name of a file.txt"), F_OK) == 0);
    ck_assert_uint_eq(ask_long(1, "\\", "small.c"), 0);
    ck_assert_str_eq(text, "D:\\SMALL.C");
    ck_assert_uint_eq(share_open(&r, 0x17, text, 0x20, sft), 0);
    share_close(&r, sft);
    ck_assert(access(share_path(&r, "small.c"), F_OK) == 0);
    ck_assert_uint_eq(ask_long(1, "\\", "a<b"), DOS_PATH_NOT_FOUND);
    ck_assert_uint_eq(ask_long(1, "\\", "..."), DOS_PATH_NOT_FOUND);
    long_b = 1;
    long_a = 0;
    ck_assert_uint_eq(ask_long(6, "\\", "*NAME of*"), 0);
    ck_assert(access(share_path(&r, "A new name of a file.txt"), F_OK) != 0);
    ck_assert(access(share_path(&r, "A new name.txt"), F_OK) == 0);
}
END_TEST

/* Function `al` about the open file of sft[]. */
static struct guest_answer *ask_handle(u8 al, u16 which, u32 a, u32 b)
{
    return guest_ask(&r.b, &(struct request){.op = OP_LONG,
                                             .drive = DRIVE_D,
                                             .al = al,
                                             .handle = which,
                                             .a = a,
                                             .b = b,
                                             .len = SFT,
                                             .payload = sft});
}

START_TEST(times_and_handles)
{
    enum { SET_TIME = 10, HANDLE, HANDLE_TIME, SPACE, ALIAS, SET = 0x100 };
    const u32 when = 0x5a216c21;
    struct stat st;
    share_file(&r, "A file with a name", "12345");
    share_folder(&r, "Folder");
    for (u16 which = 0; which < 3; which++) {
        long_handle = which;
        long_a = when + which;
        long_b = which == 2 ? 151 : 0;
        ck_assert_uint_eq(ask_long(SET_TIME, "\\", "a FILE with a name"), 0);
    }
    ck_assert_uint_eq(ask_long(7, "\\", "AFILEW~1"), 0);
    ck_assert_uint_eq(get_le32((u8 *)text + 6), when);
    ck_assert_uint_eq(get_le32((u8 *)text + 10), when & 0xffff0000);
    ck_assert_uint_eq(get_le32((u8 *)text + 14), when + 2);
    ck_assert_uint_eq((u8)text[18], 151);
    long_handle = 0;
    long_a = when;
    ck_assert_uint_eq(ask_long(SET_TIME, "\\", "folder"), 0);
    ck_assert_uint_eq(ask_long(SET_TIME, "\\", "nothing"), DOS_FILE_NOT_FOUND);
    ck_assert_uint_eq(ask_long(SET_TIME, "\\", ""), DOS_ACCESS);
    long_a = 0x5a006c21; /* month 0 */
    ck_assert_uint_eq(ask_long(SET_TIME, "\\", "folder"), DOS_PARAMETER);
    long_a = when;
    long_handle = 3;
    ck_assert_uint_eq(ask_long(SET_TIME, "\\", "folder"), DOS_FUNCTION);
    long_handle = 2;
    long_b = 200;
    ck_assert_uint_eq(ask_long(SET_TIME, "\\", "folder"), DOS_PARAMETER);

    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\AFILEW~1", 2, sft), 0);
    ck_assert_uint_eq(ask_handle(HANDLE_TIME, 1, 0, 0)->a, when & 0xffff0000);
    struct guest_answer *a = ask_handle(HANDLE_TIME, 2, 0, 0);
    ck_assert(a->error == 0 && a->a == when + 2 && a->b == 151);
    ck_assert_uint_eq(ask_handle(HANDLE_TIME, SET | 2, when + 64, 0)->error, 0);
    ck_assert_uint_eq(ask_handle(HANDLE_TIME, 2, 0, 0)->a, when + 64);
    ck_assert_uint_eq(ask_handle(HANDLE_TIME, SET | 3, when, 0)->error, DOS_FUNCTION);
    ck_assert_uint_eq(ask_handle(HANDLE_TIME, SET, when + 32, 0)->error, 0);
    ck_assert_uint_eq(ask_handle(HANDLE_TIME, 0, 0, 0)->a, when + 32);
    a = ask_handle(HANDLE, 0, 0, 0);
    ck_assert(a->error == 0 && a->len == 52);
    ck_assert_int_eq(stat(share_path(&r, "A file with a name"), &st), 0);
    ck_assert_uint_eq(get_le32(a->payload), 0x20);
    ck_assert_uint_eq(get_le32(a->payload + 36), 5);
    ck_assert_uint_eq(get_le32(a->payload + 40), 1);
    ck_assert_uint_eq(get_le32(a->payload + 48), (u32)st.st_ino);
    ck_assert_uint_eq(get_le64(a->payload + 20), ((u64)st.st_mtime + 11644473600) * 10000000);
    put_le16(sft + 0x1b, 0xffff); /* of another generation */
    ck_assert_uint_eq(ask_handle(HANDLE, 0, 0, 0)->error, DOS_HANDLE);
    ck_assert_uint_eq(ask_handle(HANDLE_TIME, 0, 0, 0)->error, DOS_HANDLE);
    put_le16(sft + 0x19, 0xffff);
    ck_assert_uint_eq(ask_handle(HANDLE, 0, 0, 0)->error, DOS_HANDLE);
    a = guest_ask(&r.b, &(struct request){.op = OP_LONG, .al = HANDLE, .len = 5, .payload = sft});
    ck_assert_uint_eq(a->error, DOS_HANDLE);

    ck_assert_uint_eq(ask_long(SPACE, "\\", ""), 0);
    ck_assert_uint_eq(get_le16((u8 *)text), 44);
    ck_assert_uint_eq(get_le32((u8 *)text + 8), 512);
    ck_assert_uint_ge(get_le32((u8 *)text + 16), get_le32((u8 *)text + 12));
    static const struct {
        const char *name, *alias;
    } names[] = {{"A very long name.text", "AVERYLON.TEX"},
                 {"short.c", "SHORT.C"},
                 {"two.points.here", "TWOPOINT.HER"},
                 {"a+b", "A_B"}};
    for (size_t i = 0; i < ARRAY_SIZE(names); i++) {
        a = guest_ask(&r.b, &(struct request){.op = OP_LONG,
                                              .al = ALIAS,
                                              .len = (u16)(strlen(names[i].name) + 1),
                                              .payload = (const u8 *)names[i].name});
        ck_assert_uint_eq(a->error, 0);
        ck_assert_str_eq((const char *)a->payload + 11, names[i].alias);
    }
    a = guest_ask(&r.b, &(struct request){.op = OP_LONG, .al = ALIAS, .len = 0, .payload = sft});
    ck_assert_uint_eq(a->error, DOS_PATH_NOT_FOUND);
    share_mount(&r, DRIVE_D + 1, "ro");
    long_handle = 0;
    long_a = when;
    static u8 path[] = "\\\0FOLDER";
    a = guest_ask(&r.b, &(struct request){.op = OP_LONG,
                                          .drive = DRIVE_D + 1,
                                          .al = SET_TIME,
                                          .a = when,
                                          .len = sizeof(path),
                                          .payload = path});
    ck_assert_uint_eq(a->error, DOS_ACCESS);
}
END_TEST

START_TEST(long_searches)
{
    const u8 *bytes;
    size_t size;
    share_file(&r, "The first.text", "12345");
    share_file(&r, "The second.text", "x");
    share_file(&r, "no point", "x");
    long_a = 0x16;
    long_b = 1;
    ck_assert_uint_eq(ask_long(3, "\\", "the*"), 0);
    long_handle = (u16)long_a;
    ck_assert_str_eq(text + 0x2c, "The first.text");
    ck_assert_str_eq(text + 0x130, "THEFIR~1.TEX");
    ck_assert_uint_eq(get_le32((u8 *)text + 32), 5);
    /* It goes on in another machine. */
    struct state *saved = bench_save(&r.b, r.dev, &bytes, &size);
    device_reset(r.dev);
    in8(&r.b, PORT_CLAIM);
    share_mount(&r, DRIVE_D, "test");
    share_folder(&r,
                 "elsewhere"); /* one that has led a life of its own: its first search is another */
    share_folder(&r, "elsewhere/sub");
    long_a = 0x1010; /* directories only */
    ck_assert_uint_eq(ask_long(3, "\\", "elsewhere\\*"), 0);
    ck_assert_uint_eq(long_a & 0xffff, long_handle);
    bench_load(&r.b, r.dev, bytes, size);
    state_free(saved);
    long_b = 1;
    ck_assert_uint_eq(ask_long(4, "\\", ""), 0);
    ck_assert_str_eq(text + 0x2c, "The second.text");
    long_b = 1;
    ck_assert_uint_eq(ask_long(4, "\\", ""), DOS_NO_MORE_FILES);
    ck_assert_uint_eq(ask_long(5, "\\", ""), 0);
    ck_assert_uint_eq(ask_long(5, "\\", ""), DOS_HANDLE);
    ck_assert_uint_eq(ask_long(4, "\\", ""), DOS_HANDLE);
    static const struct {
        const char *pattern, *name;
    } finds[] = {{"*.*", "The first.text"},
                 {"no*.", "no point"},
                 {"*.te?t", "The first.text"},
                 {"*second*", "The second.text"},
                 {"THESEC~1.*", "The second.text"}};
    for (size_t i = 0; i < ARRAY_SIZE(finds); i++) {
        long_a = 0x16;
        ck_assert_msg(ask_long(3, "\\", finds[i].pattern) == 0, "%s", finds[i].pattern);
        ck_assert_str_eq(text + 0x2c, finds[i].name);
    }
    long_a = 0x16;
    ck_assert_uint_eq(ask_long(3, "\\", "*.tex"), 0); /* by its alias */
    long_a = 0x16;
    ck_assert_uint_eq(ask_long(3, "\\", "*.te"), DOS_FILE_NOT_FOUND);
    /* Programs forget to close theirs. */
    for (unsigned i = 0; i < 100; i++) {
        long_a = 0x16;
        ck_assert_uint_eq(ask_long(3, "\\", "*"), 0);
    }
}
END_TEST

START_TEST(long_names_survive_a_save)
{
    share_file(&r, "A long name.txt", "old");
    ck_assert_uint_eq(share_open(&r, 0x17, "D:\\TEMP.$$$", 0x20, sft), 0);
    ck_assert_uint_eq(share_write(&r, sft, "new", 3), 0);
    share_close(&r, sft);
    ck_assert_uint_eq(share_rename(&r, "D:\\ALONGN~1.TXT", "D:\\ALONGN~1.BAK"), 0);
    ck_assert_uint_eq(share_rename(&r, "D:\\TEMP.$$$", "D:\\ALONGN~1.TXT"), 0);
    ck_assert_str_eq(share_text(&r, "A long name.txt"), "new");
    ck_assert_str_eq(share_text(&r, "ALONGN~1.BAK"), "old");
    /* Or deleted, and made again. */
    ck_assert_uint_eq(share_name(&r, 0x13, "D:\\ALONGN~1.TXT", 0), 0);
    run_for(&r.b, 14 * NS_PER_SEC);
    ck_assert_uint_eq(share_open(&r, 0x17, "D:\\ALONGN~1.TXT", 0x20, sft), 0);
    ck_assert(share_is(&r, "A long name.txt"));
    share_close(&r, sft);
    ck_assert_str_eq(share_list(&r, "D:\\????????.TXT", 0), "ALONGN~1.TXT");
    /* Later it is another file, and so it is elsewhere. */
    ck_assert_uint_eq(share_name(&r, 0x13, "D:\\ALONGN~1.TXT", 0), 0);
    share_folder(&r, "sub");
    ck_assert_uint_eq(share_open(&r, 0x17, "D:\\SUB\\ALONGN~1.TXT", 0x20, sft), 0);
    ck_assert(share_is(&r, "sub/ALONGN~1.TXT"));
    run_for(&r.b, 16 * NS_PER_SEC);
    ck_assert_uint_eq(share_open(&r, 0x17, "D:\\ALONGN~1.TXT", 0x20, sft), 0);
    ck_assert(share_is(&r, "ALONGN~1.TXT") && !share_is(&r, "A long name.txt"));
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("long names");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, long_paths);
    tcase_add_test(t, long_searches);
    tcase_add_test(t, times_and_handles);
    tcase_add_test(t, long_names_survive_a_save);
    return t;
}

int main(void)
{
    return run_suite("long names", cases);
}
