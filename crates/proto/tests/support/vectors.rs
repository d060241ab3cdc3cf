//! Reads the files of docs/protocol/vectors.

use std::collections::BTreeMap;
use std::path::Path;

/// What a file says of one thing.
#[derive(Debug, Default)]
pub(crate) struct Vector {
    pub(crate) name: String,
    fields: BTreeMap<String, String>,
}

impl Vector {
    /// The field's text, which must be there.
    pub(crate) fn text(&self, field: &str) -> &str {
        self.get(field).unwrap_or_else(|| panic!("{}: has no {field}", self.name))
    }

    pub(crate) fn get(&self, field: &str) -> Option<&str> {
        self.fields.get(field).map(String::as_str)
    }

    pub(crate) fn bytes(&self, field: &str) -> Vec<u8> {
        unhex(self.text(field))
    }

    pub(crate) fn array<const N: usize>(&self, field: &str) -> [u8; N] {
        self.bytes(field).try_into().unwrap()
    }

    pub(crate) fn utf8(&self, field: &str) -> String {
        String::from_utf8(self.bytes(field)).unwrap()
    }

    pub(crate) fn parsed<T: std::str::FromStr>(&self, field: &str) -> T {
        let text = self.text(field);
        text.parse().unwrap_or_else(|_| panic!("{}: {field} = {text}", self.name))
    }
}

/// The file's vectors, in order; there is at least one.
pub(crate) fn vectors(file: &str) -> Vec<Vector> {
    let mut vectors: Vec<Vector> = Vec::new();
    for (name, value) in lines(file) {
        if name == "vector" {
            vectors.push(Vector { name: value, fields: BTreeMap::new() });
        } else {
            let vector = vectors.last_mut().unwrap();
            assert!(vector.fields.insert(name, value).is_none(), "{} twice", vector.name);
        }
    }
    assert!(!vectors.is_empty(), "{file} has no vectors");
    vectors
}

/// The file's lines `name = value`.
pub(crate) fn lines(file: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/protocol/vectors");
    let text = std::fs::read_to_string(folder.join(file)).unwrap();
    let said = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    said.map(|line| {
        let (name, value) = line.split_once(" =").unwrap();
        (name.to_owned(), value.trim_start().to_owned())
    })
    .collect()
}

pub(crate) fn unhex(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().map(|digit| digit.to_digit(16).unwrap()).collect();
    assert!(digits.len().is_multiple_of(2));
    digits.chunks(2).map(|pair| (pair[0] * 16 + pair[1]) as u8).collect()
}
