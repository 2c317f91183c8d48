; Ferrite system BIOS: INT 09h, the keyboard interrupt.
;
; The 8042 translates to scan code set 1. Make codes are looked up in a table
; of four columns (plain, shift, ctrl, alt); E0-prefixed keys have rows of
; their own. Codes that old programs must not see carry F0h or E0h in their
; low byte; INT 16h sorts them out. See IBM's keyboard section of the BIOS
; reference for the values.

KF_RSHIFT   equ 0x01                ; 40:17
KF_LSHIFT   equ 0x02
KF_CTRL     equ 0x04
KF_ALT      equ 0x08
KF_SCROLL   equ 0x10
KF_NUM      equ 0x20
KF_CAPS     equ 0x40
KF_INS      equ 0x80
K1_LCTRL    equ 0x01                ; 40:18
K1_LALT     equ 0x02
K1_SYSREQ   equ 0x04
K1_HOLD     equ 0x08
K3_E1       equ 0x01                ; 40:96
K3_E0       equ 0x02
K3_RCTRL    equ 0x04
K3_RALT     equ 0x08
KL_ARG      equ 0x08                ; 40:97: the LED byte is out, its ack to come
KL_ACK      equ 0x10
KL_RESEND   equ 0x20
KL_CMD      equ 0x40                ; the LED command is out, its ack to come

int09_irq:
    ENTER_INT
    DS_BDA
    mov ah, STALE_KBD
    call kbc_irq_byte
    jc .eoi

    mov ah, 0x4F                    ; let a program change or swallow it
    stc
    int 0x15
    jnc .eoi

    mov ah, [KB_FLAG3]
    test ah, K3_E1
    jnz .e1
    cmp al, 0xE0
    je .prefix_e0
    cmp al, 0xE1
    je .prefix_e1
    cmp al, 0xFA
    je .ack
    cmp al, 0xFE
    je .resend
    cmp al, 0xF0                    ; EEh, FCh, FFh, 00h: replies and overruns
    ja .eoi
    test al, al
    jz .eoi
    call key_event
    and byte [KB_FLAG3], ~K3_E0
    jmp .leds

.prefix_e0:
    or byte [KB_FLAG3], K3_E0
    jmp .eoi
.prefix_e1:
    or byte [KB_FLAG3], K3_E1
    jmp .eoi

; Pause is E1 1D 45 E1 9D C5. The 45h (or C5h) ends a group.
.e1:
    mov ah, al
    and ah, 0x7F
    cmp ah, 0x1D
    je .eoi
    and byte [KB_FLAG3], ~K3_E1
    cmp al, 0x45
    jne .eoi
    call key_pause
    jmp .eoi_done

; The keyboard took our byte. The LED command goes out in two steps, each one
; continued from here, so that nothing ever waits for the keyboard.
.ack:
    or byte [KB_LED], KL_ACK
    test byte [KB_LED], KL_CMD
    jz .ack_arg
    and byte [KB_LED], ~KL_CMD
    or byte [KB_LED], KL_ARG
    mov al, [KB_LED]
    and al, 7
    call kbc_data
    jmp .eoi
.ack_arg:
    and byte [KB_LED], ~KL_ARG
    jmp .leds
.resend:
    or byte [KB_LED], KL_RESEND
    and byte [KB_LED], ~(KL_CMD | KL_ARG) & 0xFF
    jmp .eoi

.leds:
    call led_update
.eoi:
    mov al, EOI
    out PORT_PIC1_CMD, al
.eoi_done:
    LEAVE_INT

; Start a LED command when the lock bits differ from what the keyboard shows
; and none is under way. DS = BDA. Destroys AX.
led_update:
    pushf
    cli
    mov al, [KB_FLAG]
    shr al, 4
    and al, 7
    mov ah, [KB_LED]
    test ah, KL_CMD | KL_ARG
    jnz .out
    and ah, 7
    cmp al, ah
    je .out
    and byte [KB_LED], ~(7 | KL_ACK | KL_RESEND) & 0xFF
    or al, KL_CMD
    or [KB_LED], al
    mov al, 0xED
    call kbc_data
.out:
    popf
    ret

