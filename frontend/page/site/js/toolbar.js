// toolbar.js - the buttons above the screen.
import {h} from './dom.js';
import {icon} from './icons.js';
import {Media} from './media.js';
import {item, menu} from './menu.js';

const chords = [
    ['Ctrl + Alt + Del', 'ctrl-alt-del'], ['Ctrl + C', 'ctrl-c'], ['Ctrl + Esc', 'ctrl-esc'], ['Alt + Tab', 'alt-tab'],
    ['Alt + F4', 'alt-f4'], ['Print', 'print'], ['Pause', 'pause'], ['F11', 'f11'], ['F12', 'f12'],
];
const speeds = [
    ['What this computer can', 'auto'], ['8088, 4.77 MHz', '8088-4.77'], ['286, 12 MHz', '286-12'], ['386, 33 MHz', '386-33'],
    ['486, 66 MHz', '486-66'], ['Pentium, 100 MHz', 'pentium-100'],
];
const layouts = ['us', 'us-intl', 'uk', 'de', 'ch-de', 'ch-fr', 'fr', 'be', 'it', 'es', 'latam', 'pt', 'br', 'dk', 'no', 'se', 'fi', 'pl'];

function tool(name, label, does, more = {}) {
    return h('button', {class: 'tool', title: label, 'aria-label': label, onclick: does, ...more}, icon(name));
}

// Between buttons, arrow keys lead on (a toolbar is one stop for Tab).
function roving(bar) {
    const all = () => [...bar.querySelectorAll('.tool:not([disabled])')];
    const only = chosen => { for (const b of bar.querySelectorAll('.tool')) b.tabIndex = b === chosen ? 0 : -1; };
    bar.addEventListener('keydown', e => {
        const step = {ArrowRight: 1, ArrowLeft: -1}[e.key];
        const at = all().indexOf(document.activeElement);
        if (!step || at < 0)
            return;
        const next = all()[(at + step + all().length) % all().length];
        only(next);
        next.focus();
        e.preventDefault();
    });
    bar.addEventListener('focusin', e => { if (e.target.classList.contains('tool')) only(e.target); });
    only(all()[0]);
}

export class Toolbar {
    constructor(place, {machine, screen, text, keyboard, sound, notices, stage, views}) {
        Object.assign(this, {machine, screen, text, keyboard, sound, notices, stage, views});
        const command = (name, args) => () => notices.watch(machine.command(name, args));
        this.run = tool('pause', 'Pause', () => notices.watch(machine.command(machine.running ? 'stop' : 'cont')), {id: 'run'});
        this.steps = [
            tool('back', 'One instruction back', () => this.move('reverse-step'), {id: 'back'}),
            tool('step', 'One instruction', () => this.move('step'), {id: 'step'}),
        ];
        this.ear = tool('silent', 'Sound', () => notices.watch(sound.on ? sound.stop() : sound.start()), {id: 'sound', 'aria-pressed': 'false'});
        const media = new Media(tool('disk', 'Drives', null, {id: 'drives'}), stage, machine, notices);
        place.append(
            h('div', {class: 'group'}, this.run, this.steps, tool('rewind', 'Back by 5 seconds', command('rewind', {seconds: 5}), {id: 'rewind'})),
            h('div', {class: 'group'},
                this.sure(tool('reset', 'Reset', null, {id: 'reset'}), 'Reset the machine?', 'Reset', 'reset'),
                tool('power', 'Power button', command('power'), {id: 'power'})),
            h('div', {class: 'group'}, media.place, this.states_menu(),
                tool('picture', 'Save the picture', () => notices.watch(screen.save()), {id: 'picture'})),
            h('div', {class: 'group'}, this.keys_menu(), this.speed_menu(), this.ear,
                tool('full', 'Full screen (Ctrl + Alt + F)', () => this.full(), {id: 'full'})));
        roving(place);
        machine.on('sound', ({on}) => {
            this.ear.replaceChildren(icon(on ? 'sound' : 'silent'));
            this.ear.setAttribute('aria-pressed', String(on));
        });
        for (const event of ['stop', 'resume', 'role'])
            machine.on(event, () => this.mark());
        this.mark();
    }

