// main.js - puts the page together.
import {connect} from './carrier.js';
import {h} from './dom.js';
import {Machine} from './machine.js';
import {Views} from './views.js';

const at = id => document.getElementById(id);

function make_tabs(machine, views) {
    const tabs = [
        {id: 'views', title: 'Views'},
        {id: 'lessons', title: 'Lessons', first: async () => {
            const {mount} = await import('./lessons/panel.js');
            mount(at('lessons'), {machine, views, h});
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
        if (first)
            await first();
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

async function main() {
    const machine = new Machine();
    try {
        await machine.open(connect);
    } catch (error) {
        at('stage').append(h('p', {class: 'fatal', role: 'alert'}, error.message));
        return;
    }
    const views = new Views(at('views'), machine);
    make_tabs(machine, views);
    views.open('registers');
}

main();
