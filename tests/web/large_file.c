/*
 * large_file.c - what is written far in a file is read there and nowhere else, also where 32 bits
 * do not reach: by the libc of a build for WebAssembly.
 *
 *   large-file PATH   a file that is made, with holes
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    static const int64_t places[] = {1000, 0x7ffffffe, 0x90000000, 0x1000003e8, 0x13ffffff0};
    int fd = argc == 2 ? open(argv[1], O_RDWR | O_CREAT | O_TRUNC, 0600) : -1;
    int bad = fd < 0;
    for (unsigned i = 0; !bad && i < sizeof places / sizeof *places; i++)
        bad = pwrite(fd, &places[i], sizeof *places, places[i]) != sizeof *places;
    for (unsigned i = 0; !bad && i < sizeof places / sizeof *places; i++) {
        int64_t found = 0;
        bad = pread(fd, &found, sizeof found, places[i]) != sizeof found || found != places[i];
    }
    bad |= lseek(fd, 0, SEEK_CUR) != 0; /* neither has moved it */
    if (bad)
        perror("large-file");
    return bad;
}