; One key going down or up: AL = scan code, E0 flag in KB_FLAG3. DS = BDA.
key_event:
    mov bl, al
    and bl, 0x7F                    ; BL = key
    mov bh, [KB_FLAG3]
    and bh, K3_E0                   ; BH = came with E0
    mov ah, [KB_FLAG]
    test al, 0x80
    jnz key_up

    ; ------------------------------------------------------------- down
    cmp bl, 0x2A
    je .lshift
    cmp bl, 0x36
    je .rshift
    cmp bl, 0x1D
    je .ctrl
    cmp bl, 0x38
    je .alt

    ; Any other key ends a Pause and is lost.
    test byte [KB_FLAG1], K1_HOLD
    jz .no_hold
    cmp bl, 0x45
    je .no_hold
    and byte [KB_FLAG1], ~K1_HOLD
    ret
.no_hold:
    cmp bl, 0x3A
    je .caps
    cmp bl, 0x45
    je .num
    cmp bl, 0x46
    je .scroll
    cmp bl, 0x37
    je .star
    cmp bl, 0x54
    je .sysreq
    cmp bl, 0x53
    jne .not_del
    mov al, ah
    and al, KF_CTRL | KF_ALT
    cmp al, KF_CTRL | KF_ALT
    je reboot_warm
.not_del:
    jmp key_translate

.lshift:
    test bh, bh                     ; E0 2A is a fake shift around grey keys
    jnz .none
    or byte [KB_FLAG], KF_LSHIFT
    ret
.rshift:
    test bh, bh
    jnz .none
    or byte [KB_FLAG], KF_RSHIFT
.none:
    ret
.ctrl:
    or byte [KB_FLAG], KF_CTRL
    test bh, bh
    jnz .rctrl
    or byte [KB_FLAG1], K1_LCTRL
    ret
.rctrl:
    or byte [KB_FLAG3], K3_RCTRL
    ret
.alt:
    or byte [KB_FLAG], KF_ALT
    test bh, bh
    jnz .ralt
    or byte [KB_FLAG1], K1_LALT
    ret
.ralt:
    or byte [KB_FLAG3], K3_RALT
    ret

; Locks change once a press, not while the key repeats: bits 4-6 of 40:18 say
; that the key is down.
.caps:
    mov al, KF_CAPS
    jmp .lock
.num:
    test bh, bh
    jnz .none
    test ah, KF_CTRL                ; Ctrl-NumLock pauses on an 84-key keyboard
    jz .num_lock
    test byte [KB_FLAG3], 0x10
    jnz .num_lock
    jmp key_pause_keep
.num_lock:
    mov al, KF_NUM
    jmp .lock
.scroll:
    test bh, bh
    jz .scroll_lock
    test ah, KF_CTRL
    jnz key_break                   ; E0 46: Ctrl-Break
    ret
.scroll_lock:
    test byte [KB_FLAG3], 0x10
    jnz .scroll_only
    test ah, KF_CTRL
    jnz key_break
.scroll_only:
    mov al, KF_SCROLL
.lock:
    test [KB_FLAG1], al
    jnz .none
    or [KB_FLAG1], al
    xor [KB_FLAG], al
    ret

; 37h: grey star, or with E0 Print Screen.
.star:
    test bh, bh
    jz key_translate
    test ah, KF_CTRL
    jnz .ctrl_print
    test ah, KF_ALT
    jnz .none
    jmp key_print
.ctrl_print:
    mov ax, 0x7200
    jmp key_store

.sysreq:
    test byte [KB_FLAG1], K1_SYSREQ
    jnz .none
    or byte [KB_FLAG1], K1_SYSREQ
    mov ax, 0x8500
    jmp key_call15

    ; --------------------------------------------------------------- up
key_up:
    cmp bl, 0x2A
    je .lshift
    cmp bl, 0x36
    je .rshift
    cmp bl, 0x1D
    je .ctrl
    cmp bl, 0x38
    je .alt
    mov al, KF_CAPS
    cmp bl, 0x3A
    je .unlock
    mov al, KF_NUM
    cmp bl, 0x45
    je .unlock
    mov al, KF_SCROLL
    cmp bl, 0x46
    je .unlock
    cmp bl, 0x52
    je .ins
    cmp bl, 0x54
    je .sysreq
    ret
.lshift:
    test bh, bh
    jnz .none
    and byte [KB_FLAG], ~KF_LSHIFT
    ret
.rshift:
    test bh, bh
    jnz .none
    and byte [KB_FLAG], ~KF_RSHIFT
.none:
    ret
