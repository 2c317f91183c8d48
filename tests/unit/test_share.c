/* Folders of the host as drives of DOS (hw/guest/share*.c), as the redirector asks for them. */
#define _GNU_SOURCE
#include "share_rig.h"

#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <sys/xattr.h>

static struct share_rig r;
static u8 sft[SFT], other[SFT], found[FOUND];
static char text[PACKET_SIZE];

static void setup(void)
{
    share_begin(&r);
}

static void teardown(void)
{
    share_end(&r);
}

/* ---- drives ---- */

START_TEST(mounting)
{
    struct guest_answer *a = guest_ask(&r.b, &(struct request){.op = OP_SHARE, .a = 1});
    ck_assert_str_eq((char *)a->payload, "RO");
    ck_assert_uint_eq(a->b, 0);
    a = guest_ask(&r.b, &(struct request){.op = OP_SHARE, .a = 2});
    ck_assert_uint_eq(a->error, DOS_NO_MORE_FILES);
    a = guest_ask(&r.b, &(struct request){.op = OP_DRIVE, .drive = DRIVE_D});
    ck_assert_str_eq((char *)a->payload, "TEST");
    u8 name[12] = "nix";
    struct request mount = {.op = OP_MOUNT, .drive = 4, .len = 12, .payload = name};
    ck_assert_uint_eq(guest_ask(&r.b, &mount)->error, DOS_PATH_NOT_FOUND);
    name[0] = 0; /* the first */
    ck_assert_uint_eq(guest_ask(&r.b, &mount)->error, 0);
    ck_assert_uint_eq(guest_ask(&r.b, &mount)->error, DOS_ACCESS); /* taken */
    mount.drive = 26;
    ck_assert_uint_eq(guest_ask(&r.b, &mount)->error, DOS_DRIVE);
    share_file(&r, "a.txt", "x");
    ck_assert_str_eq(share_list(&r, "E:\\????????.???", 0), "A.TXT");
    ck_assert_uint_eq(share_open(&r, 0x16, "E:\\A.TXT", 0, sft), 0);
    guest_ask(&r.b, &(struct request){.op = OP_UNMOUNT, .drive = 4});
    ck_assert_uint_eq(share_find(&r, "E:\\????????.???", 0, found), DOS_DRIVE);
    /* D: is the same share, so its files stay open until that goes too. */
    ck_assert_int_eq(share_read(&r, sft, 10, text), 1);
    guest_ask(&r.b, &(struct request){.op = OP_UNMOUNT, .drive = DRIVE_D});
    ck_assert_int_eq(share_read(&r, sft, 10, text), -DOS_HANDLE);
}
END_TEST

START_TEST(configuration_is_checked)
{
    static const struct {
        struct guest_share share[2];
        unsigned codepage;
        const char *says;
    } bad[] = {
        {{{.name = "A", .path = "/nonexistent"}}, 0, "No such file"},
        {{{.name = "A", .path = "/etc/passwd"}}, 0, "Not a directory"},
        {{{.name = "A B", .path = "/tmp"}}, 0, "letters and digits"},
        {{{.name = "", .path = "/tmp"}}, 0, "letters and digits"},
        {{{.name = "TWELVELETTER", .path = "/tmp"}}, 0, "letters and digits"},
        {{{.name = "A", .path = "/tmp"}, {.name = "a", .path = "/"}}, 0, "two of this name"},
        {{{.name = "A", .path = "/tmp", .letter = 'D'}, {.name = "B", .path = "/", .letter = 'D'}},
         0,
         "both want drive D:"},
        {{{.name = "A", .path = "/tmp"}}, 1, "code page 1"},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(bad); i++) {
        struct guest_config config = {.shares = bad[i].share[1].name ? 2 : 1,
                                      .codepage = bad[i].codepage};
        memcpy(config.share, bad[i].share, sizeof(bad[i].share));
        struct ferrport *p = (struct ferrport *)device_new(&ferrport_class, NULL);
        struct err e;
        p->config = &config;
        ck_assert(!device_realize(&p->dev, &r.b.board, &e));
        ck_assert_msg(strstr(e.text, bad[i].says) != NULL, "%s", e.text);
        device_free(&p->dev);
    }
}
END_TEST

/* ---- names ---- */

START_TEST(names_and_aliases)
{
    share_file(&r, "readme.txt", "r");
    share_file(&r, "A long name.text", "l");
    share_file(&r, "A long name too.text", "l");
    share_file(&r, "M\xc3\xbcller.txt", "m");
    share_file(&r, "con", "device");
    share_file(&r, "same", "1");
    share_file(&r, "SAME", "2");
    share_file(&r, ".profile", "hidden");
    const char *list = share_list(&r, "D:\\????????.???", 0x16);
    static const char *const names[] = {"README.TXT", "ALONGN~1.TEX", "ALONGN~2.TEX",
                                        "M\x9aLLER.TXT", "SAME"};
    for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
        ck_assert_msg(strstr(list, names[i]) != NULL, "%s in %s", names[i], list);
    /* Each alias is somebody's, and opens. */
    unsigned count = 0;
    for (u8 error = share_find(&r, "D:\\????????.???", 0x16, found); !error;
         error = share_next(&r, found)) {
        char path[20];
        u8 search[FOUND];
        memcpy(search, found, FOUND);
        snprintf(path, sizeof(path), "D:\\%s", share_found(found));
        ck_assert_msg(share_open(&r, 0x16, path, 0, sft) == 0, "%s", path);
        share_close(&r, sft);
        memcpy(found, search, FOUND);
        count++;
    }
    ck_assert_uint_eq(count, 8);
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\m\x81ller.txt", 0, sft), 0); /* case is nothing */
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\CON", 0, sft), DOS_FILE_NOT_FOUND);
    ck_assert_uint_eq(share_open(&r, 0x17, "D:\\NUL.TXT", 0x20, sft), DOS_ACCESS);
    ck_assert_int_eq(share_text(&r, "SAME")[0], '2');
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\SAME", 0, sft), 0);
    ck_assert_int_eq(share_read(&r, sft, 10, text), 1);
    ck_assert_int_eq(text[0], '2'); /* the first in the order of bytes keeps the name */
}
END_TEST

