/* input_look.c - the 8042 and the keyboard for who looks. IBM's PS/2 technical reference. */
#include "hw/input/input_look.h"

#include "hw/input/i8042.h"
#include "hw/input/ps2kbd.h"

#include <stdio.h>

static const struct register_field status[] = {
    FIELD(0, 1, "OBF", "nothing to read", "a byte is at port 60h"),
    FIELD(3, 1, "C/D", "the last byte was data", "the last byte was a command"),
    FIELD(5, 1, "AUX", "from the keyboard", "from the mouse"),
    FIELD(6, 1, "TO", "-", "no answer to the last byte sent"),
};
static const struct register_field command[] = {
    FIELD(0, 1, "INT", "no IRQ 1", "IRQ 1 for a key's byte"),
    FIELD(1, 1, "INT2", "no IRQ 12", "IRQ 12 for a mouse's byte"),
    FIELD(2, 1, "SYS", "after power-on", "self-test passed"),
    FIELD(4, 1, "EN", "the keyboard may send", "the keyboard is held"),
    FIELD(5, 1, "EN2", "the mouse may send", "the mouse is held"),
    FIELD(6, 1, "XLAT", "codes as they come", "translated to set 1"),
};
static const struct register_field output[] = {
    FIELD(0, 1, "RESET", "the processor is reset", "runs"),
    FIELD(1, 1, "A20", "bit 20 of addresses is 0", "all addresses"),
    FIELD(4, 1, "OBF", "-", "IRQ 1"),
    FIELD(5, 1, "AUX OBF", "-", "IRQ 12"),
};

void i8042_look(const struct device *d, const struct register_eye *eye)
{
    const struct i8042 *k = (const struct i8042 *)d;
    u32 s = (k->full ? 1u : 0) | (k->last_was_command ? 8u : 0) | (k->aux ? 0x20u : 0) |
            (k->timeout ? 0x40u : 0);
    eye->group(eye->opaque, "8042");
    look_value(eye, "Status", "64h", s, 8, status, "");
    look_plain(eye, "Output buffer", "60h", k->out, 8, k->full ? "not read yet" : "read already");
    look_value(eye, "Command byte", "20h", k->ram[0], 8, command, "");
    look_value(eye, "Output port", "D0h", k->output_port, 8, output, "");
    if (k->command)
        look_plain(eye, "Command", "64h", k->command, 8, "waits for its data byte");
    if (k->arriving)
        eye->text(eye->opaque, "on the wire",
                  k->arriving == 1 ? "a byte of the keyboard" : "a byte of the mouse");
}

static const struct register_field leds[] = {
    FIELD(0, 1, "Scroll", "off", "on"),
    FIELD(1, 1, "Num", "off", "on"),
    FIELD(2, 1, "Caps", "off", "on"),
};

/* As the 8042 passes set 2 on when it translates: F0 becomes the high bit of the next one. */
static void say_translated(char *out, size_t size, const u8 *code, unsigned n)
{
    size_t used = 0;
    bool up = false;
    for (unsigned i = 0; i < n && used + 4 < size; i++) {
        if (code[i] != 0xf0)
            used += (size_t)snprintf(out + used, size - used, " %02x",
                                     ps2_to_set1(code[i]) | (up ? 0x80 : 0));
        up = code[i] == 0xf0;
    }
}

static void look_codes(const struct ps2kbd *k, const struct register_eye *eye)
{
    const struct command_note *x;
    eye->group(eye->opaque, "Scan codes, the latest first");
    for (unsigned i = 0; (x = command_log_at(&k->codes, i)); i++) {
        char bytes[80] = "", translated[60] = "", words[200];
        unsigned n = x->given_len - 1u;
        u8 how = x->given[n];
        for (unsigned at = 0; at < n; at++)
            snprintf(bytes + 3 * at, 4, " %02x", x->given[at]);
        if (how >> 4 == 2)
            say_translated(translated, sizeof(translated), x->given, n);
        snprintf(words, sizeof(words), "%s:%s in set %u%s%s; at %.6f s",
                 how & PS2KBD_AGAIN  ? "held"
                 : how & PS2KBD_DOWN ? "pressed"
                                     : "released",
                 bytes, how >> 4, *translated ? ", translated to set 1" : "", translated,
                 (double)x->at / 1e9);
        eye->text(eye->opaque, x->name, words);
    }
}

void ps2kbd_look(const struct device *d, const struct register_eye *eye)
{
    const struct ps2kbd *k = (const struct ps2kbd *)d;
    unsigned down = 0;
    char list[200] = "";
    size_t n = 0;
    eye->group(eye->opaque, "Keyboard");
    eye->number(eye->opaque, "scan code set", k->set);
    look_value(eye, "LEDs", "EDh", k->leds, 3, leds, "");
    look_plain(eye, "Typematic", "F3h", k->typematic, 8, "delay and rate of a key that is held");
    eye->text(eye->opaque, "scanning", k->scanning ? "on" : "off (F5h)");
    for (unsigned i = 0; i < KEY_COUNT; i++) {
        if (!k->down[i])
            continue;
        down++;
        if (n < sizeof(list))
            n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%u", n ? " " : "", i);
    }
    eye->number(eye->opaque, "keys held down", down);
    if (down)
        eye->text(eye->opaque, "their numbers", list);
    if (k->command)
        look_plain(eye, "Command", "60h", k->command, 8, "waits for its parameter");
    look_codes(k, eye);
}
