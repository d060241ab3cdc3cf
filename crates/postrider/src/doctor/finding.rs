//! What a check has found.

use crate::look::table;
use postrider_client::shown;
use serde::Serialize;

/// How much it matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum State {
    /// It is as it should be.
    Fine,
    /// The server works, and could do better.
    Hint,
    /// It keeps the server, or somebody from it, from working.
    Fault,
}

/// One thing that was looked at.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Finding {
    pub(crate) check: &'static str,
    pub(crate) state: State,
    /// What is so, for people.
    pub(crate) says: String,
    /// What to do about it, for people.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) advice: Option<String>,
}

impl Finding {
    pub(crate) fn fine(check: &'static str, says: impl Into<String>) -> Finding {
        Finding { check, state: State::Fine, says: says.into(), advice: None }
    }

    pub(crate) fn hint(
        check: &'static str,
        says: impl Into<String>,
        advice: impl Into<String>,
    ) -> Finding {
        let (says, advice) = (says.into(), Some(advice.into()));
        Finding { check, state: State::Hint, says, advice }
    }

    /// An error whose words say what to do.
    pub(crate) fn fault(check: &'static str, says: impl Into<String>) -> Finding {
        Finding { check, state: State::Fault, says: says.into(), advice: None }
    }

    pub(crate) fn but(self, advice: impl Into<String>) -> Finding {
        Finding { advice: Some(advice.into()), ..self }
    }
}

/// All of them, for people. What others said is made harmless.
pub(crate) fn text(findings: &[Finding]) -> String {
    let row = |finding: &Finding| {
        let mark = match finding.state {
            State::Fine => "ok",
            State::Hint => "hint",
            State::Fault => "FAULT",
        };
        let advice = finding.advice.as_ref().map(|advice| format!(": {advice}"));
        let says = format!("{}{}", finding.says, advice.unwrap_or_default());
        let says = shown(&says).replace(['\n', '\t'], " ");
        vec![mark.to_owned(), finding.check.to_owned(), says]
    };
    let rows: Vec<_> = findings.iter().map(row).collect();
    table(&["", "check", ""], &rows)
}
