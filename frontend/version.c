/*
 * version.c - see version.h. CMake says what the build has (FERRITE_FEATURES) and, at each build,
 * which commit it is of (commit.h).
 */
#include "frontend/version.h"
#include "commit.h"
#include "hw/base/sanitized.h"

#if defined(__clang__)
#define COMPILER "clang " __clang_version__
#else
#define COMPILER "GCC " __VERSION__
#endif

#if SANITIZED
#define CHECKS ", with sanitizers"
#else
#define CHECKS ""
#endif

#if defined(FERRITE_TRAMPOLINE)
#define DISPATCH "trampoline"
#else
#define DISPATCH "tail calls"
#endif

#if defined(FERRITE_PORTABLE) || !(defined(__x86_64__) || defined(__i386__))
#define ARITHMETIC "portable"
#else
#define ARITHMETIC "x86"
#endif

const char *version_words(void)
{
    return FERRITE_VERSION ", commit " FERRITE_COMMIT;
}

void version_print(FILE *out)
{
    fprintf(out, "ferrite " FERRITE_VERSION "\n"
                 "commit   " FERRITE_COMMIT "\n"
                 "built    by " COMPILER " for " FERRITE_HOST ", " FERRITE_BUILD CHECKS "\n"
                 "engine   " DISPATCH ", " ARITHMETIC " arithmetic\n"
                 "features " FERRITE_FEATURES "\n");
}