/* A name that comes later changes no alias that DOS may have written down. */
START_TEST(aliases_stay)
{
    share_file(&r, "long name b.txt", "b");
    ck_assert_str_eq(share_list(&r, "D:\\????????.???", 0), "LONGNA~1.TXT");
    share_file(&r, "long name a.txt", "a");
    usleep(60000);
    ck_assert_str_eq(share_list(&r, "D:\\????????.???", 0), "LONGNA~1.TXT LONGNA~2.TXT");
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\LONGNA~1.TXT", 0, sft), 0);
    ck_assert_int_eq(share_read(&r, sft, 10, text), 1);
    ck_assert_int_eq(text[0], 'b');
    unlink(share_path(&r, "long name b.txt"));
    usleep(60000);
    ck_assert_str_eq(share_list(&r, "D:\\????????.???", 0), "LONGNA~2.TXT");
}
END_TEST

START_TEST(what_the_host_does_is_seen)
{
    ck_assert_str_eq(share_list(&r, "D:\\????????.???", 0), "");
    for (int i = 0; i < 20; i++) { /* in the same tick of the host as the last look, or not */
        char name[20], alias[20];
        snprintf(name, sizeof(name), "f%d", i);
        snprintf(alias, sizeof(alias), "D:\\F%d", i);
        share_file(&r, name, "x");
        usleep(i % 2 ? 60000 : 0);
        if (i % 2)
            ck_assert_uint_eq(share_open(&r, 0x16, alias, 0, sft), 0);
        share_close(&r, sft);
    }
    usleep(60000);
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\F18", 0, sft), 0);
}
END_TEST

START_TEST(links_stay_inside)
{
    share_folder(&r, "sub");
    share_file(&r, "sub/in.txt", "inside");
    ck_assert_int_eq(symlink("sub/in.txt", share_path(&r, "link.txt")), 0);
    ck_assert_int_eq(symlink("/etc/passwd", share_path(&r, "out.txt")), 0);
    ck_assert_int_eq(symlink("../../../../etc", share_path(&r, "etc")), 0);
    ck_assert_int_eq(symlink("loop", share_path(&r, "loop")), 0);
    ck_assert_int_eq(symlink("/proc/self/root", share_path(&r, "proc")), 0);
    const char *list = share_list(&r, "D:\\????????.???", 0x16);
    ck_assert_ptr_nonnull(strstr(list, "LINK.TXT"));
    ck_assert_ptr_null(strstr(list, "OUT"));
    ck_assert_ptr_null(strstr(list, "ETC"));
    ck_assert_ptr_null(strstr(list, "LOOP"));
    ck_assert_ptr_null(strstr(list, "PROC"));
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\LINK.TXT", 0, sft), 0);
    ck_assert_int_eq(share_read(&r, sft, 10, text), 6);
    ck_assert_uint_ne(share_open(&r, 0x16, "D:\\OUT.TXT", 0, sft), 0);
    ck_assert_uint_ne(share_open(&r, 0x17, "D:\\OUT.TXT", 0x20, sft), 0);
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\ETC\\PASSWD", 0, sft), DOS_ACCESS);
    ck_assert_uint_ne(share_open(&r, 0x16, "D:\\PROC\\ETC\\PASSWD", 0, sft), 0);
    ck_assert_uint_ne(share_open(&r, 0x17, "D:\\ETC\\NEW.TXT", 0x20, sft), 0);
    ck_assert_uint_ne(share_name(&r, 0x03, "D:\\ETC\\NEW", 0), 0);
}
END_TEST

START_TEST(paths_that_are_none)
{
    static const char *const paths[] = {
        "D:\\..\\X.TXT",
        "D:\\SUB\\..\\..\\X.TXT",
        "D:\\.",
        "D:\\..",
        "D:\\A/B",
        "D:\\A\\\\B",
        "D:X.TXT",
        "D",
        "",
        "D:/X.TXT",
        "D:\\NIX\\A",
        "D:\\A.TXT\\B",
        "D:\\.X",
        "D:\\A:B",
        "D:\\A|B",
        "D:\\SU?\\A",
    };
    share_file(&r, "a.txt", "a");
    share_folder(&r, "sub");
    for (unsigned i = 0; i < ARRAY_SIZE(paths); i++) {
        struct guest_answer *a = guest_ask(&r.b, &(struct request){.op = OP_REDIRECTOR,
                                                                   .al = 0x0f,
                                                                   .drive = DRIVE_D,
                                                                   .len = 132,
                                                                   .payload = (const u8 *)text});
        memset(text, 0, sizeof(text));
        strcpy(text + 4, paths[i]);
        a = guest_ask(&r.b, &(struct request){.op = OP_REDIRECTOR,
                                              .al = 0x0f,
                                              .drive = DRIVE_D,
                                              .len = 132,
                                              .payload = (const u8 *)text});
        ck_assert_msg(a->error == DOS_PATH_NOT_FOUND, "%s: %u", paths[i], a->error);
    }
    memset(text, 'A', sizeof(text)); /* no end */
    memcpy(text + 4, "D:\\", 3);
    struct guest_answer *a = guest_ask(&r.b, &(struct request){.op = OP_REDIRECTOR,
                                                               .al = 0x0f,
                                                               .drive = DRIVE_D,
                                                               .len = 132,
                                                               .payload = (const u8 *)text});
    ck_assert_uint_eq(a->error, DOS_PATH_NOT_FOUND);
    /* A file in place of a directory is 3, whatever is asked. */
    ck_assert_uint_eq(share_find(&r, "D:\\A.TXT\\????????.???", 0, found), DOS_PATH_NOT_FOUND);
    ck_assert_uint_eq(share_find(&r, "D:\\NIX\\????????.???", 0, found), DOS_PATH_NOT_FOUND);
}
END_TEST

/* ---- searches ---- */

