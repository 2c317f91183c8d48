/*
 * doctor_host.c - what of this host and this build concerns every machine. See doctor.h.
 */
#include "frontend/doctor/doctor.h"
#include "frontend/dos/dos_source.h"
#include "frontend/machines/files.h"
#include "frontend/machines/home.h"
#include "frontend/sandbox/sandbox.h"
#include "hw/base/confine/landlock.h"
#include "hw/base/library.h"
#include "hw/base/sanitized.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <unistd.h>

static bool set(const char *variable)
{
    const char *value = getenv(variable);
    return value && *value;
}

#ifdef FERRITE_STATIC

/* One reason for all that a static program cannot load, and one remedy. */
static void libraries(struct findings *f)
{
    found(
        f, FINDING_FINE, "build", NULL,
        "a static build: headless, with no library to miss; a window, -nic user, sound, VNC, -qmp "
        "and imports of .vbox and OVF want one without -DFERRITE_STATIC=ON");
}

#else

/* What is loaded when something wants it, and what there is without. */
static const struct {
    const char *area, *what, *package, *file, *there, *missing;
} wanted[] = {
    {"window", "SDL 2", "libsdl2-2.0-0", "libSDL2-2.0.so.0", "a window and sound",
     "no window can be opened"},
    {"network", "libslirp", "libslirp0", "libslirp.so.0", "-nic user", "-nic user does not work"},
    {"display", "libvncserver", "libvncserver1", "libvncserver.so.1", "-display vnc",
     "-display vnc does not work"},
    {"display", "libwebsockets", "libwebsockets17", "libwebsockets.so.17", "-http",
     "-http does not work"},
    {"cd", "libsndfile", "libsndfile1", "libsndfile.so.1", "compressed tracks of a CD",
     "audio tracks in FLAC, Ogg or MP3 files cannot be played"},
    {"midi", "FluidSynth", "libfluidsynth3", "libfluidsynth.so.3", "-midi fluidsynth",
     "MIDI music is not heard"},
    {"import", "Expat", "libexpat1", "libexpat.so.1", "import of .vbox and OVF",
     ".vbox and OVF files cannot be imported"},
    {"control", "Jansson", "libjansson4", "libjansson.so.4", "-qmp and ferrite ctl",
     "-qmp and ferrite ctl do not work"},
    {"control", "libedit", "libedit2", "libedit.so.2", "editing at -monitor stdio",
     "lines at -monitor stdio have no history and no completion"},
};

static void libraries(struct findings *f)
{
    for (unsigned i = 0; i < ARRAY_SIZE(wanted); i++) {
        const struct library l = {
            .what = wanted[i].what, .package = wanted[i].package, .file = wanted[i].file};
        char nothing, remedy[80];
        struct err e;
        void *handle = library_open(&l, &nothing, &e); /* nothing of it is used */
        library_close(handle);
        snprintf(remedy, sizeof(remedy), "apt-get install %s", l.package);
        if (handle)
            found(f, FINDING_FINE, wanted[i].area, NULL, "%s is there (%s)", l.what,
                  wanted[i].there);
        else
            found(f, FINDING_UNWISE, wanted[i].area, remedy, "%s: %s", wanted[i].missing, e.text);
    }
}

#endif

static void display(struct findings *f)
{
    if (!set("DISPLAY") && !set("WAYLAND_DISPLAY") && !set("SDL_VIDEODRIVER"))
        found(f, FINDING_UNWISE, "display",
              "start it in a desktop session, or with -display text in a terminal",
              "neither DISPLAY nor WAYLAND_DISPLAY is set here: machines run headless");
}

/* Where SDL would look: a sound server's socket, or the kernel's cards. */
static void sound(struct findings *f)
{
    static const char *const sockets[] = {"pulse/native", "pipewire-0"};
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    bool there = set("SDL_AUDIODRIVER") || set("PULSE_SERVER") ||
                 access("/dev/snd/seq", F_OK) == 0 || access("/dev/snd/controlC0", F_OK) == 0 ||
                 access("/dev/dsp", F_OK) == 0;
    for (size_t i = 0; runtime && i < ARRAY_SIZE(sockets); i++) {
        char path[4200];
        snprintf(path, sizeof(path), "%s/%s", runtime, sockets[i]);
        there |= access(path, F_OK) == 0;
    }
    if (there)
        found(f, FINDING_FINE, "sound", NULL, "there is a sound device or a sound server");
    else
        found(f, FINDING_UNWISE, "sound",
              "start a sound server, or keep the sound in a file: -audio wav:FILE",
              "no sound device and no sound server is found here: machines play unheard");
}

