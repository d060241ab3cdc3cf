//! Writing PDUs.

use super::{
    Address, Bind, Cancel, Data, HEADER_BYTES, Message, Multi, Pdu, Query, QueryResp, Replace,
    Status, Unsuccessful,
};

/// Appends a PDU. What is too long for its field is cut.
pub fn print(pdu: &Pdu<'_>, status: Status, sequence: u32, out: &mut Vec<u8>) {
    let begins = out.len();
    begin(pdu.command(), status, sequence, out);
    let mut writer = Writer(out);
    match pdu {
        Pdu::Bind(bind) => writer.bind(bind),
        Pdu::BindResp(bind) => {
            writer.string(bind.system_id);
            writer.0.extend_from_slice(bind.tlvs.bytes());
        }
        Pdu::Submit(message) | Pdu::Deliver(message) => writer.message(message),
        Pdu::Multi(multi) => writer.multi(multi),
        Pdu::Data(data) => writer.data(data),
        // What was not taken has no name.
        Pdu::SubmitResp(id) | Pdu::MultiResp(id) | Pdu::DataResp(id) if status == Status::OK => {
            writer.string(id);
        }
        Pdu::DeliverResp => writer.string(&[]),
        Pdu::Query(query) => writer.query(query),
        Pdu::QueryResp(query) if status == Status::OK => writer.query_resp(query),
        Pdu::Cancel(cancel) => writer.cancel(cancel),
        Pdu::Replace(replace) => writer.replace(replace),
        _ => {}
    }
    end(begins, out);
}

/// Appends the answer to a `submit_multi`, with those recipients, at most 254, that were not
/// taken.
pub fn print_multi(
    message_id: &[u8],
    unsuccessful: &[Unsuccessful<'_>],
    sequence: u32,
    out: &mut Vec<u8>,
) {
    let begins = out.len();
    begin(Pdu::MultiResp(message_id).command(), Status::OK, sequence, out);
    let mut writer = Writer(out);
    writer.string(message_id);
    let count = u8::try_from(unsuccessful.len()).unwrap_or(u8::MAX);
    writer.0.push(count);
    for one in unsuccessful.iter().take(count.into()) {
        writer.address(&one.destination);
        writer.0.extend_from_slice(&one.status.0.to_be_bytes());
    }
    end(begins, out);
}

fn begin(command: u32, status: Status, sequence: u32, out: &mut Vec<u8>) {
    for word in [0, command, status.0, sequence] {
        out.extend_from_slice(&word.to_be_bytes());
    }
}

fn end(begins: usize, out: &mut [u8]) {
    let length = u32::try_from(out.len() - begins).unwrap_or(u32::MAX);
    if let Some(first) = out.get_mut(begins..begins + HEADER_BYTES / 4) {
        first.copy_from_slice(&length.to_be_bytes());
    }
}

struct Writer<'a>(&'a mut Vec<u8>);

impl Writer<'_> {
    fn string(&mut self, string: &[u8]) {
        self.0.extend(string.iter().copied().take_while(|byte| *byte != 0));
        self.0.push(0);
    }

    fn address(&mut self, address: &Address<'_>) {
        self.0.extend([address.ton, address.npi]);
        self.string(address.digits);
    }

    fn bind(&mut self, bind: &Bind<'_>) {
        self.string(bind.system_id);
        self.string(bind.password);
        self.string(bind.system_type);
        self.0.push(bind.interface_version);
        self.address(&bind.range);
    }

    fn message(&mut self, message: &Message<'_>) {
        self.string(message.service_type);
        self.address(&message.source);
        self.address(&message.destination);
        self.rest_of_message(message);
    }

    fn rest_of_message(&mut self, message: &Message<'_>) {
        self.0.extend([message.esm_class, message.protocol_id, message.priority]);
        self.string(message.schedule);
        self.string(message.validity);
        let flags = [message.registered_delivery, message.replace_if_present];
        self.0.extend(flags);
        self.0.extend([message.data_coding, message.default_message]);
        self.text(message.text);
        self.0.extend_from_slice(message.tlvs.bytes());
    }

    fn text(&mut self, text: &[u8]) {
        let length = u8::try_from(text.len()).unwrap_or(u8::MAX);
        self.0.push(length);
        self.0.extend_from_slice(&text[..length.into()]);
    }

    fn multi(&mut self, multi: &Multi<'_>) {
        self.string(multi.message.service_type);
        self.address(&multi.message.source);
        let (count, bytes) = multi.destinations.bytes();
        self.0.push(count);
        self.0.extend_from_slice(bytes);
        self.rest_of_message(&multi.message);
    }

    fn data(&mut self, data: &Data<'_>) {
        self.string(data.service_type);
        self.address(&data.source);
        self.address(&data.destination);
        self.0.extend([data.esm_class, data.registered_delivery, data.data_coding]);
        self.0.extend_from_slice(data.tlvs.bytes());
    }

    fn query(&mut self, query: &Query<'_>) {
        self.string(query.message_id);
        self.address(&query.source);
    }

    fn query_resp(&mut self, query: &QueryResp<'_>) {
        self.string(query.message_id);
        self.string(query.final_date);
        self.0.extend([query.state, query.error]);
    }

    fn cancel(&mut self, cancel: &Cancel<'_>) {
        self.string(cancel.service_type);
        self.string(cancel.message_id);
        self.address(&cancel.source);
        self.address(&cancel.destination);
    }

    fn replace(&mut self, replace: &Replace<'_>) {
        self.string(replace.message_id);
        self.address(&replace.source);
        self.string(replace.schedule);
        self.string(replace.validity);
        self.0.extend([replace.registered_delivery, replace.default_message]);
        self.text(replace.text);
        self.0.extend_from_slice(replace.tlvs.bytes());
    }
}