START_TEST(searches)
{
    share_folder(&r, "sub");
    share_file(&r, "a.txt", "12345");
    share_file(&r, "b.dat", "");
    share_file(&r, "sub/c.txt", "");
    ck_assert_str_eq(share_list(&r, "D:\\????????.TXT", 0x10), "A.TXT");
    ck_assert_str_eq(share_list(&r, "D:\\????????.???", 0), "A.TXT B.DAT");
    ck_assert_str_eq(share_list(&r, "D:\\????????.???", 0x10), "A.TXT B.DAT SUB");
    ck_assert_str_eq(share_list(&r, "D:\\SUB\\????????.???", 0x10), ". .. C.TXT");
    ck_assert_str_eq(share_list(&r, "D:\\SUB\\*.*", 0), "C.TXT");
    ck_assert_str_eq(share_list(&r, "D:\\A*.T?T", 0), "A.TXT");
    ck_assert_uint_eq(share_find(&r, "D:\\A.TXT", 0, found), 0);
    ck_assert_uint_eq(get_le32(found + 21 + 28), 5);
    ck_assert_uint_eq(found[21 + 11], 0x20);
    ck_assert_uint_eq(found[0], 0xc0 | 4);
    ck_assert_uint_eq(share_next(&r, found), DOS_NO_MORE_FILES);
    ck_assert_uint_eq(share_find(&r, "D:\\NIX", 0, found), DOS_NO_MORE_FILES);
    /* The label alone. */
    ck_assert_uint_eq(share_find(&r, "D:\\????????.???", 0x08, found), 0);
    ck_assert_str_eq(share_found(found), "TEST");
    ck_assert_uint_eq(found[21 + 11], 0x08);
    ck_assert_uint_eq(share_next(&r, found), DOS_NO_MORE_FILES);
}
END_TEST

/* Programs copy a search, use many in turn, and leave most of them unfinished. */
START_TEST(searches_interleaved)
{
    enum { FILES = 300, SEARCHES = 12 };
    static u8 search[SEARCHES][FOUND];
    static bool seen[SEARCHES][FILES];
    memset(seen, 0, sizeof(seen));
    for (int i = 0; i < FILES; i++) {
        char name[20];
        snprintf(name, sizeof(name), "file%d.x", i);
        share_file(&r, name, "");
    }
    for (int i = 0; i < SEARCHES; i++)
        ck_assert_uint_eq(share_find(&r, "D:\\FILE????.X", 0, search[i]), 0);
    for (int n = 0; n < FILES; n++) {
        for (int i = 0; i < SEARCHES; i++) {
            int number = atoi(share_found(search[i]) + 4);
            ck_assert(number >= 0 && number < FILES && !seen[i][number]);
            seen[i][number] = true;
            u8 error = share_next(&r, search[i]);
            ck_assert_uint_eq(error, n == FILES - 1 ? DOS_NO_MORE_FILES : 0);
        }
        /* The directories of other searches push nothing out that is needed. */
        if (n % 50 == 0)
            share_find(&r, "D:\\NIX\\????????.???", 0, found);
    }
}
END_TEST

START_TEST(a_search_sees_each_file_once_while_they_go)
{
    for (int i = 0; i < 40; i++) {
        char name[20];
        snprintf(name, sizeof(name), "f%d", i);
        share_file(&r, name, "");
    }
    unsigned count = 0;
    for (u8 error = share_find(&r, "D:\\F???????.???", 0, found); !error;
         error = share_next(&r, found)) {
        char path[20];
        snprintf(path, sizeof(path), "D:\\%s", share_found(found));
        ck_assert_uint_eq(share_name(&r, 0x13, path, 0), 0);
        count++;
    }
    ck_assert_uint_eq(count, 40);
    ck_assert_str_eq(share_list(&r, "D:\\????????.???", 0x16), "");
}
END_TEST

/* More directories than are remembered: the forgotten search ends, and nothing else happens. */
START_TEST(a_search_of_long_ago)
{
    share_folder(&r, "a");
    share_file(&r, "a/one", "");
    share_file(&r, "a/two", "");
    ck_assert_uint_eq(share_find(&r, "D:\\A\\????????.???", 0, found), 0);
    for (int i = 0; i < 1100; i++) {
        char path[40];
        u8 second[FOUND];
        snprintf(path, sizeof(path), "d%d", i);
        share_folder(&r, path);
        snprintf(path, sizeof(path), "D:\\D%d\\????????.???", i);
        share_find(&r, path, 0x10, second);
    }
    u8 error = share_next(&r, found);
    ck_assert(error == DOS_NO_MORE_FILES);
}
END_TEST

/* ---- files ---- */

START_TEST(reading_and_writing)
{
    ck_assert_uint_eq(share_open(&r, 0x17, "D:\\NEW.TXT", 0x20, sft), 0);
    ck_assert_uint_eq(get_le16(sft + 5), 0x8040 | DRIVE_D);
    ck_assert_uint_eq(sft[2], 2);
    ck_assert_mem_eq(sft + 0x20, "NEW     TXT", 11);
    ck_assert_uint_eq(get_le16(sft + 0x31), r.psp);
    ck_assert_uint_ne(get_le16(sft + 0x0b), 0);
    ck_assert_uint_eq(share_write(&r, sft, "hello world", 11), 0);
    ck_assert_uint_eq(get_le32(sft + 0x11), 11);
    ck_assert_uint_eq(get_le32(sft + 0x15), 11);
    ck_assert_uint_eq(get_le16(sft + 5) & 0x40, 0);
    put_le32(sft + 0x15, 6);
    ck_assert_int_eq(share_read(&r, sft, 100, text), 5);
    ck_assert_str_eq(text, "world");
    ck_assert_int_eq(share_read(&r, sft, 100, text), 0);
    put_le32(sft + 0x15, 20); /* behind the end: zeros between */
    ck_assert_uint_eq(share_write(&r, sft, "!", 1), 0);
    ck_assert_uint_eq(get_le32(sft + 0x11), 21);
    put_le32(sft + 0x15, 5);
    ck_assert_uint_eq(share_write(&r, sft, "", 0), 0); /* cut off */
    ck_assert_uint_eq(get_le32(sft + 0x11), 5);
    ck_assert_uint_eq(share_ask(&r, 0x07, (struct ask){.sft = sft})->error, 0);
    ck_assert_uint_eq(share_close(&r, sft), 0);
    ck_assert_uint_eq(get_le16(sft), 0); /* handles */
    ck_assert_str_eq(share_text(&r, "NEW.TXT"), "hello");
    ck_assert_int_eq(share_read(&r, sft, 1, text), -DOS_HANDLE);
    ck_assert_uint_eq(share_close(&r, sft), 0); /* again: nothing happens */
}
END_TEST

