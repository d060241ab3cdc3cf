#!/usr/bin/env python3
"""An SMPP client made of `smpplib`, told what to do by lines on its standard input.

Each line is a JSON object; each answer, and whatever comes meanwhile, is one as well."""

import json
import logging
import selectors
import ssl
import sys

import smpplib.client
import smpplib.consts
import smpplib.exceptions
import smpplib.gsm

logging.disable(logging.CRITICAL)


def say(**what):
    print(json.dumps(what), flush=True)


class Client(smpplib.client.Client):
    """Says what comes, and by whom it is asked."""

    answers = True

    def message_received_handler(self, pdu, **kwargs):
        tlvs = {}
        for name in ("receipted_message_id", "message_state", "network_error_code",
                     "message_payload", "sar_msg_ref_num", "sar_total_segments",
                     "sar_segment_seqnum"):
            value = getattr(pdu, name, None)
            if isinstance(value, bytes):
                value = value.rstrip(b"\0").decode("latin-1")
            if value is not None:
                tlvs[name] = value
        say(event="deliver", source=pdu.source_addr.decode(),
            destination=pdu.destination_addr.decode(), esm_class=pdu.esm_class,
            data_coding=pdu.data_coding, hex=(pdu.short_message or b"").hex(), tlvs=tlvs)
        return smpplib.consts.SMPP_ESME_ROK


def text_parts(text, how):
    if how == "plain":
        return [(text.encode("latin-1"), 0, 0)]
    if how == "payload":
        return [(text.encode("utf-16-be"), smpplib.consts.SMPP_ENCODING_ISO10646, 0)]
    parts, coding, esm = smpplib.gsm.make_parts(text)
    parts = [(bytes(part), coding, esm) for part in parts]
    return parts[::-1] if how == "backwards" else parts


def bind(client, mode, system_id, password):
    getattr(client, "bind_" + mode)(system_id=system_id, password=password)


class Session:
    def __init__(self, host, port, certificate=None):
        context = certificate and ssl.create_default_context(cafile=certificate)
        if context:
            # The library does not say whom it calls.
            context.check_hostname = False
        self.client = Client(host, port, allow_unknown_opt_params=True, timeout=30,
                             ssl_context=context)
        self.client.set_message_received_handler(self.client.message_received_handler)
        self.client.set_error_pdu_handler(lambda pdu: None)

    def answered(self, pdu, label, sequence):
        """Reads until the answer to this one; what comes before it is handled."""
        while True:
            got = self.client.read_pdu()
            if got.sequence == sequence and got.command.endswith("_resp"):
                return got
            self.handle(got)

    def handle(self, got):
        if got.command == "deliver_sm":
            if self.client.answers:
                self.client._message_received(got)
            else:
                self.client.message_received_handler(got)
        elif got.command == "enquire_link":
            self.client._enquire_link_received(got)
        elif got.command == "unbind":
            self.client.send_pdu(smpplib.smpp.make_pdu("unbind_resp", client=self.client,
                                                       sequence=got.sequence))
            say(event="unbound")

    def do(self, order):
        name = order.pop("do")
        say(event=name, **(getattr(self, name)(**order) or {}))

    def bind(self, mode, system_id, password):
        try:
            self.client.connect()
            bind(self.client, mode, system_id, password)
        except smpplib.exceptions.PDUError as error:
            return {"status": error.args[1]}
        return {"status": 0}

    def submit(self, to, text, source="", how="auto", **more):
        ids, status = [], 0
        for part, coding, esm in text_parts(text, how):
            arguments = dict(
                source_addr_ton=more.get("ton", 0), source_addr_npi=1, source_addr=source,
                dest_addr_ton=0, dest_addr_npi=1, destination_addr=to,
                data_coding=coding, esm_class=esm,
                registered_delivery=more.get("registered", 0),
            )
            arguments["message_payload" if how == "payload" else "short_message"] = part
            for name in ("schedule_delivery_time", "validity_period", "priority_flag"):
                if name in more:
                    arguments[name] = more[name]
            pdu = self.client.send_message(**arguments)
            got = self.answered(pdu, "submit_sm_resp", pdu.sequence)
            status = got.status
            if status == 0:
                ids.append(got.message_id.decode())
        return {"ids": ids, "status": status}

    def data(self, to, text, registered=0):
        pdu = smpplib.smpp.make_pdu(
            "data_sm", client=self.client, source_addr="", destination_addr=to,
            dest_addr_npi=1, registered_delivery=registered, data_coding=0,
            message_payload=smpplib.gsm.gsm_encode(text))
        self.client.send_pdu(pdu)
        got = self.answered(pdu, "data_sm_resp", pdu.sequence)
        return {"ids": [(got.message_id or b"").decode()], "status": got.status}

    def query(self, message_id, source=""):
        pdu = self.client.query_message(message_id=message_id, source_addr_ton=0,
                                        source_addr_npi=1, source_addr=source)
        got = self.answered(pdu, "query_sm_resp", pdu.sequence)
        state = got.message_state if got.status == 0 else None
        return {"status": got.status, "state": state}

    def quiet(self):
        """From now on nothing that is handed over is answered."""
        self.client.answers = False

    def unbind(self):
        pdu = smpplib.smpp.make_pdu("unbind", client=self.client)
        self.client.send_pdu(pdu)
        self.answered(pdu, "unbind_resp", pdu.sequence)
        self.client.disconnect()


def main():
    host, port, *certificate = sys.argv[1:]
    session = Session(host, int(port), *certificate)
    selector = selectors.DefaultSelector()
    selector.register(sys.stdin.buffer, selectors.EVENT_READ)
    heard = None
    while True:
        socket = session.client._socket
        if socket is not heard:
            if heard is not None:
                selector.unregister(heard)
            heard = socket
            if heard is not None:
                selector.register(heard, selectors.EVENT_READ)
        for key, _ in selector.select():
            if key.fileobj is sys.stdin.buffer:
                line = sys.stdin.buffer.raw.readline()
                if not line:
                    return
                session.do(json.loads(line))
                break
            try:
                session.handle(session.client.read_pdu())
            except (smpplib.exceptions.ConnectionError, OSError):
                say(event="closed")
                selector.unregister(heard)
                heard = None
                session.client.disconnect()


main()
