// status.js - the line at the bottom: is it running, how fast, where is the processor, who controls.
import {h} from './dom.js';
import {icon} from './icons.js';

export class Status {
    constructor(place, machine, notices, screen) {
        this.machine = machine;
        this.lamp = h('span', {class: 'lamp', 'aria-hidden': 'true'});
        this.state = h('b', {id: 'running'});
        this.where = h('span', {class: 'where'});
        this.time = h('span', {class: 'number', title: 'Guest time since power-on'});
        this.speed = h('span', {class: 'number', title: 'Millions of instructions per second, as executed'});
        this.mode = h('span', {title: 'What the display shows'});
        this.role = h('button', {class: 'plain', id: 'take', hidden: true, title: 'Another page controls this machine',
            onclick: () => notices.watch(machine.carrier.take_control())}, icon('hand'), 'Take control');
        place.append(this.lamp, this.state, this.where, h('span', {class: 'space'}), this.role, this.mode, this.speed, this.time);
        const size = ({width, height}) => { this.mode.textContent = width ? `${width} × ${height}` : 'off'; };
        machine.on('screen', size);
        size(screen);
        for (const event of ['stop', 'resume', 'role'])
            machine.on(event, () => { this.mark(); this.look(); });
        setInterval(() => { if (!document.hidden) this.look(); }, 1000);
        this.mark();
        this.look();
    }

    mark() {
        const {running, info} = this.machine;
        this.lamp.className = `lamp ${running ? 'on' : 'paused'}`;
        this.state.textContent = running ? 'running' : 'paused';
        this.role.hidden = info.controls !== false || info['only-looks'] || !this.machine.carrier.take_control;
        document.title = `${running ? '' : '❚❚ '}${info.name || 'Ferrite'}`;
    }

    async look() {
        let s;
        try {
            s = await this.machine.command('status', {});
        } catch {
            return; // said elsewhere
        }
        const now = performance.now();
        if (this.last && s.instructions >= this.last.instructions) {
            const mips = (s.instructions - this.last.instructions) / (now - this.last.now) / 1000;
            this.speed.textContent = `${mips < 10 ? mips.toFixed(1) : Math.round(mips)} MIPS`;
        }
        if (!this.machine.running)
            this.speed.textContent = '';
        this.last = {instructions: s.instructions, now};
        this.time.textContent = `${s['guest-seconds'].toFixed(this.machine.running ? 1 : 6)} s`;
        this.where.textContent = s.processor || '';
        this.where.title = s.processor || '';
    }
}