.ctrl:
    test bh, bh
    jnz .rctrl
    and byte [KB_FLAG1], ~K1_LCTRL
    jmp .ctrl_left
.rctrl:
    and byte [KB_FLAG3], ~K3_RCTRL
.ctrl_left:                         ; still one of the two down?
    test byte [KB_FLAG1], K1_LCTRL
    jnz .none
    test byte [KB_FLAG3], K3_RCTRL
    jnz .none
    and byte [KB_FLAG], ~KF_CTRL
    ret
.alt:
    test bh, bh
    jnz .ralt
    and byte [KB_FLAG1], ~K1_LALT
    jmp .alt_left
.ralt:
    and byte [KB_FLAG3], ~K3_RALT
.alt_left:
    test byte [KB_FLAG1], K1_LALT
    jnz .none
    test byte [KB_FLAG3], K3_RALT
    jnz .none
    and byte [KB_FLAG], ~KF_ALT
    xor ax, ax                      ; a number typed with Alt held becomes its
    xchg al, [ALT_ACC]              ; character
    test al, al
    jnz key_store
    ret
.unlock:
    not al
    and [KB_FLAG1], al
    ret
.ins:
    and byte [KB_FLAG1], ~KF_INS & 0xFF
    ret
.sysreq:
    and byte [KB_FLAG1], ~K1_SYSREQ
    mov ax, 0x8501
    jmp key_call15

; ------------------------------------------------------------ translation
; BL = key, BH = E0 flag, AH = shift state.
key_translate:
    test bh, bh
    jnz .extended
    cmp bl, 0x58
    ja .none

    ; The numeric keypad, 47h..53h.
    cmp bl, 0x47
    jb .main
    cmp bl, 0x53
    ja .main
    test ah, KF_ALT
    jnz .alt_number
    cmp bl, 0x52                    ; Ins without digits toggles the insert state
    jne .pad
    call .pad_shift
    jnz .pad
    test ah, KF_CTRL
    jnz .pad
    call toggle_ins
.pad:
    test ah, KF_CTRL
    jnz .lookup_ctrl
    call .pad_shift
    jnz .lookup_shift
    jmp .lookup_plain

; ZF = 0: the keypad gives digits (NumLock and Shift cancel each other).
.pad_shift:
    mov al, ah
    and al, KF_LSHIFT | KF_RSHIFT
    jz .unshifted
    mov al, KF_NUM
.unshifted:
    mov cl, ah
    and cl, KF_NUM
    xor al, cl
    test al, KF_NUM
    ret

; Alt with keypad digits builds a character code.
.alt_number:
    movzx si, bl
    mov al, [cs:pad_digits + si - 0x47]
    cmp al, 0xFF
    je .lookup_alt
    mov ah, [ALT_ACC]
    xchg al, ah
    mov cl, 10
    push ax
    mul cl
    pop cx
    add al, ch
    mov [ALT_ACC], al
.none:
    ret

.main:
    test ah, KF_ALT
    jnz .lookup_alt
    test ah, KF_CTRL
    jnz .lookup_ctrl
    mov al, ah
    and al, KF_LSHIFT | KF_RSHIFT
    setnz al
    test ah, KF_CAPS                ; CapsLock swaps the case of letters only
    jz .case
    call is_letter
    jne .case
    xor al, 1
.case:
    test al, al
    jnz .lookup_shift
.lookup_plain:
    xor si, si
    jmp .lookup
.lookup_shift:
    mov si, 2
    jmp .lookup
.lookup_ctrl:
    mov si, 4
    jmp .lookup
.lookup_alt:
    mov si, 6
.lookup:
    movzx di, bl
    shl di, 3
    add di, si
    mov ax, [cs:key_table + di]
    test ax, ax
    jnz key_store
    ret

; E0 keys: a short list of rows.
.extended:
    mov di, key_table_e0
    mov cx, (key_table_e0_end - key_table_e0) / 9
.row:
    cmp [cs:di], bl
    je .found
    add di, 9
    loop .row
    ret
.found:
    cmp bl, 0x52
    jne .no_ins
    test ah, KF_ALT | KF_CTRL | KF_LSHIFT | KF_RSHIFT
    jnz .no_ins
    call toggle_ins
.no_ins:
    inc di
    test ah, KF_ALT
    jz .no_alt
    add di, 6
    jmp .e0_take
