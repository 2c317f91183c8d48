/*
 * chosen.c - reads from the environment which mutant is alive (chosen.h).
 */
#include "scripts/mutation/chosen.h"

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

unsigned mutant_chosen;
unsigned char *mutants_reached;

__attribute__((constructor)) static void choose(void)
{
    const char *chosen = getenv("FERRITE_MUTANT"), *reached = getenv("FERRITE_MUTANTS_REACHED");
    if (chosen)
        mutant_chosen = (unsigned)strtoul(chosen, NULL, 10);
    if (!reached)
        return;
    int fd = open(reached, O_RDWR | O_CLOEXEC);
    struct stat st;
    if (fd < 0 || fstat(fd, &st) != 0)
        abort();
    void *map = mmap(NULL, (size_t)st.st_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    if (map == MAP_FAILED)
        abort();
    mutants_reached = map;
}