START_TEST(opening)
{
    share_file(&r, "a.txt", "12345");
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\NIX.TXT", 0, sft), DOS_FILE_NOT_FOUND);
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\A.TXT", 3, sft), 12);
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\A.TXT", 0, sft), 0);
    ck_assert_uint_eq(get_le32(sft + 0x11), 5);
    ck_assert_uint_eq(share_write(&r, sft, "x", 1), DOS_ACCESS);
    share_close(&r, sft);
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\A.TXT", 1, sft), 0);
    ck_assert_int_eq(share_read(&r, sft, 1, text), -DOS_ACCESS);
    share_close(&r, sft);
    ck_assert_uint_eq(share_open(&r, 0x17, "D:\\A.TXT", 0x120, sft), DOS_EXISTS);
    ck_assert_str_eq(share_text(&r, "a.txt"), "12345");
    ck_assert_uint_eq(share_open(&r, 0x17, "D:\\A.TXT", 0x20, sft), 0); /* cuts it off */
    ck_assert_str_eq(share_text(&r, "a.txt"), ""); /* and the host's spelling stays */
    ck_assert(!share_is(&r, "A.TXT"));
    share_folder(&r, "sub");
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\SUB", 0, sft), DOS_ACCESS);
    ck_assert_uint_eq(share_open(&r, 0x17, "D:\\SUB", 0x20, sft), DOS_ACCESS);
    ck_assert_uint_eq(share_open(&r, 0x17, "D:\\LABEL", 0x08, sft), DOS_ACCESS);
    ck_assert_int_eq(mkfifo(share_path(&r, "fifo"), 0666), 0);
    ck_assert_uint_ne(share_open(&r, 0x16, "D:\\FIFO", 0, sft), 0); /* does not wait for a writer */
}
END_TEST

START_TEST(extended_open)
{
    static const struct {
        u16 action;
        bool there;
        u8 error, result;
    } how[] = {
        {0x01, true, 0, 1},          {0x01, false, DOS_FILE_NOT_FOUND, 0},
        {0x10, true, DOS_EXISTS, 0}, {0x10, false, 0, 2},
        {0x11, true, 0, 1},          {0x11, false, 0, 2},
        {0x12, true, 0, 3},          {0x12, false, 0, 2},
        {0x02, true, 0, 3},          {0x02, false, 2, 0},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(how); i++) {
        u8 extended[6] = {0}, before[SFT] = {0};
        unlink(share_path(&r, "X.TXT"));
        unlink(share_path(&r, "x.txt"));
        usleep(60000);
        if (how[i].there)
            share_file(&r, "x.txt", "text");
        usleep(60000);
        put_le16(extended, how[i].action);
        put_le16(extended + 2, 0x20);
        put_le16(extended + 4, 0x42);
        struct guest_answer *a = share_ask(
            &r, 0x2e, (struct ask){.name = "D:\\X.TXT", .sft = before, .extended = extended});
        ck_assert_msg(a->error == how[i].error, "%x: %u", how[i].action, a->error);
        if (a->error)
            continue;
        ck_assert_uint_eq(a->b & 0xffff, how[i].result);
        ck_assert_uint_eq(get_le32(a->payload + 0x11), how[i].result == 1 ? 4 : 0);
        memcpy(sft, a->payload, SFT);
        ck_assert_uint_eq(sft[2], 0x42);
        share_close(&r, sft);
    }
}
END_TEST

/* Modes that do not exist open nothing and make nothing. */
START_TEST(extended_open_in_no_mode)
{
    static const u16 modes[] = {0x43, 0x03, 0x52, 0x70};
    for (unsigned i = 0; i < 2 * ARRAY_SIZE(modes); i++) {
        u8 extended[6] = {0x11}, before[SFT] = {0};
        bool is_there = i & 1;
        unlink(share_path(&r, "x.txt"));
        usleep(60000);
        if (is_there)
            share_file(&r, "x.txt", "text");
        usleep(60000);
        put_le16(extended + 2, 0x20);
        put_le16(extended + 4, modes[i / 2]);
        struct guest_answer *a = share_ask(
            &r, 0x2e, (struct ask){.name = "D:\\X.TXT", .sft = before, .extended = extended});
        ck_assert_msg(a->error == 12, "%x: %u", modes[i / 2], a->error);
        ck_assert_int_eq(access(share_path(&r, "X.TXT"), F_OK), -1);
    }
}
END_TEST

START_TEST(handles_are_counted)
{
    share_file(&r, "a.txt", "12345");
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\A.TXT", 0, sft), 0);
    put_le16(sft, 2); /* duplicated, or inherited */
    ck_assert_uint_eq(share_close(&r, sft), 0);
    ck_assert_uint_eq(get_le16(sft), 1);
    ck_assert_int_eq(share_read(&r, sft, 2, text), 2);
    ck_assert_uint_eq(share_close(&r, sft), 0);
    ck_assert_int_eq(share_read(&r, sft, 2, text), -DOS_HANDLE);
    /* What a process leaves open ends with it. */
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\A.TXT", 0, sft), 0);
    r.psp = 0x2000;
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\A.TXT", 0, other), 0);
    share_ask(&r, 0x22, (struct ask){0});
    ck_assert_int_eq(share_read(&r, other, 2, text), -DOS_HANDLE);
    ck_assert_int_eq(share_read(&r, sft, 2, text), 2);
    /* Numbers that never were. */
    put_le16(sft + 0x19, 0xffff);
    ck_assert_int_eq(share_read(&r, sft, 2, text), -DOS_HANDLE);
}
END_TEST

START_TEST(too_many_files)
{
    share_file(&r, "a.txt", "");
    unsigned n = 0;
    u8 error;
    while (!(error = share_open(&r, 0x16, "D:\\A.TXT", 0, sft)))
        ck_assert_uint_le(++n, 256);
    ck_assert_uint_eq(error, DOS_TOO_MANY_FILES);
    ck_assert_uint_eq(share_open(&r, 0x17, "D:\\B.TXT", 0, sft), DOS_TOO_MANY_FILES);
    ck_assert(!share_is(&r, "B.TXT"));
    device_reset(r.dev);
    in8(&r.b, PORT_CLAIM);
    share_mount(&r, DRIVE_D, "TEST");
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\A.TXT", 0, sft), 0);
}
END_TEST

