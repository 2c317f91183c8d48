/* sound_look.c - a Sound Blaster and the speaker for who looks. Creative's hardware programming
 * guide, chapters 2 to 6. */
#include "hw/sound/sound_look.h"

#include "hw/sound/sb.h"
#include "hw/sound/speaker.h"

#include <stdio.h>

static const struct register_field pending[] = {
    FIELD(0, 1, "8-bit DMA, MIDI", "-", "waits"),
    FIELD(1, 1, "16-bit DMA", "-", "waits"),
    FIELD(2, 1, "MPU-401", "-", "waits"),
};

static void look_transfer(const struct sb *sb, unsigned which, const struct register_eye *eye)
{
    static const char *const formats[SB_FORMATS] = {"PCM", "2-bit ADPCM", "2.6-bit ADPCM",
                                                    "4-bit ADPCM", "silence"};
    const struct sb_transfer *t = &sb->transfer[which];
    eye->group(eye->opaque, which == SB_8BIT ? "8-bit transfer" : "16-bit transfer");
    eye->text(eye->opaque, "state",
              !t->running  ? "none"
              : t->paused  ? "paused"
              : t->stalled ? "waits for the DMA controller"
                           : "runs");
    if (!t->running)
        return;
    eye->text(eye->opaque, "direction", t->record ? "recording" : "playing");
    eye->text(eye->opaque, "format", t->format < SB_FORMATS ? formats[t->format] : "");
    eye->text(eye->opaque, "samples", t->is_signed ? "signed" : "unsigned");
    eye->text(eye->opaque, "channels", t->stereo ? "stereo" : "mono");
    eye->text(eye->opaque, "at the end", t->auto_init ? "begins again" : "stops");
    eye->number(eye->opaque, "units left", t->left);
    eye->number(eye->opaque, "units of a block", t->block);
    if (t->period_ns)
        eye->number(eye->opaque, "rate", 1e9 * t->per_period / t->period_ns);
}

void sb_look(const struct device *d, const struct register_eye *eye)
{
    const struct sb *sb = (const struct sb *)d;
    const struct sb_dsp *dsp = &sb->dsp;
    char place[8], name[20];
    eye->group(eye->opaque, "DSP");
    snprintf(place, sizeof(place), "%03xh", sb->base + 12u);
    look_plain(eye, "Command", place, dsp->command, 8,
               dsp->want > dsp->have ? "waits for parameters" : "");
    for (unsigned i = 0; i < dsp->have && i < SB_PARAMS; i++) {
        snprintf(name, sizeof(name), "Parameter %u", i + 1);
        look_plain(eye, name, place, dsp->param[i], 8, "");
    }
    eye->number(eye->opaque, "answers that wait", dsp->answers);
    eye->text(eye->opaque, "speaker", dsp->speaker ? "on (D1h)" : "off (D3h)");
    look_plain(eye, "Time constant", "40h", dsp->time_constant, 8, "");
    if (dsp->rate)
        eye->number(eye->opaque, "rate (41h, 42h)", dsp->rate);
    look_plain(eye, "Block length less one", "48h", dsp->block, 16, "");
    look_value(eye, "Interrupt Status", "82h", sb->pending, 8, pending, "");
    look_transfer(sb, SB_8BIT, eye);
    look_transfer(sb, SB_16BIT, eye);
    opl_card_look(&sb->fm, eye);
    if (sb->card->mixer == SB_NO_MIXER)
        return;
    eye->group(eye->opaque, "Mixer");
    look_plain(eye, "Index", "", sb->mixer_index, 8, "");
    for (unsigned i = 0x30; sb->card->mixer == SB_CT1745 && i <= 0x47; i++) {
        snprintf(place, sizeof(place), "%02xh", i);
        snprintf(name, sizeof(name), "Register %02xh", i);
        look_plain(eye, name, place, sb->mixer[i], 8, "");
    }
}

void speaker_look(const struct device *d, const struct register_eye *eye)
{
    const struct speaker *s = (const struct speaker *)d;
    eye->group(eye->opaque, "Speaker");
    eye->text(eye->opaque, "port 61h bit 1", s->data ? "1: the timer is let through" : "0: silent");
    eye->number(eye->opaque, "frequency", i8254_frequency(s->pit, 2));
}
