use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A new folder of our own, which goes when it is dropped.
pub(super) struct Folder(PathBuf);

impl Folder {
    /// Makes one for a purpose, in a folder for temporary files.
    pub(super) fn new(place: &Path, purpose: &str) -> io::Result<Self> {
        let mut number = 0;
        loop {
            let name = format!("afterclick-{purpose}-{}-{number}", std::process::id());
            let path = place.join(name);
            match fs::create_dir(&path) {
                // What is there belongs to somebody else.
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
                made => return made.map(|()| Self(path)),
            }
        }
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        &self.0
    }

    /// Lets it stay, and says where it is.
    pub(super) fn keep(mut self) -> PathBuf {
        std::mem::take(&mut self.0)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.0 != Path::new("") {
            // A folder for temporary files may be left to the system.
            let _ = fs::remove_dir_all(&self.0);
        }
    }
}
