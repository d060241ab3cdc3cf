//! Which number an address means.

use crate::codec::Address;
use postrider_proto::Number;
use serde::{Deserialize, Serialize};

const INTERNATIONAL: u8 = 1;
const NAME: u8 = 5;
const UNKNOWN: u8 = 0;
const ISDN: u8 = 1;

/// Addresses that begin so begin with something else here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Rule {
    begins: String,
    means: String,
}

/// Why something is no rule.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "{0:?} is no rule; write BEGINS=MEANS, such as +49=0 or 100=5550000100, with digits, and a + \
     before those that are international"
)]
pub struct NoRule(String);

impl std::str::FromStr for Rule {
    type Err = NoRule;

    fn from_str(written: &str) -> Result<Rule, NoRule> {
        let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
        let rule = written.split_once('=').filter(|(begins, means)| {
            let rest = begins.strip_prefix('+').unwrap_or(begins);
            !begins.is_empty() && digits(rest) && digits(means) && written.len() <= RULE_MAX
        });
        let (begins, means) = rule.ok_or_else(|| NoRule(written.to_owned()))?;
        Ok(Rule { begins: begins.to_owned(), means: means.to_owned() })
    }
}

impl TryFrom<String> for Rule {
    type Error = NoRule;

    fn try_from(written: String) -> Result<Rule, NoRule> {
        written.parse()
    }
}

impl From<Rule> for String {
    fn from(rule: Rule) -> String {
        format!("{}={}", rule.begins, rule.means)
    }
}

const RULE_MAX: usize = 40;

/// What an address is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// A number.
    Number(Number),
    /// A name, for people.
    Name(String),
    /// Nothing was said.
    Nothing,
    /// None of these.
    Unknown,
}

/// What an address means, by the rules: the first that fits counts, and after them that a number
/// has ten digits, whether or not a `+` stands before them.
pub fn meaning(address: &Address<'_>, rules: &[Rule]) -> Meaning {
    let Ok(text) = std::str::from_utf8(address.digits) else {
        return match address.ton {
            NAME => Meaning::Name(address.digits.iter().copied().map(char::from).collect()),
            _ => Meaning::Unknown,
        };
    };
    let written = text.trim();
    if written.is_empty() {
        return Meaning::Nothing;
    }
    let digits = written.strip_prefix('+').unwrap_or(written);
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return match address.ton {
            NAME => Meaning::Name(written.to_owned()),
            _ => Meaning::Unknown,
        };
    }
    let is_international = address.ton == INTERNATIONAL || digits.len() < written.len();
    let found = rules.iter().find_map(|rule| rule.apply(digits, is_international));
    match found.as_deref().unwrap_or(digits).parse() {
        Ok(number) => Meaning::Number(number),
        // A name of digits.
        Err(_) if address.ton == NAME => Meaning::Name(written.to_owned()),
        Err(_) => Meaning::Unknown,
    }
}

impl Rule {
    fn apply(&self, digits: &str, is_international: bool) -> Option<String> {
        let rest = match self.begins.strip_prefix('+') {
            Some(begins) if is_international => digits.strip_prefix(begins)?,
            Some(_) => return None,
            None => digits.strip_prefix(self.begins.as_str())?,
        };
        Some(format!("{}{rest}", self.means))
    }
}

/// A number as it is told to clients: its ten digits, which mean itself when they come back.
pub fn told(digits: &[u8]) -> Address<'_> {
    Address { ton: UNKNOWN, npi: ISDN, digits }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn means(ton: u8, digits: &str, rules: &[&str]) -> Meaning {
        let rules: Vec<Rule> = rules.iter().map(|rule| rule.parse().unwrap()).collect();
        meaning(&Address { ton, npi: 1, digits: digits.as_bytes() }, &rules)
    }

    #[test]
    fn rules_say_what_an_address_means() {
        let number = |digits: &str| Meaning::Number(digits.parse().unwrap());
        assert_eq!(means(0, "5550000001", &[]), number("5550000001"));
        assert_eq!(means(1, "+5550000001", &[]), number("5550000001"));
        assert_eq!(means(1, "49171234567", &["+49=0"]), number("0171234567"));
        assert_eq!(means(0, "49171234567", &["+49=0"]), Meaning::Unknown);
        assert_eq!(means(0, "+49171234567", &["+49=0"]), number("0171234567"));
        assert_eq!(means(0, "100", &["100=5550000100"]), number("5550000100"));
        assert_eq!(means(0, "101", &["10=555000010"]), number("5550000101"));
        assert_eq!(means(5, "Alarm", &[]), Meaning::Name("Alarm".to_owned()));
        assert_eq!(means(5, "112", &[]), Meaning::Name("112".to_owned()));
        assert_eq!(means(0, "Alarm", &[]), Meaning::Unknown);
        assert_eq!(means(0, "", &[]), Meaning::Nothing);
        assert_eq!(means(1, "112", &[]), Meaning::Unknown);
    }

    #[test]
    fn what_is_no_rule_is_refused() {
        for wrong in ["", "=1", "49", "+=x", "a=1", "4+9=0"] {
            assert!(wrong.parse::<Rule>().is_err(), "{wrong}");
        }
        assert!("+=".parse::<Rule>().is_ok());
    }
}
