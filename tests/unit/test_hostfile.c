/*
 * test_hostfile.c - whole files of the host: what is no file, or too much, is called what it is.
 */
#include "hw/base/hostfile.h"

#include <check.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

START_TEST(whole_files)
{
    char folder[] = "/tmp/ferrite-hostfile-XXXXXX", fifo[64], file[64], missing[64];
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(fifo, sizeof(fifo), "%s/fifo", folder);
    snprintf(file, sizeof(file), "%s/file", folder);
    snprintf(missing, sizeof(missing), "%s/missing", folder);
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    FILE *f = fopen(file, "wb");
    ck_assert_ptr_nonnull(f);
    fputs("twelve bytes", f);
    fclose(f);
    const struct {
        const char *path;
        size_t most;
        int error;
        const char *words;
    } row[] = {
        {folder, 100, EISDIR, "it is a folder"},
        {fifo, 100, ENOTSUP, "it is a FIFO or a device, no file"}, /* and nobody waits for it */
        {"/dev/zero", 100, ENOTSUP, "it is a FIFO or a device, no file"},
        {file, 11, EFBIG, "it is too large"},
        {missing, 100, ENOENT, strerror(ENOENT)},
        {file, 12, 0, NULL},
    };
    for (unsigned i = 0; i < ARRAY_SIZE(row); i++) {
        size_t size = 0;
        int error = -1;
        u8 *bytes = host_read_whole(row[i].path, row[i].most, &size, &error);
        ck_assert_int_eq(error, row[i].error);
        ck_assert(!bytes == !!error);
        if (error)
            ck_assert_str_eq(host_read_error(error), row[i].words);
        else
            ck_assert(size == 12 && memcmp(bytes, "twelve bytes", 12) == 0);
        free(bytes);
    }
    unlink(fifo);
    unlink(file);
    rmdir(folder);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("hostfile");
    TCase *t = tcase_create("hostfile");
    tcase_add_test(t, whole_files);
    suite_add_tcase(s, t);
    SRunner *r = srunner_create(s);
    srunner_run_all(r, CK_NORMAL);
    int failed = srunner_ntests_failed(r);
    srunner_free(r);
    return failed != 0;
}
