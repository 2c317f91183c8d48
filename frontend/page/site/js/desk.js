// desk.js - what is around the machine's picture: buttons, drives, views, lessons, the line below.
import {h} from './dom.js';
import {icon} from './icons.js';
import {Keyboard} from './keyboard.js';
import {Mouse} from './mouse.js';
import {Sound} from './sound.js';
import {splitter} from './split.js';
import {Status} from './status.js';
import {ScreenText} from './text.js';
import {Toolbar} from './toolbar.js';
import {Views} from './views.js';

const at = id => document.getElementById(id);

// Not needed before somebody asks, but brought before, when there is time: the page goes on without its
// server.
const lessons = () => import('./lessons/panel.js');
const at_leisure = window.requestIdleCallback || setTimeout;

function make_tabs(machine, views) {
    const tabs = [
        {id: 'views', title: 'Views'},
        {id: 'lessons', title: 'Lessons', first: async () => {
            const {mount} = await lessons();
            await mount(at('lessons'), {machine, views, h});
        }},
    ];
    const show = async chosen => {
        for (const tab of tabs) {
            tab.button.setAttribute('aria-selected', String(tab === chosen));
            tab.button.tabIndex = tab === chosen ? 0 : -1;
            at(tab.id).hidden = tab !== chosen;
        }
        const first = chosen.first;
        chosen.first = null;
        try {
            if (first)
                await first();
        } catch (error) {
            chosen.first = first; // when it is chosen next
            at(chosen.id).replaceChildren(h('p', {class: 'wrong', role: 'alert'}, `This could not be loaded: ${error.message}`));
        }
    };
    tabs.forEach((tab, i) => {
        tab.button = h('button', {
            role: 'tab', id: `tab-${tab.id}`, 'aria-controls': tab.id, class: 'tab', onclick: () => show(tab),
            onkeydown: e => {
                if (e.key !== 'ArrowRight' && e.key !== 'ArrowLeft')
                    return;
                const next = tabs[(i + 1) % tabs.length];
                show(next);
                next.button.focus();
            },
        }, tab.title);
        at('tabs').append(tab.button);
    });
    show(tabs[0]);
    return id => show(tabs.find(tab => tab.id === id));
}

// What stands below the screen: who has keys and mouse at the moment.
function make_hint(machine, canvas) {
    const hint = h('p', {class: 'hint', id: 'hint'});
    let captured = false, places = false;
    const show = () => {
        const keys = document.activeElement === canvas;
        hint.classList.toggle('lit', keys);
        hint.replaceChildren(...machine.info.controls === false ? [machine.info['only-looks'] ? 'This page looks on.' : 'Another page controls this machine; this one looks on.']
            : captured ? ['Keys and mouse are the machine’s. ', h('kbd', {}, 'Right Ctrl'), ' or ', h('kbd', {}, 'Esc'), ' gives the mouse back.']
                : keys ? ['Keys go to the machine. ', h('kbd', {}, 'Right Ctrl'), ' gives them back', ...places ? ['.'] : ['; a click captures the mouse.']]
                    : [h('button', {class: 'plain small', id: 'give-keys', onclick: () => canvas.focus()}, 'Give it the keys'), ' or click the screen: keys', places ? '' : ' and mouse', ' go to the machine.']);
    };
    canvas.addEventListener('focus', show);
    canvas.addEventListener('blur', () => setTimeout(show));
    machine.on('capture', ({on}) => { captured = on; show(); });
    machine.on('places', ({on}) => { places = on; show(); });
    machine.on('role', show);
    show();
    return hint;
}

function make_side_button(desk, changed) {
    const button = h('button', {class: 'tool', id: 'side-button', title: 'Views and lessons', 'aria-label': 'Views and lessons', 'aria-pressed': 'true', 'aria-controls': 'side',
        onclick: () => {
            const hidden = desk.classList.toggle('alone');
            button.setAttribute('aria-pressed', String(!hidden));
            changed();
        }}, icon('side'));
    return button;
}

export function furnish({machine, stage, screen, notices}) {
    const views = new Views(at('views'), machine);
    const mouse = new Mouse(screen.canvas, machine);
    const keyboard = new Keyboard(screen.canvas, machine, {
        free: () => { mouse.free(); at('run').focus(); },
        full: () => toolbar.full(),
    });
    const sound = new Sound(machine), text = new ScreenText(stage, machine);
    const toolbar = new Toolbar(at('toolbar'), {machine, screen, text, keyboard, sound, notices, stage, views});
    new Status(at('status'), machine, notices, screen);
    stage.append(make_hint(machine, screen.canvas));
    at('desk').insertBefore(splitter(at('desk'), () => screen.fit()), at('side'));
    at('switches').prepend(make_side_button(at('desk'), () => screen.fit()));
    at('machine-name').textContent = machine.info.name || '';
    const show_tab = make_tabs(machine, views);
    for (const event of ['pointerdown', 'keydown']) // a gesture, which sound needs
        screen.canvas.addEventListener(event, () => { if (!sound.on && !sound.tried) { sound.tried = true; notices.watch(sound.start()); } });
    if (new URLSearchParams(location.search).has('lesson'))
        show_tab('lessons');
    for (const id of ['registers', 'instruction']) // the last one is on top
        views.open(id);
    screen.canvas.focus();
    at_leisure(() => lessons().catch(() => {})); // said to who asks
}