.no_alt:
    test ah, KF_CTRL
    jz .no_ctrl
    add di, 4
    jmp .e0_take
.no_ctrl:
    test ah, KF_LSHIFT | KF_RSHIFT
    jz .e0_take
    add di, 2
.e0_take:
    mov ax, [cs:di]
    test ax, ax
    jnz key_store
    ret

; ZF = 1: key BL is a letter (its plain code is).
is_letter:
    push ax
    push di
    movzx di, bl
    shl di, 3
    mov al, [cs:key_table + di]
    cmp al, 'a'
    jb .no
    cmp al, 'z'
    ja .no
    cmp al, al
.no:                                ; JB and JA leave ZF clear
    pop di
    pop ax
    ret

toggle_ins:
    test byte [KB_FLAG1], KF_INS
    jnz .repeat
    or byte [KB_FLAG1], KF_INS
    xor byte [KB_FLAG], KF_INS
.repeat:
    ret

; Put AX into the type-ahead buffer; a click of the speaker when it is full.
; CF = 1: no room. DS = BDA. Destroys SI, DI.
key_store:
    call key_put
    jnc key_stored
    call key_click
    stc
    ret
key_stored:
    mov ax, 0x9102                  ; tell a multitasker that a key came
key_call15:
    pushad
    int 0x15
    popad
    clc
    ret

key_put:
    mov si, [KB_TAIL]
    mov di, si
    add di, 2
    cmp di, [KB_END]
    jb .inside
    mov di, [KB_START]
.inside:
    cmp di, [KB_HEAD]
    je .full
    mov [si], ax
    mov [KB_TAIL], di
    clc
    ret
.full:
    stc
    ret

; 4 ms of the tone that POST left in channel 2.
key_click:
    push ecx
    in al, PORT_SYS_B
    push ax
    or al, 0x03
    out PORT_SYS_B, al
    mov cx, 4
    call delay_ms
    pop ax
    out PORT_SYS_B, al
    pop ecx
    ret

; ------------------------------------------------------------ special keys

; Ctrl-Break: empty buffer, one zero entry, INT 1Bh.
key_break:
    mov byte [BREAK_FLAG], 0x80
    mov ax, [KB_START]
    mov [KB_HEAD], ax
    mov [KB_TAIL], ax
    xor ax, ax
    call key_put
    mov al, EOI
    out PORT_PIC1_CMD, al
    and byte [KB_FLAG3], ~K3_E0
    int 0x1B
    jmp key_leave

; Print Screen: INT 05h runs with the keyboard acknowledged, for it is long.
key_print:
    and byte [KB_FLAG3], ~K3_E0
    mov al, EOI
    out PORT_PIC1_CMD, al
    int 0x05
    jmp key_leave

; Pause: stay here until another key ends it. Called when the handler may
; leave without a further EOI.
key_pause:
    mov al, EOI
    out PORT_PIC1_CMD, al
    test byte [KB_FLAG1], K1_HOLD
    jnz .out
    or byte [KB_FLAG1], K1_HOLD
.wait:
    cli
    test byte [KB_FLAG1], K1_HOLD
    jz .resumed
    call idle
    jmp .wait
.resumed:
    cli
.out:
    ret
key_pause_keep:
    call key_pause

; Leave INT 09h from inside key_event, EOI already sent.
key_leave:
    mov sp, bp
    LEAVE_INT

; Ctrl-Alt-Del: warm boot, on the bare hardware like a reset.
reboot_warm:
    mov word [RESET_FLAG], 0x1234
    cli
    mov al, 0xFE                    ; the 8042 pulls the reset line
    call kbc_command
    mov cx, 50
    call delay_ms
    jmp 0xF000:0xE05B               ; it did not: start over by hand

pad_digits:
    db 7, 8, 9, 0xFF, 4, 5, 6, 0xFF, 1, 2, 3, 0, 0xFF

