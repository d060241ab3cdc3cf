//! Hands every file of a corpus to the body of its fuzz target.

use std::fs;
use std::path::Path;

/// From the folder of a crate.
pub fn replay(target: &str, run: impl Fn(&[u8])) {
    let corpora = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let folder = corpora.join(target);
    let mut files: Vec<_> = fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .map(|file| file.expect("a folder that can be read").path())
        .collect();
    files.sort();
    assert!(!files.is_empty(), "{} is empty", folder.display());
    for file in files {
        let bytes = fs::read(&file).expect("a file that can be read");
        // The last one shown is the one that fails.
        println!("fuzz/corpus/{target}/{}", file.file_name().unwrap_or_default().display());
        run(&bytes);
    }
}
