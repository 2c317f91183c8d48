// views.js - the panel of views: which are open, when each is asked and drawn again.
import {h} from './dom.js';
import {views as table} from './views/table.js';

const LIVE_MS = 250; // between two looks while the machine runs

const focusable = e => [...e.querySelectorAll('button, input, select, summary, [tabindex]')];
const writing = card => card.body.contains(document.activeElement) && /^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName);

export class Views {
    constructor(place, machine) {
        this.machine = machine;
        this.shown = new Map(); // id -> card
        this.list = h('div', {class: 'cards'});
        this.choice = h('div', {class: 'chips', role: 'group', 'aria-label': 'Views'});
        for (const view of table) {
            this.choice.append(h('button', {
                class: 'chip', 'data-view': view.id, 'aria-pressed': 'false', title: view.about,
                onclick: () => this.shown.has(view.id) ? this.close(view.id) : this.open(view.id),
            }, view.title));
        }
        place.append(this.choice, this.list);
        for (const event of ['stop', 'reset', 'shutdown', 'role'])
            machine.on(event, () => this.refresh());
        setInterval(() => this.tick(), LIVE_MS);
    }

    // Show a view; `state` is given to it.
    open(id, state = {}) {
        let card = this.shown.get(id);
        if (!card) {
            const view = table.find(v => v.id === id);
            if (!view)
                throw new Error(`there is no view ${id}`);
            card = this.make(view);
            this.shown.set(id, card);
            this.list.prepend(card.element);
            this.press(id, true);
        }
        Object.assign(card.state, state);
        return this.ask(card);
    }

    close(id) {
        const card = this.shown.get(id);
        if (!card)
            return;
        card.element.remove();
        this.shown.delete(id);
        this.press(id, false);
    }

    refresh() {
        return Promise.all([...this.shown.values()].map(card => this.ask(card)));
    }

    press(id, on) {
        this.choice.querySelector(`[data-view="${id}"]`).setAttribute('aria-pressed', String(on));
    }

    make(view) {
        const body = h('div', {class: 'card-body'});
        const element = h('section', {class: 'card', id: `view-${view.id}`, 'aria-label': view.title},
            h('header', {},
                h('h2', {}, view.title),
                h('button', {class: 'icon', title: 'Close', 'aria-label': `Close ${view.title}`,
                    onclick: () => this.close(view.id)}, '×')),
            h('p', {class: 'about'}, view.about), body);
        return {view, element, body, state: {}, last: null, asking: false, again: false};
    }

    tick() {
        if (!this.machine.running || document.hidden)
            return;
        for (const card of this.shown.values())
            if (!writing(card)) // a field that is being filled in is not drawn anew
                this.ask(card);
    }

    // One question at a time for each card; what is asked meanwhile is asked after it.
    async ask(card) {
        if (card.asking) {
            card.again = true;
            return;
        }
        card.asking = true;
        do {
            card.again = false;
            await this.draw(card);
        } while (card.again && this.shown.has(card.view.id));
        card.asking = false;
    }

    async draw(card) {
        const wanted = typeof card.view.command === 'function' ? card.view.command(card.state, this.machine) : card.view.command;
        const tools = {
            h, machine: this.machine, state: card.state, live: this.machine.running,
            set: state => { Object.assign(card.state, state); return this.ask(card); },
            open: (id, state) => this.open(id, state),
            refresh: () => this.refresh(), // the machine was moved
        };
        let node;
        try {
            const one = ({name, args}) => this.machine.command(name, args);
            const reply = Array.isArray(wanted) ? await Promise.all(wanted.map(one)) : await one(wanted);
            const text = JSON.stringify([reply, card.state]);
            if (text === card.text)
                return; // nothing new: what a person is reading stays
            node = card.view.render(reply, card.last, tools);
            card.text = text;
            card.last = reply;
        } catch (error) {
            card.text = null;
            node = h('p', {class: 'wrong'}, error.message);
        }
        const at = focusable(card.body).indexOf(document.activeElement);
        card.body.replaceChildren(node);
        if (at >= 0) // who goes by keyboard stays where they were
            focusable(card.body)[at]?.focus({preventScroll: true});
    }
}