; plain, shift, ctrl, alt for the keys 00h..58h; 0 = nothing
key_table:
    dw 0x0000,0x0000,0x0000,0x0000  ; 00
    dw 0x011B,0x011B,0x011B,0x01F0  ; 01 Esc
    dw 0x0231,0x0221,0x0000,0x7800  ; 02 1 !
    dw 0x0332,0x0340,0x0300,0x7900  ; 03 2 @
    dw 0x0433,0x0423,0x0000,0x7A00  ; 04 3 #
    dw 0x0534,0x0524,0x0000,0x7B00  ; 05 4 $
    dw 0x0635,0x0625,0x0000,0x7C00  ; 06 5 %
    dw 0x0736,0x075E,0x071E,0x7D00  ; 07 6 ^
    dw 0x0837,0x0826,0x0000,0x7E00  ; 08 7 &
    dw 0x0938,0x092A,0x0000,0x7F00  ; 09 8 *
    dw 0x0A39,0x0A28,0x0000,0x8000  ; 0A 9 (
    dw 0x0B30,0x0B29,0x0000,0x8100  ; 0B 0 )
    dw 0x0C2D,0x0C5F,0x0C1F,0x8200  ; 0C - _
    dw 0x0D3D,0x0D2B,0x0000,0x8300  ; 0D = +
    dw 0x0E08,0x0E08,0x0E7F,0x0EF0  ; 0E Backspace
    dw 0x0F09,0x0F00,0x9400,0xA500  ; 0F Tab
    dw 0x1071,0x1051,0x1011,0x1000  ; 10 q
    dw 0x1177,0x1157,0x1117,0x1100  ; 11 w
    dw 0x1265,0x1245,0x1205,0x1200  ; 12 e
    dw 0x1372,0x1352,0x1312,0x1300  ; 13 r
    dw 0x1474,0x1454,0x1414,0x1400  ; 14 t
    dw 0x1579,0x1559,0x1519,0x1500  ; 15 y
    dw 0x1675,0x1655,0x1615,0x1600  ; 16 u
    dw 0x1769,0x1749,0x1709,0x1700  ; 17 i
    dw 0x186F,0x184F,0x180F,0x1800  ; 18 o
    dw 0x1970,0x1950,0x1910,0x1900  ; 19 p
    dw 0x1A5B,0x1A7B,0x1A1B,0x1AF0  ; 1A [ {
    dw 0x1B5D,0x1B7D,0x1B1D,0x1BF0  ; 1B ] }
    dw 0x1C0D,0x1C0D,0x1C0A,0x1CF0  ; 1C Enter
    dw 0x0000,0x0000,0x0000,0x0000  ; 1D Ctrl
    dw 0x1E61,0x1E41,0x1E01,0x1E00  ; 1E a
    dw 0x1F73,0x1F53,0x1F13,0x1F00  ; 1F s
    dw 0x2064,0x2044,0x2004,0x2000  ; 20 d
    dw 0x2166,0x2146,0x2106,0x2100  ; 21 f
    dw 0x2267,0x2247,0x2207,0x2200  ; 22 g
    dw 0x2368,0x2348,0x2308,0x2300  ; 23 h
    dw 0x246A,0x244A,0x240A,0x2400  ; 24 j
    dw 0x256B,0x254B,0x250B,0x2500  ; 25 k
    dw 0x266C,0x264C,0x260C,0x2600  ; 26 l
    dw 0x273B,0x273A,0x0000,0x27F0  ; 27 ; :
    dw 0x2827,0x2822,0x0000,0x28F0  ; 28 ' "
    dw 0x2960,0x297E,0x0000,0x29F0  ; 29 ` ~
    dw 0x0000,0x0000,0x0000,0x0000  ; 2A left Shift
    dw 0x2B5C,0x2B7C,0x2B1C,0x2BF0  ; 2B \ |
    dw 0x2C7A,0x2C5A,0x2C1A,0x2C00  ; 2C z
    dw 0x2D78,0x2D58,0x2D18,0x2D00  ; 2D x
    dw 0x2E63,0x2E43,0x2E03,0x2E00  ; 2E c
    dw 0x2F76,0x2F56,0x2F16,0x2F00  ; 2F v
    dw 0x3062,0x3042,0x3002,0x3000  ; 30 b
    dw 0x316E,0x314E,0x310E,0x3100  ; 31 n
    dw 0x326D,0x324D,0x320D,0x3200  ; 32 m
    dw 0x332C,0x333C,0x0000,0x33F0  ; 33 , <
    dw 0x342E,0x343E,0x0000,0x34F0  ; 34 . >
    dw 0x352F,0x353F,0x0000,0x35F0  ; 35 / ?
    dw 0x0000,0x0000,0x0000,0x0000  ; 36 right Shift
    dw 0x372A,0x372A,0x9600,0x37F0  ; 37 keypad *
    dw 0x0000,0x0000,0x0000,0x0000  ; 38 Alt
    dw 0x3920,0x3920,0x3920,0x3920  ; 39 Space
    dw 0x0000,0x0000,0x0000,0x0000  ; 3A CapsLock
    dw 0x3B00,0x5400,0x5E00,0x6800  ; 3B F1
    dw 0x3C00,0x5500,0x5F00,0x6900  ; 3C F2
    dw 0x3D00,0x5600,0x6000,0x6A00  ; 3D F3
    dw 0x3E00,0x5700,0x6100,0x6B00  ; 3E F4
    dw 0x3F00,0x5800,0x6200,0x6C00  ; 3F F5
    dw 0x4000,0x5900,0x6300,0x6D00  ; 40 F6
    dw 0x4100,0x5A00,0x6400,0x6E00  ; 41 F7
    dw 0x4200,0x5B00,0x6500,0x6F00  ; 42 F8
    dw 0x4300,0x5C00,0x6600,0x7000  ; 43 F9
    dw 0x4400,0x5D00,0x6700,0x7100  ; 44 F10
    dw 0x0000,0x0000,0x0000,0x0000  ; 45 NumLock
    dw 0x0000,0x0000,0x0000,0x0000  ; 46 ScrollLock
    dw 0x4700,0x4737,0x7700,0x0000  ; 47 keypad 7 Home
    dw 0x4800,0x4838,0x8D00,0x0000  ; 48 keypad 8 up
    dw 0x4900,0x4939,0x8400,0x0000  ; 49 keypad 9 PgUp
    dw 0x4A2D,0x4A2D,0x8E00,0x4AF0  ; 4A keypad -
    dw 0x4B00,0x4B34,0x7300,0x0000  ; 4B keypad 4 left
    dw 0x4CF0,0x4C35,0x8F00,0x0000  ; 4C keypad 5
    dw 0x4D00,0x4D36,0x7400,0x0000  ; 4D keypad 6 right
    dw 0x4E2B,0x4E2B,0x9000,0x4EF0  ; 4E keypad +
    dw 0x4F00,0x4F31,0x7500,0x0000  ; 4F keypad 1 End
    dw 0x5000,0x5032,0x9100,0x0000  ; 50 keypad 2 down
    dw 0x5100,0x5133,0x7600,0x0000  ; 51 keypad 3 PgDn
    dw 0x5200,0x5230,0x9200,0x0000  ; 52 keypad 0 Ins
    dw 0x5300,0x532E,0x9300,0x0000  ; 53 keypad . Del
    dw 0x0000,0x0000,0x0000,0x0000  ; 54 SysReq
    dw 0x0000,0x0000,0x0000,0x0000  ; 55
    dw 0x565C,0x567C,0x0000,0x0000  ; 56 the 102nd key
    dw 0x8500,0x8700,0x8900,0x8B00  ; 57 F11
    dw 0x8600,0x8800,0x8A00,0x8C00  ; 58 F12

; keys with E0: key, then the same four columns
key_table_e0:
    db 0x1C
    dw 0xE00D,0xE00D,0xE00A,0xA600  ; keypad Enter
    db 0x35
    dw 0xE02F,0xE02F,0x9500,0xA400  ; keypad /
    db 0x47
    dw 0x47E0,0x47E0,0x77E0,0x9700  ; Home
    db 0x48
    dw 0x48E0,0x48E0,0x8DE0,0x9800  ; up
    db 0x49
    dw 0x49E0,0x49E0,0x84E0,0x9900  ; PgUp
    db 0x4B
    dw 0x4BE0,0x4BE0,0x73E0,0x9B00  ; left
    db 0x4D
    dw 0x4DE0,0x4DE0,0x74E0,0x9D00  ; right
    db 0x4F
    dw 0x4FE0,0x4FE0,0x75E0,0x9F00  ; End
    db 0x50
    dw 0x50E0,0x50E0,0x91E0,0xA000  ; down
    db 0x51
    dw 0x51E0,0x51E0,0x76E0,0xA100  ; PgDn
    db 0x52
    dw 0x52E0,0x52E0,0x92E0,0xA200  ; Ins
    db 0x53
    dw 0x53E0,0x53E0,0x93E0,0xA300  ; Del
key_table_e0_end:
