//! A group, its members with native and classic clients, and a roll call, while the group's
//! program is killed and begins anew.

// Helpers of tests fail as tests do.
#![allow(clippy::unwrap_used, clippy::expect_used)]

mod support;

use serde_json::Value;
use support::{Mesh, People, Person, Running, eventually, number};

const GROUP: &str = "5550000100";
const ANN: &str = "5550000001";
const BEN: &str = "5550000002";
const CLEO: &str = "5550000003";
const DAN: &str = "5550000004";

/// Longer than anything here takes.
const LONG: &str = "40";

/// A server, and the profiles of who is there.
struct Camp {
    mesh: Mesh,
    people: People,
}

impl Camp {
    fn new() -> (Camp, Running) {
        let camp = Camp { mesh: Mesh::line(1), people: People::new() };
        let server = camp.mesh.serve(1);
        (camp, server)
    }

    fn server(&self) -> String {
        self.mesh.address(1).to_string()
    }

    fn joins(&self, who: &str) {
        self.people.joins(who, &self.mesh, 1).well();
    }

    fn texts(&self, who: &str, to: &str, text: &str) {
        self.people.does("send", who, &[to, text, "--timeout", LONG]).well();
    }

    fn follows(&self, who: &str) -> Running {
        self.people.begins("inbox", who, &["--follow"])
    }

    /// Ann's.
    fn makes_group(&self) {
        let moderator = format!("{ANN}=Ann");
        let server = self.server();
        let new = ["new", GROUP, "--server", &server, "--name", "Shaft 2"];
        self.people.does("group", GROUP, &[&new[..], &["--moderator", &moderator]].concat()).well();
    }

    fn runs_group(&self) -> Running {
        let group = self.people.begins("group", GROUP, &["run"]);
        group.says("is attached to ");
        group
    }

    fn tally(&self) -> Value {
        let said = self.people.does("group", GROUP, &["tally", "--json"]).well();
        serde_json::from_str(&said).unwrap()
    }
}

#[test]
fn a_roll_call_reaches_everybody_once_although_the_group_is_killed() {
    let (camp, _server) = Camp::new();
    [ANN, BEN, CLEO].iter().for_each(|who| camp.joins(who));
    let mut dan = Person::at(camp.mesh.address(1), number(5_550_000_004));
    camp.makes_group();
    let group = camp.runs_group();
    let (ann, ben) = (camp.follows(ANN), camp.follows(BEN));
    ann.says("You are in Shaft 2 now");
    for member in [format!("{BEN} Ben"), format!("{CLEO} Cleo"), format!("{DAN} Dan")] {
        camp.texts(ANN, GROUP, &format!("/add {member}"));
        ann.says(&format!("{} is in Shaft 2.", swapped(&member)));
    }
    ben.says("You are in Shaft 2 now");

    let call = ["--group", GROUP, "All out?", "--wait", "answered", "--timeout", LONG];
    let calling = camp.people.begins("send", ANN, &call);
    ben.says("Ann asks all: All out?");
    calling.says("Roll call 1 begins: 3 are asked.");
    group.kill();
    camp.texts(BEN, GROUP, "OK");
    dan.sends(number(5_550_000_100), "ok!");
    let group = camp.runs_group();
    calling.says("Ben answers: OK");
    calling.says("Dan (unverified) answers: ok!");
    assert_eq!(
        dan.receives(1),
        ["You are in Shaft 2 now. What you text here goes to all (3). \
                                  /help says more."]
    );
    assert!(dan.receives(1)[0].starts_with("Ann asks all: All out?"));
    camp.people.does("inbox", CLEO, &["--wait", LONG]).well();
    let tally = eventually("Cleo has it and is silent", || {
        let tally = camp.tally();
        (tally["silent"] == 1 && tally["delivered"] == 3).then_some(tally)
    });
    let cleo = &tally["members"][1];
    assert_eq!((&cleo["number"], &cleo["state"]), (&CLEO.into(), &"delivered".into()));
    assert_eq!((&cleo["proven"], &cleo["answer"]), (&true.into(), &Value::Null));
    assert_eq!((&tally["members"][2]["proven"], &tally["open"]), (&false.into(), &true.into()));
    camp.texts(ANN, GROUP, "/tally");
    ann.says("Roll call 1: delivered 3 of 3, answered OK 2, silent 1\n");

    group.kill();
    camp.texts(CLEO, GROUP, "Help!");
    let group = camp.runs_group();
    let last = "Roll call 1: delivered 3 of 3, answered OK 2, HELP 1, silent 0\n";
    assert!(calling.end().well().ends_with(last));
    camp.texts(ANN, GROUP, "Thank you");
    assert_eq!(dan.receives(1), ["Ann: Thank you"], "nothing comes twice");
    let heard = ben.says("Ann: Thank you");
    assert_eq!(heard.matches("Ann asks all").count(), 1, "{heard}");
    assert_eq!(group.drain().well(), format!("the group {GROUP} is attached to Camp 1\n"));
}

/// `NUMBER NAME` as the group lists it.
fn swapped(member: &str) -> String {
    let (number, name) = member.split_once(' ').unwrap();
    format!("{name} {number}")
}

#[test]
fn a_roll_call_may_be_refused_and_may_not_be_answered_in_time() {
    let (camp, _server) = Camp::new();
    [ANN, BEN].iter().for_each(|who| camp.joins(who));
    camp.makes_group();
    let _group = camp.runs_group();
    let call = ["--group", GROUP, "All out?", "--wait", "answered", "--timeout", LONG];
    let refused = camp.people.does("send", BEN, &call);
    assert_eq!(refused.code, Some(4), "{refused:?}");
    assert!(refused.out.contains("This is Shaft 2. You are not in it"), "{refused:?}");
    let alone = camp.people.does("send", ANN, &call);
    assert_eq!(alone.code, Some(4), "{alone:?}");
    assert!(alone.out.contains("There is nobody else in the group."), "{alone:?}");
    camp.texts(ANN, GROUP, &format!("/add {BEN} Ben"));
    let soon = ["--group", GROUP, "All out?", "--wait", "answered", "--timeout", "2"];
    eventually("the tally of a roll call that is not answered in time", || {
        let away = camp.people.does("send", ANN, &soon);
        assert_eq!(away.code, Some(3), "{away:?}");
        away.out.ends_with(": delivered 0 of 1, silent 0\n").then_some(())
    });
}

#[test]
fn a_groups_profile_is_the_groups() {
    let (camp, _server) = Camp::new();
    camp.joins(ANN);
    let server = camp.server();
    let nobody = ["new", GROUP, "--server", &server, "--moderator", "5550000001=1"];
    let wrong = camp.people.does("group", GROUP, &nobody).badly();
    assert!(wrong.contains("cannot be a name"), "{wrong}");
    let not_a_group = camp.people.does("group", ANN, &["run"]).badly();
    assert!(not_a_group.contains("postrider group new"), "{not_a_group}");
    camp.makes_group();
    let read = camp.people.does("inbox", GROUP, &["--ack"]).badly();
    assert!(read.contains("postrider group run"), "{read}");
    let nothing = camp.people.does("group", GROUP, &["tally"]).badly();
    assert!(nothing.contains("nothing was handed on yet"), "{nothing}");
    let members = camp.people.does("group", GROUP, &["members"]).well();
    assert!(members.starts_with(&format!("{ANN}  moderator")), "{members}");
    let usage = camp.people.does("send", ANN, &[GROUP, "hello", "--wait", "answered"]);
    assert_eq!(usage.code, Some(2), "{usage:?}");
}
