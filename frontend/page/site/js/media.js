// media.js - what is in the machine's drives, and putting something else in.
import {h} from './dom.js';
import {icon} from './icons.js';
import {menu} from './menu.js';

const titles = {fda: 'A:', fdb: 'B:', cd: 'CD', hda: 'Disk 1', hdb: 'Disk 2', hdc: 'Disk 3', hdd: 'Disk 4'};

const size_of = bytes => bytes >= 1 << 30 ? `${(bytes / (1 << 30)).toFixed(1)} GB`
    : bytes >= 1 << 20 ? `${(bytes / (1 << 20)).toFixed(bytes < 10 << 20 ? 2 : 0)} MB` : `${Math.round(bytes / 1024)} KB`;

// Diskettes are small; what is larger is a disc.
const drive_for = file => file.size > 3 << 20 || /\.(iso|cue|bin)$/i.test(file.name) ? 'cd' : 'fda';

export class Media {
    constructor(button, stage, machine, notices) {
        this.machine = machine;
        this.notices = notices;
        this.place = menu(button, 'Drives', (panel, close) => this.fill(panel, close));
        this.drop_zone(stage);
    }

    async fill(panel, close) {
        let drives;
        try {
            drives = await this.machine.command('drives', {});
        } catch (error) {
            panel.append(h('p', {}, error.message));
            return;
        }
        for (const d of drives)
            panel.append(this.row(d, close));
        if (this.machine.disks && this.machine.info.controls !== false)
            panel.append(...(await this.machine.disks.list()).map(d => this.kept(d, close)));
        if (this.machine.insert)
            panel.append(h('p', {class: 'hint'}, 'Or drop an image file on the screen.'));
    }

    row(d, close) {
        const name = d.inserted ? String(d.file).split('/').pop() : 'empty';
        const detail = d.inserted ? [d.format || size_of(d.bytes), d['read-only'] && 'read-only'].filter(Boolean).join(', ') : '';
        const changes = d.kind !== 'disk';
        return h('div', {class: 'drive'},
            h('b', {}, titles[d.drive] || d.drive),
            h('span', {class: 'drive-name', title: d.inserted ? d.file : ''}, name, h('small', {}, detail)),
            changes && this.machine.insert && h('button', {class: 'icon', title: `Insert into ${titles[d.drive]}`, 'aria-label': `Insert into ${titles[d.drive]}`,
                onclick: () => this.choose(d.drive, close)}, icon('folder')),
            changes && d.inserted && h('button', {class: 'icon', title: `Eject ${titles[d.drive]}`, 'aria-label': `Eject ${titles[d.drive]}`,
                onclick: () => { close(); this.notices.watch(this.machine.command('eject', {drive: d.drive})); }}, icon('eject')));
    }

    // An image of this page: what the guest has written to it lies in the browser.
    kept(d, close) {
        const button = (name, label, does) => h('button', {class: 'icon', title: label, 'aria-label': `${label}: ${d.name}`,
            onclick: () => { close(); this.notices.watch(does()); }}, icon(name));
        return h('div', {class: 'drive'}, h('span', {class: 'drive-name', title: d.file}, d.name,
            h('small', {}, d.written === undefined ? size_of(d.size) : d.written ? `${size_of(d.written)} written` : 'as it came')),
        button('state', 'Download the disk', () => this.machine.disks.download(d.name)),
        this.machine.disks.forget && button('reset', 'Forget what was written', () => this.machine.disks.forget(d.name)
            .then(() => this.notices.say(`${d.name} is as it came`))));
    }

    choose(drive, close) {
        const input = h('input', {type: 'file', hidden: true});
        input.addEventListener('change', () => {
            if (input.files[0])
                this.put(drive, input.files[0]);
        });
        input.click();
        close(false);
    }

    async put(drive, file) {
        if (!this.machine.insert) {
            this.notices.say('This machine takes no files from a page.', 'wrong');
            return;
        }
        const under_way = this.notices.say(`${file.name} is on its way …`, '', {stays: true});
        await this.notices.watch(this.machine.insert(drive, file).finally(() => under_way.remove()).then(done =>
            this.notices.say(`${file.name} ${done?.made || `is in ${titles[drive] || drive}`}`)));
    }

    drop_zone(stage) {
        const veil = h('div', {class: 'drop', hidden: true}, h('span', {}, icon('disk'), 'Drop an image to insert it'));
        let inside = 0;
        stage.append(veil);
        const files = e => e.dataTransfer && [...e.dataTransfer.types].includes('Files');
        stage.addEventListener('dragenter', e => { if (files(e)) { inside++; veil.hidden = false; e.preventDefault(); } });
        stage.addEventListener('dragleave', () => { inside = Math.max(0, inside - 1); veil.hidden = !inside; });
        stage.addEventListener('dragover', e => { if (files(e)) e.preventDefault(); });
        stage.addEventListener('drop', e => {
            inside = 0;
            veil.hidden = true;
            if (!files(e))
                return;
            e.preventDefault();
            const file = e.dataTransfer.files[0];
            if (file)
                this.put(drive_for(file), file);
        });
    }
}
