// keyboard.js - keys by their place on the keyboard (event.code), as hw/input/keys.h names them. What
// is printed on the guest's keys is the guest's matter (`layout`).

const names = {
    Escape: 'esc', Minus: 'minus', Equal: 'equal', Backspace: 'backspace', Tab: 'tab', BracketLeft: 'lbracket',
    BracketRight: 'rbracket', Enter: 'enter', ControlLeft: 'ctrl', Semicolon: 'semicolon', Quote: 'quote',
    Backquote: 'grave', ShiftLeft: 'shift', Backslash: 'backslash', Comma: 'comma', Period: 'dot', Slash: 'slash',
    ShiftRight: 'rshift', ControlRight: 'rctrl', NumpadMultiply: 'kp_star', AltLeft: 'alt', Space: 'space', CapsLock: 'capslock',
    NumLock: 'numlock', ScrollLock: 'scrolllock', NumpadSubtract: 'kp_minus', NumpadAdd: 'kp_plus',
    NumpadDecimal: 'kp_dot', IntlBackslash: 'less', NumpadEnter: 'kp_enter', NumpadDivide: 'kp_slash',
    PrintScreen: 'print', AltRight: 'ralt', Pause: 'pause', Home: 'home', ArrowUp: 'up', PageUp: 'pageup',
    ArrowLeft: 'left', ArrowRight: 'right', End: 'end', ArrowDown: 'down', PageDown: 'pagedown', Insert: 'insert',
    Delete: 'delete', MetaLeft: 'win', MetaRight: 'rwin', ContextMenu: 'menu',
};

export function key_name(code) {
    if (/^Key[A-Z]$/.test(code))
        return code[3].toLowerCase();
    if (/^Digit[0-9]$/.test(code))
        return code[5];
    if (/^Numpad[0-9]$/.test(code))
        return `kp_${code[6]}`;
    if (/^F([1-9]|1[0-2])$/.test(code))
        return code.toLowerCase();
    return names[code] || null;
}

export class Keyboard {
    // free(): the person wants keys and mouse back; full(): the whole screen, or no more.
    constructor(canvas, machine, {free, full}) {
        this.machine = machine;
        this.down = new Set();
        this.alone = false; // the right Control key, and nothing since
        this.free = free;
        this.full = full;
        canvas.addEventListener('keydown', e => this.on_down(e));
        canvas.addEventListener('keyup', e => this.on_up(e));
        canvas.addEventListener('blur', () => this.let_go());
        window.addEventListener('blur', () => this.let_go());
        document.addEventListener('visibilitychange', () => { if (document.hidden) this.let_go(); });
        canvas.addEventListener('paste', e => { // from the browser's own menu
            this.paste(e.clipboardData.getData('text'));
            e.preventDefault();
        });
        machine.on('role', () => this.let_go());
        machine.on('reset', () => this.down.clear());
    }

    // The machine is asked at once; if it refuses, somebody says so once (main.js).
    send(name, args) {
        this.machine.command(name, args).catch(error => this.machine.emit('refused', {text: error.message}));
    }

    on_down(e) {
        this.alone = e.code === 'ControlRight' && !this.down.size;
        if (e.ctrlKey && e.altKey && e.code === 'KeyG') {
            e.preventDefault();
            this.free();
            return;
        }
        if (e.ctrlKey && e.altKey && e.code === 'KeyF') {
            e.preventDefault();
            this.full();
            return;
        }
        const name = key_name(e.code);
        if (!name)
            return; // media keys and the like are the host's
        e.preventDefault();
        if (e.repeat && this.down.has(name))
            return; // the guest's keyboard repeats by itself
        // Windows' browsers tell of AltGr as of the left Control key and, at the same time, itself.
        if (name === 'ralt' && this.down.has('ctrl') && e.timeStamp - this.control_at < 3) {
            this.down.delete('ctrl');
            this.send('key-up', {keys: 'ctrl'});
        }
        if (name === 'ctrl')
            this.control_at = e.timeStamp;
        this.down.add(name);
        this.send('key-down', {keys: name});
    }

    on_up(e) {
        const name = key_name(e.code);
        if (!name || !this.down.has(name))
            return;
        e.preventDefault();
        this.down.delete(name);
        this.send('key-up', {keys: name});
        if (/^Meta/.test(e.code))
            this.let_go(); // macOS tells of no other key's end while Command is down
        if (e.code === 'ControlRight' && this.alone)
            this.free();
    }

    let_go() {
        for (const name of this.down)
            this.send('key-up', {keys: name});
        this.down.clear();
    }

    chord(keys) {
        return this.machine.command('key', {keys});
    }

    paste(text) {
        return text ? this.machine.command('paste', {text: text.replace(/\r\n?/g, '\n')}) : Promise.resolve();
    }
}
