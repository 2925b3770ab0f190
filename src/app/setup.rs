//! Carries out what `init` and `uninstall` decided: files are written and removed as a whole, and
//! no link is followed.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::git::{Reads, Repository};
use crate::setup::{
    self, FOLDERS, Found, Install, OwnedFile, PATHS, Removal, Shipping, Wish, files,
};

use super::Failure;

/// A longer file is nobody's workflow, in bytes.
const MAX_BYTES: u64 = 1024 * 1024;

/// What somebody asked for; what is not said is found out.
pub struct Asked {
    /// How the workflows name the action.
    pub action: setup::ActionReference,
    /// The branch that work starts from.
    pub branch: Option<String>,
    /// The workflow that ships.
    pub shipping: Option<Shipping>,
}

/// What `init` would do.
pub struct Installing {
    root: PathBuf,
    /// Each file, and what happens to it.
    pub files: Vec<(OwnedFile, Install)>,
}

/// What `uninstall` would do.
pub struct Removing {
    root: PathBuf,
    /// Each path, and what happens to it.
    pub files: Vec<(&'static str, Removal)>,
}

/// Decides what to write. `dir` is where git looks for the repository.
///
/// # Errors
/// A [`Failure`], with a hint.
pub fn install(asked: Asked, dir: &Path) -> anyhow::Result<Installing> {
    let repository = Repository::new(dir, Reads::WorkingTree);
    let root = repository.working_tree_root().map_err(Failure::from)?;
    let branch = match asked.branch {
        Some(branch) => branch,
        None => repository
            .trunk()
            .map_err(Failure::from)?
            .unwrap_or_default(),
    };
    let wish = Wish {
        branch: match branch.is_empty() {
            true => "main".to_owned(),
            false => branch,
        },
        action: asked.action,
        shipping: asked.shipping,
    };
    let files = files(&wish).into_iter().map(|file| {
        let step = setup::install(&file, &find(&root, file.path));
        (file, step)
    });
    let files = files.collect();
    Ok(Installing { root, files })
}

/// Decides what to take back. `dir` is where git looks for the repository.
///
/// # Errors
/// A [`Failure`], with a hint.
pub fn uninstall(dir: &Path) -> anyhow::Result<Removing> {
    let repository = Repository::new(dir, Reads::WorkingTree);
    let root = repository.working_tree_root().map_err(Failure::from)?;
    let files = PATHS.map(|path| (path, setup::uninstall(&find(&root, path))));
    Ok(Removing {
        root,
        files: files.into(),
    })
}

impl Installing {
    /// Whether there is anything to write.
    pub fn is_needed(&self) -> bool {
        let writes = |step: &Install| matches!(step, Install::Create | Install::Update { .. });
        self.files.iter().any(|(_, step)| writes(step))
    }

    /// Writes the files: all of them, or none.
    ///
    /// # Errors
    /// A [`Failure`] for the first that cannot be written; the others are put back.
    pub fn carry_out(&self) -> Result<(), Failure> {
        let mut undo: Vec<(&str, Option<&str>)> = Vec::new();
        for (file, step) in &self.files {
            let before = match step {
                Install::Create => None,
                Install::Update { before } => Some(before.as_str()),
                Install::Same | Install::KeepEdited | Install::KeepForeign => continue,
            };
            if let Err(failure) = write(&self.root, file.path, &file.text, before.is_some()) {
                for (path, before) in undo {
                    // What cannot be put back is in the way of nothing: it is a whole file.
                    let _ = match before {
                        Some(text) => write(&self.root, path, text, true),
                        None => remove(&self.root, path),
                    };
                }
                remove_empty_folders(&self.root);
                return Err(failure);
            }
            undo.push((file.path, before));
        }
        Ok(())
    }
}

impl Removing {
    /// Whether there is anything to remove.
    pub fn is_needed(&self) -> bool {
        let removes = |step: &Removal| matches!(step, Removal::Remove { .. });
        self.files.iter().any(|(_, step)| removes(step))
    }

    /// Removes the files, and the folders that are empty without them.
    ///
    /// # Errors
    /// A [`Failure`] for the first that cannot be removed.
    pub fn carry_out(&self) -> Result<(), Failure> {
        for (path, step) in &self.files {
            if matches!(step, Removal::Remove { .. }) {
                remove(&self.root, path)?;
            }
        }
        remove_empty_folders(&self.root);
        Ok(())
    }
}

/// What stands at a path. Behind a link stands something else.
pub(super) fn find(root: &Path, path: &str) -> Found {
    let mut place = root.to_owned();
    for part in path.split('/') {
        place.push(part);
        match fs::symlink_metadata(&place) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Found::Nothing,
            Ok(metadata) if metadata.is_dir() => {}
            Ok(metadata) if metadata.is_file() && metadata.len() <= MAX_BYTES => {
                return match fs::read(&place).map(String::from_utf8) {
                    Ok(Ok(text)) => Found::Text(text),
                    _ => Found::Other,
                };
            }
            _ => return Found::Other,
        }
    }
    Found::Other
}

/// Writes a file as a whole, and the folders that it needs.
pub(super) fn write(root: &Path, path: &str, text: &str, is_there: bool) -> Result<(), Failure> {
    let target = root.join(path);
    let unwritable = |error: &io::Error| Failure::Unwritable {
        path: PathBuf::from(path),
        reason: error.to_string(),
    };
    // A link was found in its way if there was one: then it is kept, and this is not called.
    let folder = target.parent().unwrap_or(root);
    fs::create_dir_all(folder).map_err(|error| unwritable(&error))?;
    let written = match is_there {
        true => replace(&target, text),
        // What came there in the meantime is not ours, and stays.
        false => write_new(&target, text),
    };
    written.map_err(|error| unwritable(&error))
}

/// A reader finds the old text or the new, never a part.
fn replace(target: &Path, text: &str) -> io::Result<()> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let draft = target.with_file_name(format!(".{name}.{}.draft", std::process::id()));
    write_new(&draft, text)?;
    let replaced = fs::rename(&draft, target);
    if replaced.is_err() {
        // The failure itself is what there is to tell.
        let _ = fs::remove_file(&draft);
    }
    replaced
}

fn write_new(file: &Path, text: &str) -> io::Result<()> {
    let mut created = File::create_new(file)?;
    let written = created
        .write_all(text.as_bytes())
        .and_then(|()| created.sync_all());
    if written.is_err() {
        // A part of a file is worse than none; the failure itself is what there is to tell.
        let _ = fs::remove_file(file);
    }
    written
}

fn remove(root: &Path, path: &str) -> Result<(), Failure> {
    fs::remove_file(root.join(path)).map_err(|error| Failure::Unwritable {
        path: PathBuf::from(path),
        reason: error.to_string(),
    })
}

fn remove_empty_folders(root: &Path) {
    for folder in FOLDERS {
        // A folder with something in it stays.
        let _ = fs::remove_dir(root.join(folder));
    }
}
