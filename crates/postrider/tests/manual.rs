//! The manual pages and the completions, as `man` and shells take them.

// Helpers of tests fail as tests do, and say why they were skipped.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)]

mod support;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use support::{Running, postrider};

#[test]
fn each_command_has_a_page_that_man_renders_without_a_warning() {
    let folder = tempfile::tempdir().unwrap();
    Running::to_end(postrider("manual").arg(folder.path())).well();
    let pages = std::fs::read_dir(folder.path()).unwrap();
    let pages: BTreeSet<String> =
        pages.map(|page| page.unwrap().file_name().into_string().unwrap()).collect();
    let mut all = vec![Vec::new()];
    while let Some(words) = all.pop() {
        let page = [&["postrider".to_owned()][..], &words].concat().join("-") + ".1";
        assert!(pages.contains(&page), "{page} is missing: {pages:?}");
        renders(&folder.path().join(page));
        all.extend(commands_below(&words).into_iter().map(|word| [&words[..], &[word]].concat()));
    }
}

/// The commands that the help of one names.
fn commands_below(words: &[String]) -> Vec<String> {
    let mut help = Command::new(support::POSTRIDER);
    let said = Running::to_end(help.args(words).arg("--help")).well();
    let listed = said.lines().skip_while(|line| *line != "Commands:").skip(1);
    let listed = listed.take_while(|line| !line.trim().is_empty());
    // What a command is for may go on in lines that stand further to the right.
    let names =
        listed.filter_map(|line| line.strip_prefix("  ").filter(|line| !line.starts_with(' ')));
    let names = names.filter_map(|line| line.split_whitespace().next());
    names.filter(|name| *name != "help").map(str::to_owned).collect()
}

fn renders(page: &Path) {
    let mut man = Command::new("man");
    man.args(["--warnings", "--local-file"]).arg(page);
    let Ok(man) = man.env("MANWIDTH", "80").env("LC_ALL", "C.UTF-8").output() else {
        println!("skipped: man is not installed");
        return;
    };
    let (said, warned) =
        (String::from_utf8_lossy(&man.stdout), String::from_utf8_lossy(&man.stderr));
    if said.contains("minimized") {
        println!("skipped: man is only a stand-in here");
        return;
    }
    assert!(man.status.success() && warned.is_empty(), "{}: {warned}", page.display());
    assert!(said.contains("SYNOPSIS"), "{}: {said}", page.display());
}

#[test]
fn bash_takes_the_completions_and_each_other_shell_has_some() {
    let completions = |shell: &str| Running::to_end(postrider("completions").arg(shell)).well();
    for shell in ["zsh", "fish", "elvish", "powershell"] {
        assert!(completions(shell).contains("contacts"), "{shell}");
    }
    let bash = Command::new("bash").arg("-n").stdin(Stdio::piped()).stderr(Stdio::piped()).spawn();
    let Ok(mut bash) = bash else { return println!("skipped: bash is not installed") };
    bash.stdin.take().unwrap().write_all(completions("bash").as_bytes()).unwrap();
    let ended = bash.wait_with_output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
}
