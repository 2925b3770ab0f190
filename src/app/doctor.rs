//! Reads the workflows of the working tree, and mends them where that is asked for.

mod remote;

use std::fs;
use std::path::{Path, PathBuf};

use crate::doctor::{self, Finding, Fixed, Remote, Report, WORKFLOWS, WorkflowFile};
use crate::git::{Reads, Repository};
use crate::setup::Found;

use super::Failure;
use super::setup::{find, write};

/// What is wrong, and where the repository is.
pub struct Examined {
    root: PathBuf,
    files: Vec<WorkflowFile>,
    remote: Remote,
    /// What was found.
    pub report: Report,
}

/// Examines the repository that `dir` is in, and asks GitHub about it where the environment has a
/// token. `name` is its name there, where it is not the one of the environment.
///
/// # Errors
/// A [`Failure`], with a hint. That GitHub does not answer is none: it stands in the report.
pub fn examine(dir: &Path, name: Option<String>) -> anyhow::Result<Examined> {
    let repository = Repository::new(dir, Reads::WorkingTree);
    let root = repository.working_tree_root().map_err(Failure::from)?;
    let (files, unread) = workflows(&root)?;
    let way = remote::Way::of(name, &|name| std::env::var(name).ok());
    let remote = remote::ask(way);
    let mut report = doctor::examine(&files, &remote);
    report.unread.splice(0..0, unread);
    Ok(Examined {
        root,
        files,
        remote,
        report,
    })
}

impl Examined {
    /// The files that small changes mend.
    pub fn fixes(&self) -> Vec<Fixed> {
        doctor::fix(&self.files, &self.report.findings)
    }

    /// Writes the mended files.
    ///
    /// # Errors
    /// A [`Failure`] for the first that cannot be written.
    pub fn carry_out(&self, fixes: &[Fixed]) -> Result<(), Failure> {
        for fixed in fixes {
            write(&self.root, &fixed.file.path, &fixed.text, true)?;
        }
        Ok(())
    }

    /// What is left after the mending.
    pub fn left<'a>(&'a self, fixes: &[Fixed]) -> Vec<&'a Finding> {
        let files = self.files.iter().map(|file| {
            let fixed = fixes.iter().find(|it| it.file.path == file.path);
            let text = fixed.map_or(&file.text, |it| &it.text).clone();
            WorkflowFile {
                path: file.path.clone(),
                text,
            }
        });
        let files: Vec<WorkflowFile> = files.collect();
        let after = doctor::examine(&files, &self.remote);
        let still = |it: &&Finding| {
            after.findings.iter().any(|other| {
                (other.rule, &other.path, &other.message) == (it.rule, &it.path, &it.message)
            })
        };
        self.report.findings.iter().filter(still).collect()
    }
}

/// The workflows in the order of their names, and those that are none of ours to read.
fn workflows(root: &Path) -> Result<(Vec<WorkflowFile>, Vec<String>), Failure> {
    let folder = root.join(WORKFLOWS);
    let mut names: Vec<String> = match fs::read_dir(&folder) {
        Ok(entries) => entries
            .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
            .filter(|name| name.ends_with(".yml") || name.ends_with(".yaml"))
            .collect(),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Vec::new(),
        Err(_) => return Err(Failure::UnreadableFolder(folder)),
    };
    names.sort();
    let mut files = Vec::new();
    let mut unread = Vec::new();
    for name in names {
        let path = format!("{WORKFLOWS}/{name}");
        match find(root, &path) {
            Found::Text(text) => files.push(WorkflowFile { path, text }),
            Found::Nothing => {}
            Found::Other => unread.push(format!("{path}: it is no plain text file.")),
        }
    }
    Ok((files, unread))
}
