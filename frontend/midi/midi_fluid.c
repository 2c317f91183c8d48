/*
 * midi_fluid.c - FluidSynth (2.x) plays what the machine sends, at once, by the host's clock, with
 * a SoundFont. The library is loaded on demand; the synthesiser makes its own sound.
 */
#include "frontend/midi/midi_ports.h"
#include "hw/base/library.h"

#include <stdlib.h>
#include <unistd.h>

struct fluid_table {
    void *(*new_fluid_settings)(void);
    void (*delete_fluid_settings)(void *settings);
    int (*fluid_settings_setint)(void *settings, const char *name, int v);
    void *(*new_fluid_synth)(void *settings);
    void (*delete_fluid_synth)(void *synth);
    void *(*new_fluid_audio_driver)(void *settings, void *synth);
    void (*delete_fluid_audio_driver)(void *driver);
    int (*fluid_is_soundfont)(const char *file);
    int (*fluid_synth_sfload)(void *synth, const char *file, int reset);
    int (*fluid_synth_noteon)(void *synth, int channel, int key, int velocity);
    int (*fluid_synth_noteoff)(void *synth, int channel, int key);
    int (*fluid_synth_cc)(void *synth, int channel, int control, int v);
    int (*fluid_synth_program_change)(void *synth, int channel, int program);
    int (*fluid_synth_channel_pressure)(void *synth, int channel, int v);
    int (*fluid_synth_key_pressure)(void *synth, int channel, int key, int v);
    int (*fluid_synth_pitch_bend)(void *synth, int channel, int v);
    int (*fluid_synth_sysex)(void *synth, const char *data, int length, char *response,
                             int *response_length, int *handled, int dry);
    int (*fluid_synth_system_reset)(void *synth);
    void *(*fluid_set_log_function)(int level, void (*fn)(int, const char *, void *), void *data);
};

#define F(name)                                                                                    \
    {                                                                                              \
#name, offsetof(struct fluid_table, name)                                                  \
    }

static const struct library_function functions[] = {
    F(new_fluid_settings),         F(delete_fluid_settings),
    F(fluid_settings_setint),      F(new_fluid_synth),
    F(delete_fluid_synth),         F(new_fluid_audio_driver),
    F(delete_fluid_audio_driver),  F(fluid_is_soundfont),
    F(fluid_synth_sfload),         F(fluid_synth_noteon),
    F(fluid_synth_noteoff),        F(fluid_synth_cc),
    F(fluid_synth_program_change), F(fluid_synth_channel_pressure),
    F(fluid_synth_key_pressure),   F(fluid_synth_pitch_bend),
    F(fluid_synth_sysex),          F(fluid_synth_system_reset),
    F(fluid_set_log_function),
};

static const struct library library = {
    .what = "the MIDI synthesiser, FluidSynth,",
    .package = "libfluidsynth3",
    .file = "libfluidsynth.so.3",
    .functions = functions,
    .count = ARRAY_SIZE(functions),
};

/* Where Debian's packages put them; the first is an alternative that leads to one of the others. */
static const char *const soundfonts[] = {
    "/usr/share/sounds/sf3/default-GM.sf3", "/usr/share/sounds/sf2/default-GM.sf2",
    "/usr/share/sounds/sf2/FluidR3_GM.sf2", "/usr/share/sounds/sf2/TimGM6mb.sf2",
    "/usr/share/soundfonts/default.sf2"};

struct fluid {
    struct fluid_table call;
    void *library, *settings, *synth, *driver;
};

static void no_words(int level, const char *text, void *data)
{
    (void)level, (void)text, (void)data;
}

static const char *installed(void)
{
    for (size_t i = 0; i < ARRAY_SIZE(soundfonts); i++) {
        if (access(soundfonts[i], R_OK) == 0)
            return soundfonts[i];
    }
    return NULL;
}

static bool fluid_close(void *self, struct err *e)
{
    struct fluid *f = self;
    (void)e;
    if (f->driver)
        f->call.delete_fluid_audio_driver(f->driver);
    if (f->synth)
        f->call.delete_fluid_synth(f->synth);
    if (f->settings)
        f->call.delete_fluid_settings(f->settings);
    library_close(f->library);
    free(f);
    return true;
}

static bool begin(struct fluid *f, const char *soundfont, struct err *e)
{
    f->library = library_open(&library, &f->call, e);
    if (!f->library)
        return false;
    for (int level = 0; level < 5; level++)
        f->call.fluid_set_log_function(level, no_words, NULL);
    if (!soundfont) {
        soundfont = installed();
        if (!soundfont)
            return err_set(e, "no SoundFont is installed; apt-get install timgm6mb-soundfont, or "
                              "name one: -midi fluidsynth:FILE.sf2");
    }
    if (access(soundfont, R_OK) != 0)
        return err_set(e, "%.200s: there is no such file, or it cannot be read", soundfont);
    if (!f->call.fluid_is_soundfont(soundfont))
        return err_set(e, "%.200s: is no SoundFont", soundfont);
    f->settings = f->call.new_fluid_settings();
    f->synth = f->settings ? f->call.new_fluid_synth(f->settings) : NULL;
    if (!f->synth)
        return err_set(e, "FluidSynth does not start");
    if (f->call.fluid_synth_sfload(f->synth, soundfont, 1) < 0)
        return err_set(e, "%.200s: FluidSynth cannot load this SoundFont", soundfont);
    f->driver = f->call.new_fluid_audio_driver(f->settings, f->synth);
    return f->driver || err_set(e, "FluidSynth finds no sound device");
}

void *midi_fluid_open(const char *soundfont, struct err *e)
{
    struct fluid *f = calloc(1, sizeof(*f));
    if (!f) {
        err_set(e, "out of memory");
        return NULL;
    }
    if (!begin(f, soundfont, e)) {
        fluid_close(f, NULL);
        return NULL;
    }
    return f;
}

static void fluid_message(void *self, const struct midi_message *m)
{
    struct fluid *f = self;
    const u8 *b = m->bytes;
    int channel = b[0] & 15;
    switch (b[0] >> 4) {
    case 0x8:
        f->call.fluid_synth_noteoff(f->synth, channel, b[1]);
        break;
    case 0x9:
        if (b[2])
            f->call.fluid_synth_noteon(f->synth, channel, b[1], b[2]);
        else
            f->call.fluid_synth_noteoff(f->synth, channel, b[1]);
        break;
    case 0xa:
        f->call.fluid_synth_key_pressure(f->synth, channel, b[1], b[2]);
        break;
    case 0xb:
        f->call.fluid_synth_cc(f->synth, channel, b[1], b[2]);
        break;
    case 0xc:
        f->call.fluid_synth_program_change(f->synth, channel, b[1]);
        break;
    case 0xd:
        f->call.fluid_synth_channel_pressure(f->synth, channel, b[1]);
        break;
    case 0xe:
        f->call.fluid_synth_pitch_bend(f->synth, channel, b[1] | b[2] << 7);
        break;
    default:
        if (b[0] == 0xf0 && m->length > 2)
            f->call.fluid_synth_sysex(f->synth, (const char *)b + 1, (int)m->length - 2, NULL, NULL,
                                      NULL, 0);
        else if (b[0] == 0xff)
            f->call.fluid_synth_system_reset(f->synth);
        break;
    }
}

const struct midi_kind midi_fluid_kind = {fluid_message, fluid_close};
