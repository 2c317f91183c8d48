/*
 * option_values.h - functions for the table of options (options.c): each takes the struct options
 * and the text after the option, and says in one line what is wrong with it.
 */
#ifndef FERRITE_OPTION_VALUES_H
#define FERRITE_OPTION_VALUES_H

#include "hw/base/err.h"
#include "hw/base/types.h"

bool option_boot(void *options, const char *value, struct err *e);
bool option_debugcon(void *options, const char *value, struct err *e);
bool option_device(void *options, const char *value, struct err *e);
bool option_readconfig(void *options, const char *value, struct err *e);
bool option_chardev(void *options, const char *value, struct err *e);
bool option_netdev(void *options, const char *value, struct err *e);
bool option_display(void *options, const char *value, struct err *e);
bool option_audio(void *options, const char *value, struct err *e);
bool option_drive(void *options, const char *value, struct err *e);
bool option_monitor(void *options, const char *value, struct err *e);
bool option_http(void *options, const char *value, struct err *e);
bool option_qmp(void *options, const char *value, struct err *e);
bool option_jit(void *options, const char *value, struct err *e);
bool option_spin(void *options, const char *value, struct err *e);
bool option_coverage(void *options, const char *value, struct err *e);
bool option_limit(void *options, const char *value, struct err *e);
bool option_set(void *options, const char *value, struct err *e);
bool option_rewind(void *options, const char *value, struct err *e);
bool option_record(void *options, const char *value, struct err *e);
bool option_record_video(void *options, const char *value, struct err *e);
bool option_log(void *options, const char *value, struct err *e);
bool option_memory(void *options, const char *value, struct err *e);
bool option_midi(void *options, const char *value, struct err *e);
bool option_midi_in(void *options, const char *value, struct err *e);
bool option_audio_in(void *options, const char *value, struct err *e);
bool option_nic(void *options, const char *value, struct err *e);
bool option_parallel(void *options, const char *value, struct err *e);
bool option_profile(void *options, const char *value, struct err *e);
bool option_symbols(void *options, const char *value, struct err *e);
bool option_post_port(void *options, const char *value, struct err *e);
bool option_rtc(void *options, const char *value, struct err *e);
bool option_serial(void *options, const char *value, struct err *e);
bool option_share(void *options, const char *value, struct err *e);
bool option_snapshot_memory(void *options, const char *value, struct err *e);
bool option_vga(void *options, const char *value, struct err *e);
bool option_sound(void *options, const char *value, struct err *e);
bool option_speed(void *options, const char *value, struct err *e);

#endif