/* Access (0 read, 1 write, 2 both) and sharing (1 deny all, 2 write, 3 read, 4 none). */
START_TEST(sharing)
{
    share_file(&r, "a.txt", "");
    for (u8 first = 0; first < 15; first++) {
        for (u8 second = 0; second < 15; second++) {
            static const u8 forbids[] = {0, 3, 2, 1, 0}; /* bit 0: reading, 1: writing */
            static const u8 does[] = {1, 2, 3};
            u8 a = first % 3, da = first / 3, b = second % 3, db = second / 3;
            bool free = !(forbids[da] & does[b]) && !(forbids[db] & does[a]);
            ck_assert_uint_eq(share_open(&r, 0x16, "D:\\A.TXT", (u16)(da << 4 | a), sft), 0);
            u8 error = share_open(&r, 0x16, "D:\\A.TXT", (u16)(db << 4 | b), other);
            ck_assert_uint_eq(error, free ? 0 : DOS_SHARING);
            share_close(&r, sft);
            if (free)
                share_close(&r, other);
        }
    }
    /* What is open in such a mode is neither renamed nor deleted nor cut off. */
    share_file(&r, "a.txt", "text");
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\A.TXT", 0x20, sft), 0);
    ck_assert_uint_eq(share_name(&r, 0x13, "D:\\A.TXT", 0), DOS_SHARING);
    ck_assert_uint_eq(share_rename(&r, "D:\\A.TXT", "D:\\B.TXT"), DOS_SHARING);
    ck_assert_uint_eq(share_open(&r, 0x17, "D:\\A.TXT", 0x20, other), DOS_SHARING);
    ck_assert_str_eq(share_text(&r, "a.txt"), "text");
}
END_TEST

static u8 lock(u8 entry[SFT], u32 at, u32 length, u16 unlock)
{
    u8 region[8];
    put_le32(region, at);
    put_le32(region + 4, length);
    return share_ask(&r, 0x0a, (struct ask){.sft = entry, .lock = region, .bx = unlock, .cx = 1})
        ->error;
}

START_TEST(locks)
{
    share_file(&r, "a.txt", "0123456789");
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\A.TXT", 0x42, sft), 0);
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\A.TXT", 0x42, other), 0);
    ck_assert_uint_eq(lock(sft, 2, 4, 0), 0);
    ck_assert_uint_eq(lock(other, 5, 1, 0), DOS_LOCK);
    ck_assert_uint_eq(lock(other, 6, 1, 0), 0);
    ck_assert_uint_eq(lock(sft, 3, 1, 0), DOS_LOCK);
    ck_assert_int_eq(share_read(&r, other, 3, text), -DOS_LOCK);
    ck_assert_int_eq(share_read(&r, other, 2, text), 2);
    ck_assert_int_eq(share_read(&r, sft, 5, text), 5);
    put_le32(other + 0x15, 5);
    ck_assert_uint_eq(share_write(&r, other, "x", 1), DOS_LOCK);
    ck_assert_uint_eq(share_write(&r, other, "", 0), DOS_LOCK); /* would cut it off */
    ck_assert_uint_eq(lock(sft, 2, 3, 1), DOS_LOCK);            /* not as it was locked */
    ck_assert_uint_eq(lock(sft, 2, 4, 1), 0);
    ck_assert_uint_eq(share_write(&r, other, "x", 1), 0);
    share_close(&r, other); /* takes its lock along */
    ck_assert_uint_eq(lock(sft, 6, 1, 0), 0);
    unsigned n = 0;
    while (lock(sft, 100 + 2 * n, 1, 0) == 0)
        ck_assert_uint_le(++n, 256);
}
END_TEST

START_TEST(seeking_from_the_end)
{
    share_file(&r, "a.txt", "0123456789");
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\A.TXT", 0x40, sft), 0);
    share_file(&r, "a.txt", "0123456789abc"); /* grows meanwhile */
    struct guest_answer *a =
        share_ask(&r, 0x21, (struct ask){.sft = sft, .cx = 0xffff, .dx = 0xfffe});
    ck_assert_uint_eq(a->error, 0);
    ck_assert_uint_eq(a->a & 0xffff, 11);
    ck_assert_uint_eq(a->b >> 16, 0);
}
END_TEST

/* ---- names again: what changes them ---- */

START_TEST(deleting)
{
    share_file(&r, "a.txt", "");
    share_file(&r, "b.txt", "");
    share_file(&r, "c.dat", "");
    share_file(&r, ".txt2", "");
    share_folder(&r, "d.txt");
    ck_assert_uint_eq(share_name(&r, 0x13, "D:\\NIX.TXT", 0), DOS_FILE_NOT_FOUND);
    ck_assert_uint_eq(share_name(&r, 0x13, "D:\\????????.NIX", 0), DOS_FILE_NOT_FOUND);
    ck_assert_uint_eq(share_name(&r, 0x13, "D:\\????????.TXT", 0), 0);
    ck_assert(!share_is(&r, "a.txt") && !share_is(&r, "b.txt") && share_is(&r, "c.dat"));
    ck_assert(share_is(&r, "d.txt"));
    ck_assert_uint_eq(share_name(&r, 0x13, "D:\\D.TXT", 0), DOS_ACCESS); /* a directory */
    chmod(share_path(&r, "c.dat"), 0444);
    ck_assert_uint_eq(share_name(&r, 0x13, "D:\\C.DAT", 0), DOS_ACCESS); /* read-only */
    ck_assert(share_is(&r, "c.dat"));
    ck_assert_uint_eq(share_name(&r, 0x13, "D:\\????????.???", 0), DOS_ACCESS);
    ck_assert(share_is(&r, ".txt2")); /* hidden */
}
END_TEST

