; linux_mixer.asm - a program for Linux on the 386: opens the mixer device that its argument names (OSS,
; soundcard.h), and sets everything on it to nine tenths. For linux_drivers.sh, whose shell has no ioctl.
bits 32
org 0x10000

OPEN    equ 5
EXIT    equ 1
IOCTL   equ 54
CHANNELS equ 25
WRITE   equ 0xc0044d00 ; SOUND_MIXER_WRITE(channel)

base:   db 0x7f, "ELF", 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0
        dw 2, 3
        dd 1, start, header - base, 0, 0
        dw 52, 32, 1, 0, 0, 0
header: dd 1, 0, base, base, end - base, end - base, 7, 4096

start:  mov eax, OPEN
        mov ebx, [esp + 8] ; argv[1]
        mov ecx, 2
        int 0x80
        mov esi, eax
        xor edi, edi
channel: mov eax, IOCTL
        mov ebx, esi
        lea ecx, [edi + WRITE]
        mov edx, volume
        mov dword [edx], 0x5a5a
        int 0x80
        inc edi
        cmp edi, CHANNELS
        jb channel
        mov eax, EXIT
        xor ebx, ebx
        int 0x80

volume: dd 0
end:
