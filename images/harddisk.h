/*
 * The sectors that a hard disk is started by (harddisk/), for who makes one in memory: the program
 * of the partition sector, whose table is to be filled in, and the first sector of a FAT16
 * partition with FreeDOS' kernel, whose BPB is.
 */
#ifndef FERRITE_IMAGES_HARDDISK_H
#define FERRITE_IMAGES_HARDDISK_H

extern const unsigned char mbr_sector[512], boot16_sector[512];

#endif
