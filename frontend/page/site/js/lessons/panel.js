// panel.js - the tab with lessons: the list, and one lesson beside the machine. What a lesson is and
// whether an answer is right, the commands `lesson ...` say (frontend/lessons/README.md). The address
// says which one is open, so that it is open after a reload, and the browser's Back and Forward go from
// one to the other instead of away from the machine.
import {h} from '../dom.js';
import {Lesson} from './lesson.js';

const STORE = 'ferrite-lessons'; // names of those that were solved in this browser

document.head.append(h('link', {rel: 'stylesheet', href: 'lessons.css'}));

function solved() {
    try {
        return new Set(JSON.parse(localStorage.getItem(STORE) || '[]'));
    } catch {
        return new Set();
    }
}

function remember(name) {
    try {
        localStorage.setItem(STORE, JSON.stringify([...solved().add(name)]));
    } catch { // storage is full or forbidden: the list has no marks then
    }
}

function seed_of(text) {
    const seed = Number(text);
    return Number.isInteger(seed) && seed >= 0 && seed <= 0xffffffff && text ? seed : 1;
}

class Panel {
    constructor(place, machine, views) {
        this.place = place;
        this.machine = machine;
        this.views = views;
        this.turn = 0; // what comes late, when another is wanted already, is not shown
        this.seed = seed_of(new URLSearchParams(location.search).get('seed'));
        addEventListener('popstate', () => this.go());
        this.go();
    }

    // Where the address says.
    go() {
        const name = new URLSearchParams(location.search).get('lesson');
        if (name && this.lesson?.text.name === name)
            return; // only what follows # has changed
        if (name)
            this.open(name);
        else
            this.list(this.lesson ? this.lesson.text.name : '');
    }

    // The same with another address. '': the list.
    visit(name) {
        const address = new URL(location.href);
        if (name)
            address.searchParams.set('lesson', name);
        else
            address.searchParams.delete('lesson');
        history.pushState(null, '', address);
        this.go();
    }

    say(error) {
        this.place.replaceChildren(h('p', {class: 'wrong', role: 'alert'}, error.message),
            h('button', {onclick: () => this.visit('')}, 'All lessons'));
    }

    // `left`: whose place in the list the keys go to.
    async list(left = '') {
        this.leave();
        const turn = ++this.turn;
        try {
            const lessons = await this.machine.command('lesson list');
            if (turn !== this.turn)
                return;
            const done = solved();
            this.place.replaceChildren(
                h('h2', {}, 'Lessons'),
                h('p', {}, 'Each is a short text beside a machine that does what it says, and a task ' +
                    'that the machine itself judges.'),
                h('ol', {class: 'lessons'}, lessons.map(l => h('li', {value: l.number},
                    h('button', {class: 'lesson-link', 'data-lesson': l.name, onclick: () => this.visit(l.name)},
                        l.title, done.has(l.name) && h('span', {class: 'solved'}, ' ✓ solved')),
                    h('p', {class: 'about'}, l.summary.replace(/[`*]/g, ''))))));
            this.place.querySelector(`[data-lesson="${CSS.escape(left)}"]`)?.focus();
        } catch (error) {
            if (turn === this.turn)
                this.say(error);
        }
    }

    leave() {
        if (this.lesson)
            this.lesson.leave();
        this.lesson = null;
    }

    async open(name) {
        this.leave();
        const turn = ++this.turn;
        try {
            const text = await this.machine.command('lesson text', {lesson: name, seed: String(this.seed)});
            if (turn !== this.turn)
                return;
            const lesson = new Lesson(text, this.seed, this.machine, this.views);
            this.lesson = lesson;
            lesson.on_solved = () => remember(text.name);
            this.place.replaceChildren(
                h('button', {class: 'lesson-back', onclick: () => this.visit('')}, '← All lessons'),
                lesson.element);
            lesson.element.querySelector('h2').focus();
        } catch (error) {
            if (turn === this.turn)
                this.say(error);
        }
    }
}

export function mount(place, {machine, views}) {
    new Panel(place, machine, views);
}