    mark() {
        const {running} = this.machine;
        const label = running ? 'Pause' : 'Run';
        this.run.replaceChildren(icon(running ? 'pause' : 'run'));
        this.run.title = label;
        this.run.setAttribute('aria-label', label);
        this.run.classList.toggle('lit', !running);
        for (const step of this.steps)
            step.disabled = running;
    }

    async move(name) {
        await this.notices.watch(this.machine.command(name, {}));
        this.views.refresh();
    }

    // What may lose something is asked first.
    sure(button, question, yes, name) {
        return menu(button, question, (panel, close) => {
            panel.append(h('p', {}, question),
                item(yes, () => { close(); this.notices.watch(this.machine.command(name)); }, {class: 'item danger'}));
        });
    }

    states_menu() {
        return menu(tool('state', 'States', null, {id: 'states'}), 'States of the machine', async (panel, close) => {
            const {states} = this.machine;
            if (!states) {
                panel.append(h('p', {}, 'This machine keeps no states.'));
                return;
            }
            const name = h('input', {type: 'text', 'aria-label': 'Name of the state', value: `state-${new Date().toTimeString().slice(0, 5).replace(':', '')}`, maxlength: 60});
            const save = () => {
                close();
                this.notices.watch(states.save(name.value || 'state').then(() => this.notices.say(`The state “${name.value}” is kept`)));
            };
            name.addEventListener('keydown', e => { if (e.key === 'Enter') save(); });
            panel.append(h('div', {class: 'line'}, name, h('button', {class: 'plain', onclick: save}, 'Keep')));
            try {
                const list = await states.list();
                if (!list.length)
                    panel.append(h('p', {class: 'hint'}, 'No states are kept yet.'));
                for (const s of list.slice(0, 20))
                    panel.append(item([s.name, h('small', {}, s.saved || '')], () => {
                        close();
                        this.notices.watch(states.load(s.file || s.name).then(() => this.notices.say(`Back at “${s.name}”`)));
                    }));
            } catch (error) {
                panel.append(h('p', {class: 'hint'}, error.message));
            }
        });
    }

    keys_menu() {
        return menu(tool('keys', 'Keys and texts', null, {id: 'keys'}), 'Keys and texts', async (panel, close) => {
            panel.append(h('div', {class: 'grid'}, chords.map(([label, keys]) =>
                item(label, () => { close(); this.screen.canvas.focus(); this.notices.watch(this.keyboard.chord(keys)); }))));
            const field = h('textarea', {rows: 3, 'aria-label': 'Text to be typed', placeholder: 'A text to be typed in the machine'});
            panel.append(field, h('div', {class: 'line'},
                h('button', {class: 'plain', onclick: () => { close(); this.notices.watch(this.keyboard.paste(field.value)); }}, 'Type it'),
                h('button', {class: 'plain', onclick: () => { close(); this.copy(); }}, 'Copy the text screen')));
            try {
                const {layout} = await this.machine.command('layout', {});
                const choice = h('select', {id: 'layout', onchange: () => this.notices.watch(this.machine.command('layout', {layout: choice.value}))},
                    layouts.map(l => h('option', {value: l, selected: l === layout}, l)));
                panel.append(h('label', {class: 'line'}, 'What is printed on the guest’s keys', choice));
            } catch { /* a machine without this command */ }
        });
    }

    async copy() {
        try {
            await navigator.clipboard.writeText(this.text.text());
            this.notices.say('The text screen is in the clipboard');
        } catch {
            this.notices.say('This browser gives a page no clipboard here', 'wrong');
        }
    }

    speed_menu() {
        return menu(tool('speed', 'Speed', null, {id: 'speed'}), 'Speed', (panel, close) => {
            for (const [label, speed] of speeds)
                panel.append(item(label, () => { close(); this.notices.watch(this.machine.command('speed', {speed})); }));
        });
    }

    async full() {
        if (document.fullscreenElement) {
            document.exitFullscreen();
            return;
        }
        await this.notices.watch(this.stage.requestFullscreen());
        if (navigator.keyboard && navigator.keyboard.lock)
            navigator.keyboard.lock().catch(() => {}); // Esc is the guest's then; held down, it ends this
        this.screen.canvas.focus();
    }
}
