//! The accounts of a message centre: at most as many as there may be.

use super::exposition::Does::{Grow, Vary};
use super::exposition::Exposition;
use crate::control::words::{SmppAccount, SmppAnswer};

type Series = (Vec<(&'static str, String)>, u64);

pub(super) fn accounts(text: &mut Exposition, smpp: &SmppAnswer) {
    let of_each = |figure: fn(&SmppAccount) -> u64| {
        let labelled = move |account: &SmppAccount| (label(account), figure(account));
        smpp.accounts.iter().map(labelled).collect::<Vec<Series>>()
    };
    text.all(Vary, "smpp_binds", "Clients that are bound by SMPP.", of_each(|one| one.binds));
    let help = "Numbers of SMPP accounts that are attached to the server.";
    text.all(Vary, "smpp_numbers_attached", help, of_each(|one| one.attached));
    let done = [
        ("smpp_binds_total", "Clients that were bound by SMPP.", "binds"),
        ("smpp_submitted_total", "Commands by which texts were taken by SMPP.", "submitted"),
        ("smpp_texts_handed_total", "Texts that SMPP clients have acknowledged.", "texts_handed"),
        ("smpp_receipts_handed_total", "Receipts that they have.", "receipts_handed"),
        ("smpp_handed_again_total", "Texts and receipts that were not taken.", "handed_again"),
        ("smpp_replaced_total", "Characters that could not be read.", "characters_replaced"),
    ];
    for (name, help, figure) in done {
        let of = |account: &SmppAccount| {
            (label(account), account.done.get(figure).copied().unwrap_or_default())
        };
        text.all(Grow, name, help, smpp.accounts.iter().map(of));
    }
    let refused = smpp.accounts.iter().flat_map(|account| {
        account.refused.iter().map(|(status, count)| {
            let labels = vec![("account", account.system_id.clone()), ("status", status.clone())];
            (labels, *count)
        })
    });
    text.all(Grow, "smpp_refused_total", "SMPP commands that were refused.", refused);
}

fn label(account: &SmppAccount) -> Vec<(&'static str, String)> {
    vec![("account", account.system_id.clone())]
}
