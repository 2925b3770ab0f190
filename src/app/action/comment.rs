//! The one comment on a pull request: found by its mark and its author, updated in place.

use crate::github::{Comment, Error, GitHub, RepositoryName};
use crate::render::comment::Parts;

/// Who writes where a token does not say whose it is: the token of a workflow.
const WORKFLOW: &str = "github-actions[bot]";

/// What became of the comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Said {
    /// There is none, and there is to be none.
    Nothing,
    /// It is new.
    New,
    /// It says something else now.
    Updated,
    /// It says what it said.
    Same,
}

/// Brings the comment to what `next` makes of it. `next` gets the comment that is there, and gives
/// none where there is to be none; a comment that is there is never taken away.
///
/// # Errors
/// See [`Error`].
pub(super) fn settle(
    github: &GitHub,
    name: &RepositoryName,
    pull: u64,
    next: impl Fn(Option<&Parts>) -> Option<Parts>,
) -> Result<Said, Error> {
    let mut ours = ours(github, name, pull)?.into_iter();
    let Some((comment, parts)) = ours.next() else {
        return match next(None) {
            Some(parts) => create(github, name, pull, &parts),
            None => Ok(Said::Nothing),
        };
    };
    // A reply that was lost and a list that was stale can have made two of one.
    for (extra, _) in ours {
        github.delete_comment(name, extra.id)?;
    }
    let Some(parts) = next(Some(&parts)) else {
        return Ok(Said::Same);
    };
    let body = parts.write();
    if body == comment.body.replace("\r\n", "\n") {
        return Ok(Said::Same);
    }
    match github.update_comment(name, comment.id, &body) {
        Ok(()) => Ok(Said::Updated),
        // Somebody deleted it in the meantime.
        Err(Error::NotFound { .. }) => create(github, name, pull, &parts),
        Err(error) => Err(error),
    }
}

/// Brings the part about ships to what `next` makes of it, as [`settle`] does with the whole.
///
/// # Errors
/// See [`Error`].
pub(super) fn settle_ship(
    github: &GitHub,
    name: &RepositoryName,
    pull: u64,
    next: impl Fn(&str) -> Option<String>,
) -> Result<Said, Error> {
    settle(github, name, pull, |before| {
        let kept = before.cloned().unwrap_or_default();
        let ship = next(&kept.ship)?;
        Some(Parts { ship, ..kept })
    })
}

fn create(github: &GitHub, name: &RepositoryName, pull: u64, parts: &Parts) -> Result<Said, Error> {
    let body = parts.write();
    match github.create_comment(name, pull, &body) {
        Ok(_) => Ok(Said::New),
        Err(error) if error.is_ambiguous() => {
            // It may be there all the same, so look before it is written again.
            if ours(github, name, pull)?.is_empty() {
                github.create_comment(name, pull, &body)?;
            }
            Ok(Said::New)
        }
        Err(error) => Err(error),
    }
}

/// The comments that bear our mark and were written by us, the oldest first.
fn ours(github: &GitHub, name: &RepositoryName, pull: u64) -> Result<Vec<(Comment, Parts)>, Error> {
    let comments = github.comments(name, pull)?.into_iter();
    let marked = comments.filter_map(|comment| {
        let parts = Parts::read(&comment.body)?;
        Some((comment, parts))
    });
    let mut marked: Vec<(Comment, Parts)> = marked.collect();
    if marked.is_empty() {
        return Ok(marked);
    }
    let own = match github.viewer() {
        Ok(login) => login,
        Err(error) if error.is_ambiguous() => return Err(error),
        // Some tokens may not ask.
        Err(_) => WORKFLOW.to_owned(),
    };
    marked.retain(|(comment, _)| is_same(comment, &own));
    marked.sort_by_key(|(comment, _)| comment.id);
    Ok(marked)
}

/// Whether somebody wrote a comment. An app's login comes with and without `[bot]`.
fn is_same(comment: &Comment, login: &str) -> bool {
    let bare = |login: &str| login.trim_end_matches("[bot]").to_ascii_lowercase();
    let is_bot = |login: &str| login.ends_with("[bot]");
    let author = comment.author();
    match is_bot(author) || is_bot(login) {
        true => is_bot(author) && bare(author) == bare(login),
        false => author.eq_ignore_ascii_case(login),
    }
}
