/*
 * machine.c - the machine of one command line. See machine.h.
 */
#include "frontend/cli/machine.h"

#include "frontend/cli/confine.h"
#include "frontend/cli/guest_streams.h"
#include "frontend/cli/limits.h"
#include "frontend/cli/machine_close.h"
#include "frontend/cli/machine_consoles.h"
#include "frontend/cli/machine_counts.h"
#include "frontend/cli/machine_media.h"
#include "frontend/cli/machine_recording.h"
#include "frontend/cli/outputs.h"
#include "frontend/cli/outside.h"
#include "frontend/control/audio.h"
#include "frontend/control/snapshot.h"
#include "frontend/control/sound_in.h"
#include "frontend/control/speed.h"
#include "frontend/http/http.h"
#include "frontend/timeline/recording.h"
#include "frontend/timeline/timeline.h"
#include "hw/base/clean.h"
#include "hw/base/hostfile.h"
#include "hw/machine/vm_budget.h"
#include "hw/machine/vm_inspect.h"

#include <errno.h>
#include <stdarg.h>
#include <string.h>
#include <time.h>

double host_seconds(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void host_sleep(double seconds)
{
    if (seconds <= 0)
        return;
    struct timespec t = {.tv_sec = (time_t)seconds};
    t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
    nanosleep(&t, NULL);
}

static bool open_log(struct machine *m, struct err *e)
{
    m->log.mask = m->options->log_mask;
    m->log.out = stderr;
    if (!m->options->log_file)
        return true;
    int fd = host_open_output(m->options->log_file);
    m->log.out = fd >= 0 ? limits_log(m, fd) : NULL;
    if (!m->log.out)
        return err_set(e, "-D %s: cannot be written: %s", m->options->log_file,
                       errno == ENXIO ? "a FIFO that nobody reads" : strerror(errno));
    if (m->ending)
        ending_output(m->ending, fd);
    return true;
}

/* The command `limit`. */
static void on_limit(void *opaque, double seconds)
{
    struct machine *m = opaque;
    if (m->ending)
        ending_limit(m->ending, seconds);
}

/* A recording that has come to nothing, and so on. */
static void on_notice(void *opaque, const char *text)
{
    machine_tell(opaque, "%s", text);
}

static bool in_a_hurry(void *opaque)
{
    const struct machine *m = opaque;
    return ending_asked(m->ending);
}

/* Serial port 0 belongs to the script, unless a mouse is plugged in there. */
static bool script_ports_ok(const struct machine *m, struct err *e)
{
    const struct script_command *c = script_uses_serial(m->script);
    if (!c || m->options->serial_mouse != 1)
        return true;
    return err_set(e,
                   "%s:%u: %s: the first serial port has the mouse; give the mouse the second one: "
                   "-serial null -serial msmouse",
                   c->path, c->line, c->source);
}

static bool load_script(struct machine *m, const char *path, struct err *e)
{
    const struct options *o = m->options;
    struct script_setting setting = {.hurry = in_a_hurry,
                                     .opaque = m,
                                     .set = o->set,
                                     .sets = o->sets,
                                     .variant = m->variant ? m->variant : o->variant,
                                     .new_pictures = o->new_pictures};
    m->script = script_load(path, &setting, e);
    return m->script && script_ports_ok(m, e);
}

/* Files that a guest writes get its clock's time: it has to be the host's. */
static bool has_live_folder(const struct drives *d)
{
    bool live = false;
    for (unsigned i = 0; i < VM_DISKS; i++)
        live |= d->disk[i].folder.path && d->disk[i].folder.write == FOLDER_LIVE;
    for (unsigned i = 0; i < VM_FLOPPIES; i++)
        live |= d->floppy[i].folder.path && d->floppy[i].folder.write == FOLDER_LIVE;
    return live;
}

static void hear_nothing(void *opaque, const struct sound_frame *f, unsigned count, u64 first)
{
    (void)opaque, (void)f, (void)count, (void)first;
}

/* Before a snapshot is loaded: only who listens then hears its notes go on. */
static bool open_audio(struct machine *m, struct err *e)
{
    const struct options *o = m->options;
    const char *path = outputs_audio(o);
    bool shown = m->window && options_menu(o);
    struct err why;
    if (path)
        return audio_record(&m->control, path, &why) || err_set(e, "-audio %.400s", why.text);
    if (o->audio && strcmp(o->audio, "sdl") == 0 && !shown)
        return err_set(e, "-audio sdl goes with a window; without one, -audio wav:FILE keeps the "
                          "sound");
    m->audible = shown && (!o->audio || strcmp(o->audio, "sdl") == 0);
    m->ear = (struct sound_sink){hear_nothing, m};
    return !m->audible || vm_sound_listen(m->vm, &m->ear);
}

/* A window's device is opened when there is a window (frontend/window/sdl_sound.c). */
static bool open_inputs(struct machine *m, struct vm_config *c, struct err *e)
{
    const struct options *o = m->options;
    if (!sound_in_open(&m->sound_in, o->audio_in, e) ||
        !midi_input_open(&m->midi_in, o->midi_in, e))
        return false;
    if (sound_in_captures(m->sound_in) && !(m->window && options_menu(o)))
        return err_set(e, "-audio-in sdl goes with a window; without one, -audio-in wav:FILE is "
                          "what is heard");
    c->sound_in = sound_in_inlet(m->sound_in);
    c->midi_in = midi_input_source(m->midi_in);
    return true;
}

/* With a GDB, which may want to run backwards, and in a window they are usual, where it is not
 * felt; a script is not to depend on the host. */
static bool keep_states(struct machine *m, struct err *e)
{
    const struct options *o = m->options;
    bool person = m->control.can_follow,
         gdb = (o->gdb || o->gdb_default || o->debugger) && !o->script;
    u32 mb = o->rewind_said ? o->rewind_mb : person || gdb ? TIMELINE_USUAL_MB : 0;
    enum timeline_mode mode = !person && !gdb         ? TIMELINE_STEADY
                              : gdb || o->rewind_said ? TIMELINE_PERSON
                                                      : TIMELINE_TRY;
    if (!mb || m->recorded)
        return true;
    m->control.timeline = timeline_new(m->vm, (u64)mb << 20, mode, o->snapshot);
    return m->control.timeline || err_set(e, "out of memory");
}

static void init_control(struct machine *m, const struct options *o)
{
    control_init(&m->control, NULL);
    m->control.snapshot = o->snapshot;
    m->control.home = o->home;
    m->control.tree = o->tree;
    lessons_live_init(&m->lessons);
    m->control.teaching = &m->lessons.teaching;
    if (o->window.layout) /* checked with the options */
        m->control.layout = keyboard_find(o->window.layout);
    m->control.limit = on_limit;
    m->control.notice = on_notice;
    m->control.hurry = in_a_hurry;
    m->control.opaque = m;
    m->control.host_limit = o->limit_host;
    m->control.can_follow = (m->window || o->http) && o->display != DISPLAY_TEXT && !o->script;
    if (m->control.can_follow && o->mips == 0)
        m->control.follow = o->speed_max ? SPEED_MAX : SPEED_USUAL;
}

bool machine_open(struct machine *m, const struct options *o, struct ending *ending, bool window,
                  struct err *e)
{
    *m = (struct machine){.options = o, .ending = ending};
    machine_no_consoles(m);
    m->window = window;
    init_control(m, o);
    limits_begin(m);
    /* A wait for a server takes an interruption for the wish to end: the timer is none. */
    if (confine_has_servers(m) && !ending_watch(ending, e))
        return false;
    confine_prepare(m);
    struct vm_config c = {
        .cpu = o->cpu ? o->cpu : o->speed_cpu,
        .jit = o->jit,
        .spin = o->spin,
        .ram_mb = o->ram_mb,
        .mips = o->mips,
        .mhz = o->mhz,
        .clock_of = o->clock_of,
        .boot = o->boot,
        .bios = o->bios,
        .vga_bios = o->vga_bios,
        .kernel = o->kernel,
        .append = o->append,
        .initrd = o->initrd,
        .post_port = o->post_port,
        .rows = (const struct row *const *)o->devices.row,
        .row_count = o->devices.rows,
        .chardevs = m->chardev,
        .chardev_count = o->devices.chardevs,
        .netdevs = (const struct vm_netdev *const *)o->devices.netdev,
        .netdev_count = o->devices.netdevs,
        .overscan = o->overscan,
        .serial_mouse = o->serial_mouse,
        .pointer_port = !o->no_vmport,
        .snapshot = o->snapshot,
        .nic = o->nic,
        .guest.run = o->run,
        .guest.cd_letter = o->cd_letter,
        .vga = o->vga,
        .sound = o->sound,
        .log = &m->log,
        .rtc_host = o->rtc == RTC_LOCALTIME ||
                    (o->rtc == RTC_AUTO &&
                     (((window || o->http) && !o->script) || has_live_folder(&o->drives))),
        .rtc_start = o->rtc == RTC_DATE  ? o->rtc_date
                     : o->rtc == RTC_UTC ? (u64)time(NULL)
                                         : 0,
    };
    c.nic.dump = o->netdump;
    guest_streams(m, &c.guest);
    share_config(&o->shares, &c.guest);
    share_say_snapshot(&o->shares, o->snapshot);
    if (o->netdump && o->nic.net == NET_NONE)
        return err_set(e, "-netdump wants a network: -nic user or -nic lan,name=NAME");
    if (c.rtc_host)
        c.rtc_now = machine_local_seconds();
    if (!machine_overlays_there(o, e) || !machine_open_media(&c, o, e) ||
        !machine_open_recorded(m, &c, e) || !outputs_apart(o, &c, e) || !open_log(m, e))
        return false;
    if (o->script) {
        if (!load_script(m, o->script, e))
            return false;
        m->run = script_run_new(m->script, &m->control, stdout, stderr);
        if (!m->run)
            return err_set(e, "out of memory");
    }
    if (!machine_open_consoles(m, &c, e))
        return false;
    if (!midi_port_open(&m->midi, o->midi, window, e))
        return false;
    c.midi = midi_port_sink(m->midi);
    if (!open_inputs(m, &c, e))
        return false;
    m->vm = m->control.vm = machine_new_recording(m, &c, e) ? vm_new(&c, e) : NULL;
    if (m->vm)
        vm_budget(m->vm, &m->disk_budget);
    if (!m->vm || !machine_begin_recording(m, e) || !open_audio(m, e) ||
        (o->loadvm && !snapshot_load(m->vm, o->loadvm, e)) || !machine_begin_replay(m, e))
        return false;
    if (o->tree && !o->loadvm && !o->tree->begin(o->tree->opaque, &m->control, e))
        return false;
    if (o->limit_guest > 0)
        m->control.guest_end = vm_now(m->vm) + (u64)(o->limit_guest * 1e9);
    m->control.guest_limit = o->limit_guest;
    if (!keep_states(m, e))
        return false;
    if (o->record_video && !control_record(&m->control, o->record_video,
                                           o->record_aspect ? CAPTURE_ASPECT : CAPTURE_RAW, e))
        return false;
    if (!machine_begin_counts(m, e) || !outside_open(m, e))
        return false;
    if (o->stats)
        vm_count_host_time(m->vm);
    m->started = host_seconds();
    m->instructions_before = vm_instructions(m->vm);
    return true;
}

bool machine_next_script(struct machine *m, const char *path, struct ending *ending, struct err *e)
{
    script_run_free(m->run);
    script_free(m->script);
    m->run = NULL;
    m->ending = ending;
    if (!load_script(m, path, e))
        return false;
    m->run = script_run_new(m->script, &m->control, stdout, stderr);
    m->control.quit = false;
    m->control.status = m->status = 0;
    m->resets = 0;
    m->told_triple_fault = false;
    m->started = host_seconds();
    m->instructions_before = vm_instructions(m->vm);
    return m->run || err_set(e, "out of memory");
}

/* The run is over. */
static bool over(struct machine *m, int status)
{
    m->status = status;
    return false;
}

/* For whoever looks at the window, or at standard error. */
void machine_tell(struct machine *m, const char *fmt, ...)
{
    char said[2000], text[sizeof(said)];
    va_list args;
    va_start(args, fmt);
    vsnprintf(said, sizeof(said), fmt, args);
    va_end(args);
    clean_copy(text, sizeof(text), said);
    fprintf(stderr, "ferrite: %s\n", text);
    if (m->say)
        m->say(m->say_opaque, text);
    if (m->http)
        http_tell(m->http, text);
}

static void tell_triple_fault(struct machine *m)
{
    if (m->told_triple_fault) /* a guest that does it forever would fill the screen */
        return;
    m->told_triple_fault = true;
    const char *why = vm_last_fault(m->vm);
    machine_tell(m, "triple fault%s%s%s", *why ? ": " : "", why,
                 m->options->no_reboot ? "" : "; the machine starts again");
}

static void reset(struct machine *m)
{
    m->resets++;
    vm_reset(m->vm);
    outside_tell(m, VM_RESET_REQUEST);
}

/* With somebody in front of the window or outside, the machine waits for them; else the run is
 * over. */
static bool disk_error(struct machine *m)
{
    bool somebody = m->window || outside_expected(m) || m->options->debugger;
    machine_tell(m, "%s; the machine stops%s", vm_disk_error(m->vm),
                 m->window  ? ": Ctrl+Alt+P lets it try again"
                 : somebody ? ": cont lets it try again"
                            : "");
    if (somebody)
        m->control.stopped |= STOPPED_DISK;
    return somebody || over(m, SCRIPT_BAD);
}

/* DOS has said so, but on its screen. */
static void tell_crash(struct machine *m)
{
    const char *why = vm_program_crash(m->vm);
    if (why)
        machine_tell(m, "DOS has ended the program for %s", why);
}

/* What the guest did on its own, without a script. */
static bool guest_stopped(struct machine *m, enum vm_stop stop)
{
    const struct options *o = m->options;
    switch (stop) {
    case VM_SLICE:
    case VM_INTERRUPTED:
    case VM_POINT:
    case VM_GOAL:
    case VM_REPLAYED:
        return true;
    case VM_DEBUG_EXIT:
        return over(m, vm_exit_status(m->vm));
    case VM_PROGRAM_END:
        tell_crash(m);
        return over(m, vm_program_status(m->vm));
    case VM_POWER_OFF:
        if (o->no_shutdown)
            m->control.stopped |= STOPPED_OFF;
        return o->no_shutdown || over(m, 0);
    case VM_TRIPLE_FAULT:
        tell_triple_fault(m);
        if (o->no_reboot)
            return over(m, o->reset_status ? o->reset_status : SCRIPT_GUEST_ENDED);
        reset(m);
        return true;
    case VM_RESET_REQUEST:
        if (o->no_reboot && o->reset_status)
            machine_tell(m,
                         "the program has reset the PC instead of ending: there is no exit code");
        if (o->no_reboot)
            return over(m, o->reset_status);
        reset(m);
        return true;
    case VM_DISK_ERROR:
        return disk_error(m);
    }
    return true;
}

/* Somebody or something outside ends the run: say what it was doing. */
static bool ended(struct machine *m, const char *by, int status)
{
    char where[300];
    vm_explain(m->vm, where, sizeof(where));
    if (m->run)
        script_run_say_end(m->run, by);
    clean_printf(stderr, "ferrite: ended by %s at %.3f s of guest time; %s%s\n", by,
                 (double)vm_now(m->vm) / 1e9, where,
                 m->control.stopped & STOPPED_OFF ? "; the power is off" : "");
    if (m->resets > 1)
        fprintf(stderr, "ferrite: the guest was reset %lu times\n", m->resets);
    return over(m, status);
}

bool machine_must_end(struct machine *m)
{
    char by[80];
    if (m->control.quit)
        return !over(m, m->control.status);
    if (ending_asked(m->ending)) {
        ending_words(m->ending, by, sizeof(by));
        ended(m, by, ending_status(m->ending));
        return true;
    }
    if (m->control.guest_end && vm_now(m->vm) >= m->control.guest_end) {
        snprintf(by, sizeof(by), "the limit of %g s of guest time", m->control.guest_limit);
        ended(m, by, ENDING_LIMIT_STATUS);
        return true;
    }
    return false;
}

/* The next moment at which the machine must be looked at. */
static u64 next_look(const struct machine *m, u64 until)
{
    if (m->run && script_run_next(m->run) < until)
        until = script_run_next(m->run);
    return control_limit(&m->control, until);
}

void machine_attend(struct machine *m)
{
    links_look(&m->links);
    if (m->http)
        http_attend(m->http);
    if (m->control.can_follow) /* a person's; a script says `refresh` */
        folder_watch_look(&m->folders, &m->control, host_seconds());
    gdb_work(m->gdb);
    if (!m->awaited || links_awaited(&m->links))
        return;
    m->awaited = false;
    m->control.stopped &= ~((unsigned)STOPPED_CLIENT << CLIENT_SOCKET);
}

/* Seconds until pages are looked at, where others are waited for. */
#define BOTH 0.01

void machine_rest(struct machine *m, double seconds)
{
    bool busy = gdb_busy(m->gdb) || control_busy(&m->control);
    if (m->links.count && (busy || seconds <= 0)) /* something goes on, which has its share */
        links_look(&m->links);
    else if (m->links.count)
        links_wait(&m->links, m->http && seconds > BOTH ? BOTH : seconds);
    else if (m->http && !busy)
        http_wait(m->http, seconds);
    else if (!busy)
        host_sleep(seconds);
}

/* Its first slice is over: from now on signals reach it by the thread. */
static bool machine_watched(struct machine *m)
{
    struct err e;
    if (ending_watch(m->ending, &e))
        return true;
    fprintf(stderr, "ferrite: %s\n", e.text);
    return false;
}

bool machine_run(struct machine *m, u64 until)
{
    m->control.attended = m->window || m->options->debugger || outside_expected(m);
    do {
        machine_attend(m);
        control_poll(&m->control);
        machine_look_recording(m);
        if (m->run && !(m->control.stopped & STOPPED_OFF)) {
            /* The script looks before the first slice, and whenever its time has come. */
            if (script_run_step(m->run, VM_SLICE) == SCRIPT_DONE) {
                int status = script_run_status(m->run);
                /* What failed may have been interrupted by the very signal. */
                return !(status == SCRIPT_BAD && machine_must_end(m)) && over(m, status);
            }
        }
        if (machine_must_end(m))
            return false;
        if (control_stands(&m->control) || vm_now(m->vm) >= until)
            break;
        enum vm_stop stop = control_run(&m->control, next_look(m, until));
        if (!machine_watched(m))
            return over(m, SCRIPT_BAD);
        machine_poll_consoles(m);
        if (!machine_outputs_ok(m))
            return over(m, m->log_budget.refused ? ENDING_LIMIT_STATUS : SCRIPT_BAD);
        limits_look(m);
        if (stop == VM_INTERRUPTED)
            return !machine_must_end(m);
        if (stop == VM_REPLAYED && !m->recorded) /* the present is next: control_poll() */
            continue;
        if (stop == VM_REPLAYED) {
            bool same = machine_replayed(m);
            vm_live(m->vm, false);
            if (!m->window)
                return over(m, same ? 0 : SCRIPT_FAILED);
            continue;
        }
        if (stop == VM_POINT || stop == VM_GOAL) {
            bool taken = control_met(&m->control, stop);
            if (!taken && m->run && script_run_step(m->run, VM_POINT) == SCRIPT_DONE)
                return over(m, script_run_status(m->run));
            continue;
        }
        if (stop == VM_TRIPLE_FAULT && (gdb_shutdown(m->gdb) || control_shutdown(&m->control)))
            continue;
        if (stop != VM_RESET_REQUEST || m->options->no_reboot) /* else reset() does */
            outside_tell(m, stop);
        if (!m->run) {
            if (!guest_stopped(m, stop))
                return false;
        } else if (stop == VM_RESET_REQUEST && !m->options->no_reboot) {
            reset(m);
        } else if (stop != VM_SLICE) {
            if (script_run_step(m->run, stop) == SCRIPT_RUNNING)
                continue; /* stopped for a disk, which the script has expected */
            return over(m, script_run_status(m->run));
        }
    } while (true);
    return true;
}
