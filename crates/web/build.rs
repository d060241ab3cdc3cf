//! Lists the page's files, so that they are part of the program.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs, io};

/// What of the page's folder is not for browsers.
const NOT_SERVED: [&str; 4] = ["node_modules", "tests", "tools", "shots"];
/// Kinds of files that browsers get, and what they are called there.
const TYPES: [(&str, &str); 7] = [
    ("html", "text/html; charset=utf-8"),
    ("js", "text/javascript; charset=utf-8"),
    ("css", "text/css; charset=utf-8"),
    ("svg", "image/svg+xml"),
    ("png", "image/png"),
    ("txt", "text/plain; charset=utf-8"),
    ("webmanifest", "application/manifest+json"),
];

fn main() -> io::Result<()> {
    let page = Path::new(&env::var("CARGO_MANIFEST_DIR").unwrap_or_default()).join("page");
    println!("cargo::rerun-if-changed=build.rs");
    let mut table = String::from("&[\n");
    for file in files(&page)? {
        let ending = file.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
        let Some((_, kind)) = TYPES.iter().find(|(known, _)| *known == ending) else { continue };
        println!("cargo::rerun-if-changed={}", file.display());
        let path = file.strip_prefix(&page).unwrap_or(&file).display().to_string();
        let _ = writeln!(table, "    ({path:?}, {kind:?}, include_bytes!({file:?})),");
    }
    table.push(']');
    fs::write(Path::new(&env::var("OUT_DIR").unwrap_or_default()).join("page.rs"), table)
}

fn files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut entries = fs::read_dir(folder)?.collect::<io::Result<Vec<_>>>()?;
    entries.sort_by_key(fs::DirEntry::file_name);
    for entry in entries {
        let name = entry.file_name();
        let is_hidden = name.to_string_lossy().starts_with('.');
        if is_hidden || NOT_SERVED.iter().any(|not| name == *not) {
            continue;
        }
        let path = entry.path();
        match path.is_dir() {
            true => {
                println!("cargo::rerun-if-changed={}", path.display());
                found.append(&mut files(&path)?);
            }
            false => found.push(path),
        }
    }
    Ok(found)
}
