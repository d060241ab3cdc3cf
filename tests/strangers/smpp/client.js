#!/usr/bin/env node
// An SMPP client made of `smpp`, told what to do by lines on its standard input. Each line is a
// JSON object; each answer, and whatever comes meanwhile, is one as well.
'use strict';
const readline = require('node:readline');
const smpp = require('smpp');

const [host, port] = process.argv.slice(2);
const say = (event, what = {}) => console.log(JSON.stringify({ event, ...what }));
let session = null;
let answers = true;

function connect() {
    return new Promise((resolve) => {
        session = smpp.connect({ host, port: Number(port) }, resolve);
        session.on('deliver_sm', (pdu) => {
            const { message = '', udh } = pdu.short_message || {};
            const payload = pdu.message_payload && pdu.message_payload.message;
            const header = udh && udh.length ? Buffer.concat(udh.map ? udh : [udh]) : null;
            say('deliver', {
                source: pdu.source_addr,
                destination: pdu.destination_addr,
                esm_class: pdu.esm_class,
                data_coding: pdu.data_coding,
                text: payload || message,
                udh: header && header.toString('hex'),
                tlvs: {
                    receipted_message_id: pdu.receipted_message_id,
                    message_state: pdu.message_state,
                },
            });
            if (answers) session.send(pdu.response());
        });
        session.on('enquire_link', (pdu) => session.send(pdu.response()));
        session.on('unbind', (pdu) => {
            session.send(pdu.response());
            say('unbound');
        });
        session.on('close', () => say('closed'));
        session.on('error', () => {});
    });
}

const ask = (command, fields) => new Promise((resolve) => session[command](fields, resolve));

/** A text in as many PDUs as it takes, with the header that says which is which. */
function parts(text) {
    const coding = smpp.encodings.detect(text);
    const encoded = smpp.encodings[coding].encode(text);
    const [alone, each] = coding === 'ASCII' ? [160, 153] : [140, 134];
    // What it codes in the alphabet of the SMS it says to be ASCII unless it is told otherwise.
    const data_coding = coding === 'ASCII' ? 0 : 8;
    if (encoded.length <= alone) return [{ short_message: encoded, data_coding }];
    const cut = [];
    for (let at = 0; at < encoded.length;) {
        let end = Math.min(at + each, encoded.length);
        if (coding === 'ASCII' && end < encoded.length && encoded[end - 1] === 0x1b) end -= 1;
        if (coding === 'UCS2' && end < encoded.length && (encoded[end - 2] & 0xfc) === 0xd8) end -= 2;
        cut.push(encoded.subarray(at, end));
        at = end;
    }
    return cut.map((part, index) => ({
        short_message: { udh: Buffer.from([5, 0, 3, 77, cut.length, index + 1]), message: part },
        data_coding,
    }));
}

const does = {
    async bind({ mode, system_id, password }) {
        await connect();
        const got = await ask(`bind_${mode}`, { system_id, password });
        return { status: got.command_status };
    },
    async submit({ to, text, source = '', how, registered = 0, ...more }) {
        const ids = [];
        const fields = how === 'payload' ? [{ message_payload: text }] : parts(text);
        let status = 0;
        if (how === 'backwards') fields.reverse();
        for (const field of fields) {
            const got = await ask('submit_sm', {
                source_addr: source,
                source_addr_ton: more.ton || 0,
                destination_addr: to,
                registered_delivery: registered,
                schedule_delivery_time: more.schedule_delivery_time || '',
                validity_period: more.validity_period || '',
                priority_flag: more.priority_flag || 0,
                ...field,
            });
            status = got.command_status;
            if (status === 0) ids.push(got.message_id);
        }
        return { ids, status };
    },
    async data({ to, text, registered = 0 }) {
        const got = await ask('data_sm', {
            destination_addr: to, message_payload: text, registered_delivery: registered,
            data_coding: 0,
        });
        return { ids: [got.message_id], status: got.command_status };
    },
    async multi({ to, text, registered = 0 }) {
        const dest_address = to.map((one) => ({
            dest_flag: 1, dest_addr_ton: 0, dest_addr_npi: 1, destination_addr: one,
        }));
        const got = await ask('submit_multi', {
            dest_address, short_message: text, registered_delivery: registered, data_coding: 0,
        });
        const unsuccess = (got.unsuccess_sme || []).map((one) => one.destination_addr);
        return { ids: [got.message_id], status: got.command_status, unsuccess };
    },
    async query({ message_id, source = '' }) {
        const got = await ask('query_sm', { message_id, source_addr: source });
        return { status: got.command_status, state: got.message_state, id: got.message_id };
    },
    async cancel({ message_id, source = '', destination = '' }) {
        const got = await ask('cancel_sm', {
            message_id, source_addr: source, destination_addr: destination,
        });
        return { status: got.command_status };
    },
    async replace({ message_id, text, registered = 0 }) {
        const got = await ask('replace_sm', {
            message_id, short_message: text, registered_delivery: registered,
        });
        return { status: got.command_status };
    },
    async quiet() {
        answers = false;
        return {};
    },
    async unbind() {
        await ask('unbind', {});
        session.close();
        return {};
    },
};

(async () => {
    for await (const line of readline.createInterface({ input: process.stdin })) {
        const { do: name, ...order } = JSON.parse(line);
        say(name, await does[name](order));
    }
    process.exit(0);
})();