START_TEST(renaming)
{
    share_folder(&r, "sub");
    share_file(&r, "a.txt", "a");
    share_file(&r, "b.txt", "b");
    share_file(&r, "taken.bak", "t");
    ck_assert_uint_eq(share_rename(&r, "D:\\A.TXT", "D:\\TAKEN.BAK"), DOS_ACCESS);
    ck_assert_str_eq(share_text(&r, "taken.bak"), "t");
    ck_assert_uint_eq(share_rename(&r, "D:\\????????.TXT", "D:\\????????.OLD"), 0);
    ck_assert_str_eq(share_text(&r, "A.OLD"), "a");
    ck_assert_str_eq(share_text(&r, "B.OLD"), "b");
    ck_assert_uint_eq(share_rename(&r, "D:\\A.OLD", "D:\\SUB\\C.TXT"), 0); /* moved */
    ck_assert_str_eq(share_text(&r, "sub/C.TXT"), "a");
    ck_assert_uint_eq(share_rename(&r, "D:\\SUB", "D:\\DIR"), 0);
    ck_assert_str_eq(share_list(&r, "D:\\DIR\\????????.???", 0), "C.TXT");
    ck_assert_uint_eq(share_find(&r, "D:\\SUB\\????????.???", 0, found), DOS_PATH_NOT_FOUND);
    ck_assert_uint_eq(share_rename(&r, "D:\\DIR", "D:\\DIR\\IN"), DOS_ACCESS); /* into itself */
    ck_assert_uint_eq(share_rename(&r, "D:\\NIX", "D:\\NIX2"), DOS_FILE_NOT_FOUND);
    ck_assert_uint_eq(share_rename(&r, "D:\\B.OLD", "C:\\B.OLD"), DOS_NOT_SAME_DEVICE);
    ck_assert_uint_eq(share_rename(&r, "D:\\B.OLD", "D:\\B.OLD"), 0);
    ck_assert_str_eq(share_list(&r, "D:\\????????.???", 0x10), "TAKEN.BAK B.OLD DIR");
}
END_TEST

/* An editor: the new text to a temporary file, the old one away, the new one in its place. */
START_TEST(directories)
{
    ck_assert_uint_eq(share_name(&r, 0x03, "D:\\NEW", 0), 0);
    ck_assert_uint_eq(share_name(&r, 0x03, "D:\\NEW", 0), DOS_ACCESS);
    ck_assert_uint_eq(share_name(&r, 0x03, "D:\\NEW\\DEEP", 0), 0);
    ck_assert_uint_eq(share_name(&r, 0x03, "D:\\NIX\\DEEP", 0), DOS_PATH_NOT_FOUND);
    ck_assert(share_is(&r, "NEW/DEEP"));
    ck_assert_uint_eq(share_name(&r, 0x05, "D:\\NEW", 0), 0);
    ck_assert_uint_eq(share_name(&r, 0x05, "D:\\", 0), 0);
    ck_assert_uint_eq(share_name(&r, 0x05, "D:\\NIX", 0), DOS_PATH_NOT_FOUND);
    share_file(&r, "f", "");
    ck_assert_uint_eq(share_name(&r, 0x05, "D:\\F", 0), DOS_PATH_NOT_FOUND);
    ck_assert_uint_eq(share_name(&r, 0x01, "D:\\NEW", 0), DOS_ACCESS); /* not empty */
    ck_assert_uint_eq(share_name(&r, 0x01, "D:\\F", 0), DOS_PATH_NOT_FOUND);
    ck_assert_uint_eq(share_name(&r, 0x05, "D:\\NEW\\DEEP", 0), 0);
    ck_assert_uint_eq(share_name(&r, 0x01, "D:\\NEW\\DEEP", 0), DOS_CURRENT_DIRECTORY);
    ck_assert_uint_eq(share_name(&r, 0x05, "D:\\", 0), 0);
    ck_assert_uint_eq(share_name(&r, 0x01, "D:\\NEW\\DEEP", 0), 0);
    ck_assert_uint_eq(share_name(&r, 0x01, "D:\\NEW", 0), 0);
    ck_assert_uint_eq(share_name(&r, 0x01, "D:\\", 0), DOS_CURRENT_DIRECTORY);
    /* Deep. */
    char path[128] = "D:";
    for (int i = 0; i < 30; i++) {
        strcat(path, "\\AB");
        ck_assert_uint_eq(share_name(&r, 0x03, path, 0), 0);
    }
    strcat(path, "\\X.TXT");
    ck_assert_uint_eq(share_open(&r, 0x17, path, 0x20, sft), 0);
}
END_TEST

