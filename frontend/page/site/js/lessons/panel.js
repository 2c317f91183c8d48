// panel.js - the tab with lessons: the list, and one lesson beside the machine. What a lesson is and
// whether an answer is right, the commands `lesson ...` say (frontend/lessons/README.md).
import {h} from '../dom.js';
import {Lesson} from './lesson.js';

const STORE = 'ferrite-lessons'; // names of those that were solved in this browser

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
        const style = h('link', {rel: 'stylesheet', href: 'lessons.css'});
        document.head.append(style);
        const asked = new URLSearchParams(location.search);
        this.seed = seed_of(asked.get('seed'));
        if (asked.get('lesson'))
            this.open(asked.get('lesson'));
        else
            this.list();
    }

    say(error) {
        this.place.replaceChildren(h('p', {class: 'wrong', role: 'alert'}, error.message),
            h('button', {onclick: () => this.list()}, 'All lessons'));
    }

    // `left`: whose place in the list the keys go to.
    async list(left = '') {
        this.leave();
        try {
            const lessons = await this.machine.command('lesson list');
            const done = solved();
            this.place.replaceChildren(
                h('h2', {}, 'Lessons'),
                h('p', {}, 'Each is a short text beside a machine that does what it says, and a task ' +
                    'that the machine itself judges.'),
                h('ol', {class: 'lessons'}, lessons.map(l => h('li', {value: l.number},
                    h('button', {class: 'lesson-link', 'data-lesson': l.name, onclick: () => this.open(l.name)},
                        l.title, done.has(l.name) && h('span', {class: 'solved'}, ' ✓ solved')),
                    h('p', {class: 'about'}, l.summary.replace(/[`*]/g, ''))))));
            this.place.querySelector(`[data-lesson="${CSS.escape(left)}"]`)?.focus();
        } catch (error) {
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
        try {
            const text = await this.machine.command('lesson text', {lesson: name, seed: String(this.seed)});
            const lesson = new Lesson(text, this.seed, this.machine, this.views);
            this.lesson = lesson;
            lesson.on_solved = () => remember(text.name);
            this.place.replaceChildren(
                h('button', {class: 'lesson-back', onclick: () => this.list(name)}, '← All lessons'),
                lesson.element);
            lesson.element.querySelector('h2').focus();
        } catch (error) {
            this.say(error);
        }
    }
}

export function mount(place, {machine, views}) {
    new Panel(place, machine, views);
}
