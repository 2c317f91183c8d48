// main.js - the machine's picture, and what has to be said; when the picture is there, all that is around
// it (desk.js).
import {connect} from './carrier.js';
import {h} from './dom.js';
import {Machine} from './machine.js';
import {Notices} from './notices.js';
import {Screen} from './screen.js';
import {theme_button} from './theme.js';

const PATIENCE_MS = 400; // from the first module on

const at = id => document.getElementById(id);

function say_what_happens(machine, notices, screen) {
    let refused = 0;
    let full = null, stopped = null; // what has no room, what has stopped for it
    machine.on('notice', ({text, lacks}) => {
        if (lacks !== undefined)
            full?.remove();
        const note = notices.say(text, lacks ? 'wrong' : '', {stays: lacks});
        full = lacks ? note : full;
    });
    machine.on('reset', ({guest}) => notices.say(guest ? 'The guest has reset the machine' : 'The machine was reset'));
    machine.on('triple-fault', ({text}) => notices.say(text ? `Triple fault: ${text}` : 'Triple fault', 'wrong'));
    machine.on('disk-error', ({text}) => {
        stopped?.remove();
        stopped = notices.say(`${text}. The machine has stopped and nothing is lost: make room, then Run tries it again.`, 'wrong', {stays: true});
    });
    machine.on('resume', () => stopped?.remove());
    machine.on('powerdown', () => notices.say('The power button was pressed'));
    machine.on('role', ({controls}) => notices.say(controls ? 'This page controls the machine now' : 'Another page has taken over'));
    machine.on('refused', ({text}) => { // not for each key
        if (performance.now() - refused > 4000)
            notices.say(text, 'wrong');
        refused = performance.now();
    });
    machine.on('closed', ({text}) => {
        screen.frame.classList.add('closed');
        screen.message.replaceChildren(h('span', {}, text), h('button', {class: 'plain', onclick: () => location.reload()}, 'Connect again'));
        screen.message.hidden = false;
    });
}

function cannot(text) {
    at('desk').classList.add('alone');
    at('stage').append(h('div', {class: 'fatal', role: 'alert'}, h('img', {src: 'icon.svg', alt: '', width: 72, height: 72}), h('p', {}, text),
        h('button', {class: 'plain', onclick: () => location.reload()}, 'Try again')));
}

// The first picture is on the screen; or there is none, as of a display that is off.
function first_picture(machine) {
    return new Promise(done => {
        const off = machine.on('screen', () => { off(); requestAnimationFrame(() => setTimeout(done)); });
        setTimeout(done, PATIENCE_MS);
    });
}

// A file beside the screen, or one that comes before there are drives, is not to replace the page.
function keep_the_page() {
    for (const event of ['dragover', 'drop'])
        window.addEventListener(event, e => { if (e.dataTransfer && [...e.dataTransfer.types].includes('Files')) e.preventDefault(); });
}

async function main() {
    keep_the_page();
    at('switches').append(theme_button());
    const machine = new Machine(), stage = at('stage'), notices = new Notices(at('notices'));
    const screen = new Screen(stage, machine), drawn = first_picture(machine); // before the first picture comes
    try {
        await machine.open(connect);
    } catch (error) {
        stage.replaceChildren();
        cannot(error.message);
        return;
    }
    screen.mark();
    say_what_happens(machine, notices, screen);
    await drawn;
    document.head.append(at('later').content); // all that desk.js needs, asked for at once
    try {
        const {furnish} = await import('./desk.js');
        furnish({machine, stage, screen, notices});
    } catch (error) { // the server has gone since
        console.error(error);
        notices.say(`What is around the screen could not be loaded (${error.message}): load the page again.`, 'wrong', {stays: true});
        return;
    }
    document.documentElement.dataset.ready = 'true';
}

main();