START_TEST(attributes_and_times)
{
    share_file(&r, "a.txt", "12345");
    struct timespec times[2] = {{.tv_sec = 0}, {.tv_sec = 86400 * 365 * 30, .tv_nsec = 123456789}};
    ck_assert_int_eq(utimensat(AT_FDCWD, share_path(&r, "a.txt"), times, 0), 0);
    struct guest_answer *a = share_ask(&r, 0x0f, (struct ask){.name = "D:\\A.TXT"});
    ck_assert_uint_eq(a->a & 0xffff, 0x20);
    ck_assert_uint_eq(a->a >> 16, 0);
    ck_assert_uint_eq(get_le16(a->payload), 5);
    u32 time = a->b;
    ck_assert_uint_eq(time >> 25, 19); /* 1999 */
    ck_assert_uint_eq(share_name(&r, 0x0f, "D:\\", 0), 0);
    /* Read-only is the host's permission. */
    ck_assert_uint_eq(share_name(&r, 0x0e, "D:\\A.TXT", 0x01), 0);
    struct stat st;
    ck_assert_int_eq(stat(share_path(&r, "a.txt"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 0222, 0);
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\A.TXT", 2, sft), DOS_ACCESS);
    ck_assert_uint_eq(share_open(&r, 0x17, "D:\\A.TXT", 0x20, sft), DOS_ACCESS);
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\A.TXT", 0, sft), 0);
    share_close(&r, sft);
    ck_assert_uint_eq(share_name(&r, 0x0e, "D:\\A.TXT", 0x20), 0);
    ck_assert_int_eq(stat(share_path(&r, "a.txt"), &st), 0);
    ck_assert_uint_eq(st.st_mode & 0200, 0200);
    ck_assert_uint_eq(share_name(&r, 0x0e, "D:\\A.TXT", 0x10), DOS_ACCESS);
    ck_assert_uint_eq(share_name(&r, 0x0e, "D:\\NIX", 0x20), DOS_FILE_NOT_FOUND);
    /* Hidden and system, where the file system keeps them. */
    ck_assert_uint_eq(share_name(&r, 0x0e, "D:\\A.TXT", 0x26), 0);
    char value[16] = "";
    if (getxattr(share_path(&r, "a.txt"), "user.DOSATTRIB", value, sizeof(value) - 1) > 0) {
        ck_assert_str_eq(value, "0x26");
        a = share_ask(&r, 0x0f, (struct ask){.name = "D:\\A.TXT"});
        ck_assert_uint_eq(a->a & 0xffff, 0x26);
        ck_assert_str_eq(share_list(&r, "D:\\????????.???", 0), "");
        ck_assert_str_eq(share_list(&r, "D:\\????????.???", 6), "A.TXT");
    }
    /* The time that a program sets at the end; one that DOS cannot tell from the old one is none.
     */
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\A.TXT", 2, sft), 0);
    put_le16(sft + 5, get_le16(sft + 5) | 0x4000);
    share_close(&r, sft);
    ck_assert_int_eq(stat(share_path(&r, "a.txt"), &st), 0);
    ck_assert_uint_eq((u64)st.st_mtim.tv_nsec, 123456789);
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\A.TXT", 2, sft), 0);
    ck_assert_uint_eq(share_write(&r, sft, "x", 1), 0);
    put_le16(sft + 5, get_le16(sft + 5) | 0x4000);
    put_le32(sft + 0x0d, time + (1u << 25));
    share_close(&r, sft);
    a = share_ask(&r, 0x0f, (struct ask){.name = "D:\\A.TXT"});
    ck_assert_uint_eq(a->b, time + (1u << 25));
}
END_TEST

START_TEST(free_space)
{
    struct guest_answer *a = share_ask(&r, 0x0c, (struct ask){0});
    ck_assert_uint_eq(a->error, 0);
    ck_assert_uint_eq(a->a & 0xff, 64);
    ck_assert_uint_eq(a->b & 0xffff, 512);
    ck_assert_uint_ge(a->a >> 16, a->b >> 16);
}
END_TEST

START_TEST(read_only_share)
{
    share_file(&r, "a.txt", "text");
    share_folder(&r, "sub");
    share_mount(&r, 4, "RO");
    ck_assert_uint_eq(share_open(&r, 0x16, "E:\\A.TXT", 2, sft), DOS_ACCESS);
    ck_assert_uint_eq(share_open(&r, 0x17, "E:\\A.TXT", 0x20, sft), DOS_ACCESS);
    ck_assert_uint_eq(share_open(&r, 0x17, "E:\\B.TXT", 0x20, sft), DOS_ACCESS);
    ck_assert_uint_eq(share_name(&r, 0x13, "E:\\A.TXT", 0), DOS_ACCESS);
    ck_assert_uint_eq(share_rename(&r, "E:\\A.TXT", "E:\\B.TXT"), DOS_ACCESS);
    ck_assert_uint_eq(share_name(&r, 0x03, "E:\\NEW", 0), DOS_ACCESS);
    ck_assert_uint_eq(share_name(&r, 0x01, "E:\\SUB", 0), DOS_ACCESS);
    ck_assert_uint_eq(share_name(&r, 0x0e, "E:\\A.TXT", 0x21), DOS_ACCESS);
    ck_assert_uint_eq(share_open(&r, 0x16, "E:\\A.TXT", 0, sft), 0);
    ck_assert_uint_eq(share_write(&r, sft, "x", 1), DOS_ACCESS);
    ck_assert_uint_eq(share_write(&r, sft, "", 0), DOS_ACCESS);
    ck_assert_str_eq(share_text(&r, "a.txt"), "text");
    ck_assert_uint_eq(share_ask(&r, 0x0c, (struct ask){0})->error, 0);
}
END_TEST

/* ---- the host fails ---- */

START_TEST(a_full_disk)
{
    struct rlimit limit, small = {5000, RLIM_INFINITY};
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &limit);
    small.rlim_max = limit.rlim_max;
    static u8 data[4096];
    ck_assert_uint_eq(share_open(&r, 0x17, "D:\\BIG", 0x20, sft), 0);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    ck_assert_uint_eq(share_write(&r, sft, data, 4000), 0);
    struct guest_answer *a =
        share_ask(&r, 0x09, (struct ask){.sft = sft, .data = data, .size = 4000, .cx = 4000});
    ck_assert_uint_eq(a->error, 0); /* fewer bytes are how DOS says it */
    ck_assert_uint_eq(a->b & 0xffff, 1000);
    memcpy(sft, a->payload, SFT);
    ck_assert_uint_eq(get_le32(sft + 0x11), 5000);
    put_le32(sft + 0x15, 6000);
    ck_assert_uint_eq(share_write(&r, sft, "", 0), DOS_DISK_FULL); /* longer by seeking */
    setrlimit(RLIMIT_FSIZE, &limit);
}
END_TEST

START_TEST(the_folder_goes)
{
    share_folder(&r, "sub");
    share_file(&r, "sub/a.txt", "text");
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\SUB\\A.TXT", 0, sft), 0);
    ck_assert_uint_eq(share_find(&r, "D:\\SUB\\????????.???", 0, found), 0);
    unlink(share_path(&r, "sub/a.txt"));
    rmdir(share_path(&r, "sub"));
    ck_assert_int_eq(share_read(&r, sft, 10, text), 4); /* what is open stays readable */
    ck_assert_uint_eq(share_next(&r, found), DOS_NO_MORE_FILES);
    ck_assert_uint_eq(share_find(&r, "D:\\SUB\\????????.???", 0, found), DOS_PATH_NOT_FOUND);
    rmdir(r.folder);
    ck_assert_uint_eq(share_find(&r, "D:\\????????.???", 0, found), DOS_PATH_NOT_FOUND);
    ck_assert_uint_eq(share_open(&r, 0x17, "D:\\A.TXT", 0x20, sft), DOS_PATH_NOT_FOUND);
    ck_assert_uint_eq(share_name(&r, 0x03, "D:\\NEW", 0), DOS_PATH_NOT_FOUND);
    ck_assert_int_eq(mkdir(r.folder, 0777), 0); /* another one, which is not ours */
}
END_TEST

/* ---- snapshots ---- */

static struct device *make(struct bench *b)
{
    return share_make_with(b, &r.config);
}

START_TEST(snapshots)
{
    for (int i = 0; i < 10; i++) {
        char name[32];
        snprintf(name, sizeof(name), "long name %d", i);
        share_file(&r, name, "text");
    }
    share_file(&r, "gone", "text");
    share_file(&r, "grown", "text");
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\LONGNA~1", 0x42, sft), 0);
    u8 gone[SFT], grown[SFT], search[FOUND];
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\GONE", 0, gone), 0);
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\GROWN", 0, grown), 0);
    ck_assert_int_eq(share_read(&r, sft, 2, text), 2);
    ck_assert_uint_eq(lock(sft, 3, 1, 0), 0);
    ck_assert_uint_eq(share_find(&r, "D:\\L???????.???", 0, search), 0);
    ck_assert_uint_eq(share_next(&r, search), 0);
    u8 denying[SFT], writing[SFT], later[SFT];
    share_folder(&r, "cwd");
    ck_assert_uint_eq(share_name(&r, 0x05, "D:\\CWD", 0), 0);
    r.psp = 0x4321;
    share_file(&r, "mine", "text");
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\MINE", 0x20, denying), 0);
    r.psp = 0x1234;
    share_file(&r, "w", "text");
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\W", 0x01, writing), 0);
    /* One of another share, in a slot that had a file before. */
    u8 second[SFT], before[SFT];
    share_mount(&r, 4, "ro");
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\LONGNA~2", 0x40, before), 0);
    ck_assert_uint_eq(share_close(&r, before), 0);
    ck_assert_uint_eq(share_open(&r, 0x16, "E:\\LONGNA~3", 0x40, second), 0);
    round_trip(&r.b, r.dev, make);

    const u8 *bytes;
    size_t size;
    struct state *saved = bench_save(&r.b, r.dev, &bytes, &size);
    unlink(share_path(&r, "gone"));
    share_file(&r, "gone", "text");
    share_file(&r, "grown", "text and more");
    share_file(&r, "a new one in front", "");
    device_reset(r.dev);
    in8(&r.b, PORT_CLAIM);
    share_mount(&r, DRIVE_D, "test"); /* the same slots with other files */
    for (int i = 0; i < 8; i++)
        ck_assert_uint_eq(share_open(&r, 0x16, "D:\\W", 0x40, other), 0);
    bench_load(&r.b, r.dev, bytes, size);
    state_free(saved);
    ck_assert_int_eq(share_read(&r, second, 2, text), 2);
    guest_ask(&r.b, &(struct request){.op = OP_UNMOUNT, .drive = 4});
    ck_assert_int_eq(share_read(&r, second, 2, text), -DOS_HANDLE); /* not D:'s */
    ck_assert_int_eq(share_read(&r, sft, 2, text), 2);
    ck_assert_str_eq(text, "xt");
    ck_assert_int_eq(share_read(&r, gone, 2, text), -DOS_HANDLE);
    ck_assert_int_eq(share_read(&r, grown, 2, text), -DOS_HANDLE);
    ck_assert_uint_eq(share_close(&r, gone), 0);
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\LONGNA~1", 0x42, other), 0);
    ck_assert_int_eq(share_read(&r, other, 2, text), 2);
    ck_assert_int_eq(share_read(&r, other, 2, text), -DOS_LOCK);
    /* Who denies what, who may write, whose it is, where DOS is. */
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\MINE", 0x02, later), DOS_SHARING);
    ck_assert_int_eq(share_read(&r, writing, 2, text), -DOS_ACCESS);
    ck_assert_uint_eq(share_write(&r, writing, "x", 1), 0);
    ck_assert_uint_eq(share_name(&r, 0x01, "D:\\CWD", 0), DOS_CURRENT_DIRECTORY);
    share_ask(&r, 0x22, (struct ask){0});
    ck_assert_int_eq(share_read(&r, sft, 2, text), -DOS_HANDLE);
    ck_assert_int_eq(share_read(&r, denying, 2, text), 2);
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\W", 0x40, later), 0);
    ck_assert_int_eq(share_read(&r, sft, 2, text), -DOS_HANDLE); /* not by another's place */
    unsigned left = 0;
    while (share_next(&r, search) == 0)
        left++;
    ck_assert_uint_eq(left, 8);
}
END_TEST

/* A machine without the share loads, and the drive is simply not there. */
START_TEST(snapshot_without_the_share)
{
    share_file(&r, "a.txt", "text");
    ck_assert_uint_eq(share_open(&r, 0x16, "D:\\A.TXT", 0, sft), 0);
    ck_assert_uint_eq(share_find(&r, "D:\\????????.???", 0, found), 0);
    const u8 *bytes;
    size_t size;
    struct state *saved = bench_save(&r.b, r.dev, &bytes, &size);
    bus_release(&r.b.bus, FERRPORT_BASE, 4);
    device_free(r.dev);
    struct guest_config none = {0};
    r.dev = share_make_with(&r.b, &none);
    bench_load(&r.b, r.dev, bytes, size);
    state_free(saved);
    ck_assert_uint_eq(share_find(&r, "D:\\????????.???", 0, found), DOS_DRIVE);
    ck_assert_int_eq(share_read(&r, sft, 2, text), -DOS_HANDLE);
    ck_assert_uint_eq(share_next(&r, found), DOS_NO_MORE_FILES);
}
END_TEST

static TCase *cases(void)
{
    TCase *t = tcase_create("shares");
    tcase_set_timeout(t, 60);
    tcase_add_checked_fixture(t, setup, teardown);
    tcase_add_test(t, mounting);
    tcase_add_test(t, configuration_is_checked);
    tcase_add_test(t, names_and_aliases);
    tcase_add_test(t, aliases_stay);
    tcase_add_test(t, what_the_host_does_is_seen);
    tcase_add_test(t, links_stay_inside);
    tcase_add_test(t, paths_that_are_none);
    tcase_add_test(t, searches);
    tcase_add_test(t, searches_interleaved);
    tcase_add_test(t, a_search_sees_each_file_once_while_they_go);
    tcase_add_test(t, a_search_of_long_ago);
    tcase_add_test(t, reading_and_writing);
    tcase_add_test(t, opening);
    tcase_add_test(t, extended_open);
    tcase_add_test(t, extended_open_in_no_mode);
    tcase_add_test(t, handles_are_counted);
    tcase_add_test(t, too_many_files);
    tcase_add_test(t, sharing);
    tcase_add_test(t, locks);
    tcase_add_test(t, seeking_from_the_end);
    tcase_add_test(t, deleting);
    tcase_add_test(t, renaming);
    tcase_add_test(t, directories);
    tcase_add_test(t, attributes_and_times);
    tcase_add_test(t, free_space);
    tcase_add_test(t, read_only_share);
    tcase_add_test(t, a_full_disk);
    tcase_add_test(t, the_folder_goes);
    tcase_add_test(t, snapshots);
    tcase_add_test(t, snapshot_without_the_share);
    return t;
}

int main(void)
{
    return run_suite("shares", cases);
}