static void build(struct findings *f)
{
#if SANITIZED
    found(f, FINDING_UNWISE, "speed", "build with -DCMAKE_BUILD_TYPE=Release",
          "this is a build with sanitizers, some twenty times slower");
#elif !defined(__OPTIMIZE__)
    found(f, FINDING_UNWISE, "speed", "build with -DCMAKE_BUILD_TYPE=Release",
          "this is a build without optimisation, several times slower");
#elif defined(FERRITE_PORTABLE) && (defined(__x86_64__) || defined(__i386__))
    found(f, FINDING_UNWISE, "speed", "build without -DFERRITE_PORTABLE",
          "this build computes x87 and SSE in portable code, though the host is an x86");
#else
    found(f, FINDING_FINE, "speed", NULL, "the build is optimised");
#endif
    double load;
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    if (getloadavg(&load, 1) == 1 && cores > 0 && load > (double)cores)
        found(f, FINDING_UNWISE, "speed", "end what else computes here",
              "%.1f processes compete for %ld processors", load, cores);
}

static void room(struct findings *f)
{
    struct err e;
    struct statvfs st;
    char size[20];
    char *home = home_folder(&e);
    if (!home) {
        found(f, FINDING_WRONG, "machines", NULL, "%s", e.text);
        return;
    }
    if (access(home, F_OK) != 0)
        found(f, FINDING_FINE, "machines", NULL, "none yet; they will be in %s", home);
    else if (access(home, W_OK | X_OK) != 0)
        found(f, FINDING_WRONG, "machines", "chmod u+wx, or set FERRITE_MACHINES to another folder",
              "%s cannot be written: %s", home, strerror(errno));
    else if (statvfs(home, &st) == 0) {
        u64 bytes = (u64)st.f_bavail * st.f_frsize;
        bool little = bytes < 1ull << 30;
        found(f, little ? FINDING_UNWISE : FINDING_FINE, "machines",
              little ? "ferrite gc shows what can be removed" : NULL, "%s free in %s",
              files_size_text(bytes, size), home);
    }
    free(home);
}

static void limits(struct findings *f)
{
    struct rlimit limit;
    char size[20];
    if (getrlimit(RLIMIT_AS, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY &&
        limit.rlim_cur < 512ull << 20)
        found(f, FINDING_UNWISE, "memory", "ulimit -v unlimited",
              "this session may use %s only (ulimit -v)",
              files_size_text((u64)limit.rlim_cur, size));
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        found(f, FINDING_UNWISE, "disks", "ulimit -f unlimited",
              "files may grow to %s only (ulimit -f): guests will see write errors",
              files_size_text((u64)limit.rlim_cur, size));
}

static void dos(struct findings *f)
{
    struct dos_source source;
    struct err e;
    if (dos_source_find(&source, &e)) {
        found(f, FINDING_FINE, "dos", NULL, "ferrite dos has a DOS to start");
        dos_source_close(&source);
    } else {
        found(f, FINDING_UNWISE, "dos", "ferrite get freedos", "%s", e.text);
    }
}

/* What protects this computer from a guest, SECURITY.md. */
static void sandbox(struct findings *f)
{
    struct sandbox_parts p = sandbox_parts();
    bool tcp = p.landlock >= LANDLOCK_TCP;
    if (p.landlock)
        found(f, FINDING_FINE, "sandbox", NULL,
              "machines reach the files and folders that were named and no others%s (Landlock %d)",
              tcp ? ", and connect to nothing by TCP unless they have a network" : "", p.landlock);
    else
        found(f, FINDING_UNWISE, "sandbox",
              "boot with lsm=landlock,... or use a kernel from 5.13 on; "
              "run what you do not trust as another user",
              "the kernel has no Landlock: a machine that is taken over reaches all your files");
    if (p.filter)
        found(f, FINDING_FINE, "sandbox", NULL,
              "machines start no programs and make no connections (seccomp)");
    else
        found(f, FINDING_UNWISE, "sandbox", "run what you do not trust as another user",
              "this kernel or processor has no filter of system calls that Ferrite knows");
    if (getuid() == 0)
        found(f, FINDING_UNWISE, "sandbox", "run Ferrite as an ordinary user",
              "you are root: what the sandbox leaves is left with all of root's rights");
}

void doctor_host(struct findings *f)
{
    libraries(f);
    display(f);
    sound(f);
    build(f);
    room(f);
    limits(f);
    dos(f);
    sandbox(f);
}
