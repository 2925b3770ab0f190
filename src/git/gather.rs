//! What a review needs of a repository that is elsewhere, fetched into one of our own.
//!
//! First the commits alone, as far back as it takes to see where the sides parted; then the
//! folders of three commits; then the files that differ, and a few of the base side. So neither
//! the size of the repository nor that of its history counts, and the checkout of a job stays as
//! it is.

use std::path::Path;

use crate::change::{ObjectId, raw};

use super::command::{Git, Reads};
use super::origin::Origin;
use super::repository::Repository;
use super::{Error, assemble};

/// What is asked for.
pub struct Wanted<'a> {
    /// The branch that the change goes to, or a commit.
    pub base: &'a str,
    /// Whether `base` is a branch.
    pub is_branch: bool,
    /// The commit that brings the change.
    pub head: &'a ObjectId,
    /// Files and folders of the base side that are read besides.
    pub besides: &'a [&'a str],
}

/// How far back commits are fetched, step by step; then all of them are.
const DEPTHS: [&str; 2] = ["--depth=200", "--depth=5000"];

const BASE: &str = "refs/afterclick/base";
const HEAD: &str = "refs/afterclick/head";

/// What every fetch is told: nothing but what is asked for.
const FETCH: [&str; 5] = [
    "--quiet",
    "--no-tags",
    "--no-write-fetch-head",
    "--recurse-submodules=no",
    "--stdin",
];

/// Fetches into a folder, which has to be empty, and gives the commit of the base.
///
/// # Errors
/// The server cannot be reached, does not let us in, or does not have them; or the sides have
/// nothing in common.
pub fn gather(dir: &Path, origin: &Origin, wanted: &Wanted<'_>) -> Result<ObjectId, Error> {
    let git = Git::new(dir, Reads::Scratch);
    git.read("init", &["--quiet", "--bare", "--template="])?;
    let promises = [
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.url", origin.url.as_str()),
        ("remote.origin.promisor", "true"),
        // What is here is no clone, so nothing is said about what is here.
        ("fetch.negotiationAlgorithm", "noop"),
    ];
    for (key, value) in promises {
        git.read("config", &[key, value])?;
    }
    let away = git.clone().with_origin(origin.clone());

    let mut repository = Repository::new(dir, Reads::Scratch);
    let (base, fork) = commits(&away, &mut repository, wanted)?;

    let sides = [base.as_str(), fork.as_str(), wanted.head.as_str()];
    let list = git.read("log", &[&["--no-walk", "--format=%T"], &sides[..]].concat())?;
    let list = String::from_utf8_lossy(&list);
    let mut trees: Vec<String> = list.lines().map(str::to_owned).collect();
    trees.sort();
    trees.dedup();
    objects(&away, &trees)?;

    let list = [
        "-r",
        "--raw",
        "-z",
        "--full-index",
        "--no-abbrev",
        "--no-renames",
    ];
    let ends = [fork.as_str(), wanted.head.as_str()];
    let list = git.read("diff-tree", &[&list[..], &ends].concat())?;
    let entries = raw::parse(&list).map_err(|error| Error::Failed {
        command: "diff-tree",
        detail: error.to_string(),
    })?;
    let mut files: Vec<String> = entries
        .iter()
        .flat_map(assemble::objects_of)
        .map(ToString::to_string)
        .collect();
    for place in wanted.besides {
        files.extend(files_at(&git, &base, place)?);
    }
    files.sort();
    files.dedup();
    objects(&away, &files)?;
    Ok(base)
}

impl Repository {
    /// Whether contents may be missing that the clone was promised for later.
    ///
    /// # Errors
    /// Git fails.
    pub fn is_partial(&self) -> Result<bool, Error> {
        let pattern = r"^(extensions\.partialclone|remote\..*\.promisor)$";
        let output = self
            .git
            .run("config", &["--name-only", "--get-regexp", pattern])?;
        match output.code {
            Some(code) => Ok(code == 0),
            None => Err(Error::from_stderr("config", self.git.dir(), &output.stderr)),
        }
    }
}

/// Fetches commits until the place is among them where the sides parted.
fn commits(
    away: &Git,
    repository: &mut Repository,
    wanted: &Wanted<'_>,
) -> Result<(ObjectId, ObjectId), Error> {
    let base = match wanted.is_branch {
        true => format!("refs/heads/{}", wanted.base),
        false => wanted.base.to_owned(),
    };
    let lines = format!("+{base}:{BASE}\n+{}:{HEAD}\n", wanted.head);
    let steps = DEPTHS.iter().copied().chain(["--unshallow"]);
    for step in steps {
        if step == "--unshallow" && !repository.is_shallow()? {
            break;
        }
        let arguments = [&["fetch"], &FETCH[..], &["--filter=tree:0", step, "origin"]].concat();
        away.feed(&arguments, lines.as_bytes())?;
        let base = repository.commit(BASE)?.id;
        if let Some(fork) = repository.merge_base(&base, wanted.head)? {
            return Ok((base, fork));
        }
    }
    Err(Error::NoCommonHistory {
        base: wanted.base.to_owned(),
        head: wanted.head.to_string(),
        shallow: false,
    })
}

/// Fetches objects by their names: files, or folders with all that is below them but the files.
fn objects(away: &Git, names: &[String]) -> Result<(), Error> {
    if names.is_empty() {
        return Ok(());
    }
    let arguments = [&["fetch"], &FETCH[..], &["--filter=blob:none", "origin"]].concat();
    away.feed(&arguments, (names.join("\n") + "\n").as_bytes())?;
    Ok(())
}

/// The objects of a file, or of the files below a folder.
fn files_at(git: &Git, commit: &ObjectId, place: &str) -> Result<Vec<String>, Error> {
    let list = git.read("ls-tree", &["-r", "-z", commit.as_str(), "--", place])?;
    let entries = list.split(|&byte| byte == 0);
    let objects = entries.filter_map(|entry| {
        let mut words = std::str::from_utf8(entry).ok()?.split([' ', '\t']);
        let (_mode, kind, object) = (words.next()?, words.next()?, words.next()?);
        (kind == "blob").then(|| object.to_owned())
    });
    Ok(objects.collect())
}
