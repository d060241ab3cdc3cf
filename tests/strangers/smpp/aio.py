#!/usr/bin/env python3
"""An SMPP client made of `aiosmpplib`, told what to do by lines on its standard input.

Each line is a JSON object; each answer, and whatever comes meanwhile, is one as well. The library
connects again by itself."""

import asyncio
import json
import logging
import sys

from aiosmpplib import ESME, NPI, TON, BindMode, DeliverSm, PhoneNumber, SubmitSm, SubmitSmResp
from aiosmpplib.hook import AbstractHook
from aiosmpplib.protocol import BindReceiverResp, BindTransceiverResp, BindTransmitterResp

logging.disable(logging.CRITICAL)


def say(**what):
    print(json.dumps(what), flush=True)


class Told(AbstractHook):
    """Says what comes."""

    async def sending(self, smpp_message, pdu, client_id):
        pass

    async def received(self, smpp_message, pdu, client_id):
        if isinstance(smpp_message, (BindReceiverResp, BindTransceiverResp, BindTransmitterResp)):
            say(event="bind", status=int(smpp_message.command_status))
        elif isinstance(smpp_message, SubmitSmResp):
            ids = [smpp_message.message_id] if smpp_message.message_id else []
            say(event="submit", status=int(smpp_message.command_status), ids=ids)
        elif isinstance(smpp_message, DeliverSm) and smpp_message.is_receipt():
            receipt = smpp_message.parse_receipt()
            say(event="receipt", id=receipt["id"], stat=receipt["stat"], err=str(receipt["err"]),
                source=smpp_message.source.number, destination=smpp_message.destination.number)
        elif isinstance(smpp_message, DeliverSm):
            say(event="deliver", esm_class=smpp_message.esm_class,
                text=smpp_message.short_message or smpp_message.message_payload,
                source=smpp_message.source.number, destination=smpp_message.destination.number)

    async def send_error(self, smpp_message, error, client_id):
        say(event="submit", status=-1, why=repr(error), ids=[])


class Orders:
    def __init__(self, host, port):
        self.where = {"smsc_host": host, "smsc_port": int(port)}
        self.esme = None
        self.running = None

    async def bind(self, mode, system_id, password):
        self.esme = ESME(system_id=system_id, password=password, hook=Told(),
                         bind_mode=BindMode[mode.upper()], **self.where)
        self.running = asyncio.create_task(self.esme.start())

    async def submit(self, to, text, source="", **more):
        named = PhoneNumber(source, TON(more.get("ton", 0)), NPI(1)) if source else PhoneNumber("")
        is_in_parts = more.get("how") == "parts"
        message = SubmitSm(short_message=text, source=named, destination=PhoneNumber(to),
                           encoding=more.get("encoding"),
                           # With this a long text goes in parts, and without it as a payload.
                           esm_class=0x40 if is_in_parts else 0,
                           auto_message_payload=not is_in_parts,
                           registered_delivery=more.get("registered", 0))
        await self.esme.broker.enqueue(message)

    async def unbind(self):
        await self.esme.stop()
        await self.running
        say(event="unbind")


async def main():
    orders = Orders(*sys.argv[1:])
    reader = asyncio.StreamReader()
    protocol = asyncio.StreamReaderProtocol(reader)
    await asyncio.get_running_loop().connect_read_pipe(lambda: protocol, sys.stdin)
    while line := await reader.readline():
        order = json.loads(line)
        await getattr(orders, order.pop("do"))(**order)


asyncio.run(main())
