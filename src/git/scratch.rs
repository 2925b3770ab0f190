use std::path::Path;

use super::Error;
use super::command::{Git, Reads};

/// One commit to make.
#[derive(Debug, Clone, Copy)]
pub struct Draft<'a> {
    /// The branch that it is put on. A branch begins where the commit before ended.
    pub branch: &'a str,
    /// Its message.
    pub message: &'a str,
    /// Who made it.
    pub author: &'a str,
    /// When, in seconds since 1970.
    pub at: u64,
    /// The difference of the clock to UTC, such as `+0100`.
    pub zone: &'a str,
    /// The files that it writes: path and text.
    pub files: &'a [(&'a str, &'a str)],
}

/// Makes a repository in an empty folder, commit by commit, with the last branch checked out.
/// The same drafts give the same commits wherever and whenever it is done.
///
/// # Errors
/// Git fails.
pub fn make_repository(dir: &Path, drafts: &[Draft<'_>]) -> Result<(), Error> {
    let git = Git::new(dir, Reads::Scratch);
    git.read("init", &["--quiet", "--template="])?;
    git.feed(&["fast-import", "--quiet"], &stream(drafts))?;
    if let Some(last) = drafts.last() {
        git.read("checkout", &["--quiet", "--force", last.branch])?;
    }
    Ok(())
}

/// The commits in the words of `git fast-import`.
fn stream(drafts: &[Draft<'_>]) -> Vec<u8> {
    let mut out = String::new();
    for (number, draft) in drafts.iter().enumerate() {
        let (mark, at, zone) = (number + 1, draft.at, draft.zone);
        let who = format!(
            "{} <{}@example.com>",
            draft.author,
            draft.author.to_lowercase()
        );
        out.push_str(&format!(
            "commit refs/heads/{}\nmark :{mark}\n",
            draft.branch
        ));
        out.push_str(&format!(
            "author {who} {at} {zone}\ncommitter {who} {at} {zone}\n"
        ));
        data(&mut out, draft.message);
        if number > 0 {
            out.push_str(&format!("from :{number}\n"));
        }
        for (path, text) in draft.files {
            let mode = match text.starts_with("#!") {
                true => "100755",
                false => "100644",
            };
            out.push_str(&format!("M {mode} inline {path}\n"));
            data(&mut out, text);
        }
    }
    out.into_bytes()
}

fn data(out: &mut String, text: &str) {
    out.push_str(&format!("data {}\n{text}\n", text.len()));
}
