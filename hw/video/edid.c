/*
 * edid.c - the monitor's EDID. VESA Enhanced EDID Standard, release A (EDID 1.3), chapter 3: a
 * colour monitor of 32 x 24 cm, analog, 1024x768 at 60 Hz preferred, up to 1600x1200.
 */
#include "hw/video/edid.h"
#include <string.h>

/* A detailed timing, 3.10.2: pixel clock in 10 kHz; sizes in dots, lines and mm. */
static void detailed(u8 *at, u32 clock, const u32 h[4], const u32 v[4])
{
    enum { ACTIVE, BLANK, SYNC_OFFSET, SYNC_WIDTH, WIDTH_MM = 320, HEIGHT_MM = 240 };
    at[0] = (u8)clock;
    at[1] = (u8)(clock >> 8);
    at[2] = (u8)h[ACTIVE];
    at[3] = (u8)h[BLANK];
    at[4] = (u8)(h[ACTIVE] >> 8 << 4 | h[BLANK] >> 8);
    at[5] = (u8)v[ACTIVE];
    at[6] = (u8)v[BLANK];
    at[7] = (u8)(v[ACTIVE] >> 8 << 4 | v[BLANK] >> 8);
    at[8] = (u8)h[SYNC_OFFSET];
    at[9] = (u8)h[SYNC_WIDTH];
    at[10] = (u8)(v[SYNC_OFFSET] << 4 | v[SYNC_WIDTH]);
    at[11] = (u8)(h[SYNC_OFFSET] >> 8 << 6 | h[SYNC_WIDTH] >> 8 << 4);
    at[12] = (u8)WIDTH_MM;
    at[13] = (u8)HEIGHT_MM;
    at[14] = (u8)(WIDTH_MM >> 8 << 4 | HEIGHT_MM >> 8);
    at[17] = 0x18; /* digital, separate syncs, both negative */
}

/* A monitor descriptor, 3.10.3. */
static void descriptor(u8 *at, u8 tag, const void *bytes, u8 filler)
{
    memset(at + 5, filler, 13);
    at[3] = tag;
    memcpy(at + 5, bytes, strlen(bytes));
}

void edid_make(u8 edid[EDID_SIZE])
{
    static const u8 header[8] = {0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0};
    /* Red, green, blue and white as sRGB has them, ten bits each. */
    static const u8 colours[10] = {0xee, 0x91, 0xa3, 0x54, 0x4c, 0x99, 0x26, 0x0f, 0x50, 0x54};
    /* 720x400 at 70; 640x480 at 60, 75; 800x600 at 60, 72, 75; 1024x768 at 60, 70, 75;
     * 1280x1024 at 75 */
    static const u8 established[3] = {0xa5, 0xcf, 0x00};
    static const u8 standard[16] = {0x81, 0x80, 0x61, 0x4a, 0x81, 0x99, 0xa9, 0x40,
                                    1,    1,    1,    1,    1,    1,    1,    1};
    static const u32 h[4] = {1024, 320, 24, 136}, v[4] = {768, 38, 3, 6};
    static const u8 limits[] = {50, 120, 30, 90, 17, 0};
    u8 sum = 0;

    memset(edid, 0, EDID_SIZE);
    memcpy(edid, header, sizeof header);
    edid[8] = 0x18; /* "FER", five bits a letter */
    edid[9] = 0xb2;
    edid[10] = 1;
    edid[16] = 23; /* week and year of make */
    edid[17] = 1999 - 1990;
    edid[18] = 1; /* version 1.3 */
    edid[19] = 3;
    edid[20] = 0x0e; /* analog, separate, composite and green syncs */
    edid[21] = 32;   /* cm */
    edid[22] = 24;
    edid[23] = 120;  /* gamma 2.2 */
    edid[24] = 0xea; /* standby, suspend, off; colour; the preferred timing is the first */
    memcpy(edid + 25, colours, sizeof colours);
    memcpy(edid + 35, established, sizeof established);
    memcpy(edid + 38, standard, sizeof standard);
    detailed(edid + 54, 6500, h, v);
    descriptor(edid + 72, 0xfc, "Ferrite VGA\n", ' ');
    descriptor(edid + 90, 0xfd, limits, ' ');
    descriptor(edid + 108, 0xff, "1\n", ' ');
    edid[90 + 10] = 0; /* no secondary timing formula; then a line feed */
    edid[90 + 11] = '\n';
    for (unsigned i = 0; i < EDID_SIZE - 1; i++)
        sum = (u8)(sum + edid[i]);
    edid[EDID_SIZE - 1] = (u8)-sum;
}
