//! Writes a large change that is made up, as two folders: `large_change FOLDER FILES`.
//! `benches/large_change.sh` reviews and measures it.
#![allow(missing_docs)]

#[path = "../benches/synthetic/mod.rs"]
mod synthetic;

use std::path::PathBuf;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let folder = PathBuf::from(arguments.next().ok_or("no folder")?);
    let files = arguments.next().ok_or("no number of files")?;
    let files: usize = files.to_str().ok_or("no number")?.parse()?;
    for file in synthetic::change(files, 20).files {
        for (side, text) in [("before", file.before_text()), ("after", file.after_text())] {
            let path = folder.join(side).join(file.path.to_string());
            std::fs::create_dir_all(path.parent().ok_or("no folder")?)?;
            std::fs::write(path, text.unwrap_or_default())?;
        }
    }
    Ok(())
}
