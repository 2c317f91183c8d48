/*
 * standalone.c - runs a libFuzzer target without libFuzzer: files first, then seeded random inputs.
 *
 *     fuzz_NAME [-runs N] [-seed S] [FILE|DIRECTORY]...
 *
 * The random inputs are the same on every host, so a finding repeats; its seed is printed before
 * the run when FUZZ_VERBOSE is set. Built with FERRITE_FUZZER=ON (clang), the targets use
 * libFuzzer itself and search for as long as they are told to.
 */
#include "tests/fuzz/fuzz.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { LONGEST = 4096 };

static int run_file(const char *path)
{
    FILE *f = fopen(path, "rb");
    u8 *data = malloc(1 << 20);
    if (!f || !data) {
        perror(path);
        free(data);
        if (f)
            fclose(f);
        return 1;
    }
    size_t size = fread(data, 1, 1 << 20, f);
    fclose(f);
    u8 *exact = malloc(size ? size : 1); /* so that a sanitizer sees the end */
    memcpy(exact, data, size);
    free(data);
    LLVMFuzzerTestOneInput(exact, size);
    free(exact);
    return 0;
}

static int run_path(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISDIR(st.st_mode))
        return run_file(path);
    DIR *dir = opendir(path);
    int status = dir ? 0 : 1;
    struct dirent *entry;
    while (dir && (entry = readdir(dir))) {
        char file[4096];
        if (entry->d_name[0] == '.')
            continue;
        snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
        status |= run_file(file);
    }
    if (dir)
        closedir(dir);
    return status;
}

int main(int argc, char **argv)
{
    unsigned long runs = 300, seed = 1;
    int status = 0;
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "-runs") == 0 && i + 1 < argc)
            runs = strtoul(argv[++i], NULL, 0);
        else if (strcmp(argv[i], "-seed") == 0 && i + 1 < argc)
            seed = strtoul(argv[++i], NULL, 0);
        else
            status |= run_path(argv[i]);
    }
    for (unsigned long n = 0; n < runs; n++) {
        u64 r = (seed + n) * 0x9e3779b97f4a7c15ull + 1;
        if (getenv("FUZZ_VERBOSE"))
            fprintf(stderr, "-runs 1 -seed %lu\n", seed + n);
        r ^= r >> 29;
        size_t size = r % LONGEST;
        u8 *data = malloc(size + 1);
        for (size_t i = 0; i < size; i++) {
            r = r * 6364136223846793005ull + 1442695040888963407ull;
            data[i] = (u8)(r >> 56);
        }
        LLVMFuzzerTestOneInput(data, size);
        free(data);
    }
    return status;
}
