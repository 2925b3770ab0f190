//! The payload of an event: strict in what is decided by, and blind to everything else.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::change::ObjectId;

/// What happened on GitHub, as far as it matters here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// `pull_request`.
    Pull(Pull),
    /// `push`.
    Push(Push),
    /// `issue_comment`.
    Comment(Comment),
    /// `merge_group`.
    MergeGroup(Group),
    /// `workflow_dispatch`.
    Dispatch {
        /// The pull request that it was started for, by an input of this name.
        pull_request: Option<u64>,
    },
    /// `workflow_run`.
    WorkflowRun,
    /// `schedule`.
    Schedule,
    /// `deployment_status`.
    DeploymentStatus,
}

/// Why a payload is not acted on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unfit {
    /// An event that nothing here is done for.
    NotOurs {
        /// Its name.
        event: String,
    },
    /// A payload that lacks what it must have.
    Malformed {
        /// The name of the event.
        event: String,
        /// What is wrong.
        detail: String,
    },
}

/// What happened to a pull request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullAction {
    /// It was opened.
    Opened,
    /// Its head moved.
    Synchronize,
    /// It was opened again.
    Reopened,
    /// It is no draft any more.
    ReadyForReview,
    /// It has another base.
    BaseEdited,
    /// It was closed or merged.
    Closed,
    /// Its title, labels, reviewers or the like.
    Other,
}

/// A pull request, as the payload has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    /// What happened.
    pub action: PullAction,
    /// Its number.
    pub number: u64,
    /// Whether it is a draft.
    pub draft: bool,
    /// Where it goes.
    pub base: Head,
    /// Where it comes from.
    pub head: Head,
}

/// A branch and its commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The branch.
    pub branch: String,
    /// The commit.
    pub sha: ObjectId,
}

/// A push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Push {
    /// The commit before; none where the branch is new.
    pub before: Option<ObjectId>,
    /// The commit after; none where the branch is gone.
    pub after: Option<ObjectId>,
}

/// A comment on a pull request or an issue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Whether it was just written, not edited or deleted.
    pub is_new: bool,
    /// The pull request; none where it is about an issue.
    pub pull: Option<u64>,
    /// The comment.
    pub id: u64,
    /// Who wrote it, as the payload says.
    pub author: String,
    /// Whether a program wrote it.
    pub by_bot: bool,
    /// Its text.
    pub body: String,
}

/// Pull requests that are to be merged together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Whether checks are asked for; else it was dissolved.
    pub is_asked: bool,
    /// The branch that they go to, as a commit.
    pub base: ObjectId,
    /// All of them merged.
    pub head: ObjectId,
}

/// Reads the payload of an event.
///
/// # Errors
/// It is not ours, or not as it must be.
pub fn read(name: &str, payload: &Value) -> Result<Event, Unfit> {
    let event = name;
    match name {
        "pull_request" | "pull_request_target" => pull(shape(event, payload)?, event),
        "push" => push(shape(event, payload)?, event),
        "issue_comment" => comment(shape(event, payload)?),
        "merge_group" => group(shape(event, payload)?, event),
        "workflow_dispatch" => Ok(Event::Dispatch {
            pull_request: number(&payload["inputs"]["pull-request"])
                .or_else(|| number(&payload["inputs"]["pull_request"])),
        }),
        "workflow_run" => Ok(Event::WorkflowRun),
        "schedule" => Ok(Event::Schedule),
        "deployment_status" => Ok(Event::DeploymentStatus),
        other => Err(Unfit::NotOurs {
            event: other.to_owned(),
        }),
    }
}

#[derive(Deserialize)]
struct PullPayload {
    action: String,
    number: u64,
    pull_request: PullFields,
    #[serde(default)]
    changes: Value,
}

#[derive(Deserialize)]
struct PullFields {
    #[serde(default)]
    draft: bool,
    base: Side,
    head: Side,
}

#[derive(Deserialize)]
struct Side {
    #[serde(rename = "ref")]
    branch: String,
    sha: String,
}

#[derive(Deserialize)]
struct PushPayload {
    before: String,
    after: String,
}

#[derive(Deserialize)]
struct CommentPayload {
    action: String,
    issue: Issue,
    comment: CommentFields,
}

#[derive(Deserialize)]
struct Issue {
    number: u64,
    #[serde(default)]
    pull_request: Option<Value>,
}

#[derive(Deserialize)]
struct CommentFields {
    id: u64,
    #[serde(default)]
    body: String,
    #[serde(default)]
    user: Option<User>,
}

#[derive(Deserialize)]
struct User {
    login: String,
    #[serde(rename = "type", default)]
    kind: String,
}

#[derive(Deserialize)]
struct GroupPayload {
    action: String,
    merge_group: GroupFields,
}

#[derive(Deserialize)]
struct GroupFields {
    base_sha: String,
    head_sha: String,
}

fn pull(payload: PullPayload, event: &str) -> Result<Event, Unfit> {
    let action = match payload.action.as_str() {
        "opened" => PullAction::Opened,
        "synchronize" => PullAction::Synchronize,
        "reopened" => PullAction::Reopened,
        "ready_for_review" => PullAction::ReadyForReview,
        "edited" if !payload.changes["base"].is_null() => PullAction::BaseEdited,
        "closed" => PullAction::Closed,
        _ => PullAction::Other,
    };
    let side = |side: Side| {
        Ok(Head {
            branch: side.branch,
            sha: sha(&side.sha, event)?,
        })
    };
    Ok(Event::Pull(Pull {
        action,
        number: payload.number,
        draft: payload.pull_request.draft,
        base: side(payload.pull_request.base)?,
        head: side(payload.pull_request.head)?,
    }))
}

fn push(payload: PushPayload, event: &str) -> Result<Event, Unfit> {
    let commit = |text: &str| match text.bytes().all(|byte| byte == b'0') && !text.is_empty() {
        true => Ok(None),
        false => sha(text, event).map(Some),
    };
    Ok(Event::Push(Push {
        before: commit(&payload.before)?,
        after: commit(&payload.after)?,
    }))
}

fn comment(payload: CommentPayload) -> Result<Event, Unfit> {
    let about_pull = payload.issue.pull_request.is_some();
    let user = payload.comment.user;
    Ok(Event::Comment(Comment {
        is_new: payload.action == "created",
        pull: about_pull.then_some(payload.issue.number),
        id: payload.comment.id,
        by_bot: user.as_ref().is_some_and(|user| user.kind == "Bot"),
        author: user.map(|user| user.login).unwrap_or_default(),
        body: payload.comment.body,
    }))
}

fn group(payload: GroupPayload, event: &str) -> Result<Event, Unfit> {
    Ok(Event::MergeGroup(Group {
        is_asked: payload.action == "checks_requested",
        base: sha(&payload.merge_group.base_sha, event)?,
        head: sha(&payload.merge_group.head_sha, event)?,
    }))
}

fn shape<T: DeserializeOwned>(event: &str, payload: &Value) -> Result<T, Unfit> {
    T::deserialize(payload).map_err(|error| Unfit::Malformed {
        event: event.to_owned(),
        detail: error.to_string(),
    })
}

fn sha(text: &str, event: &str) -> Result<ObjectId, Unfit> {
    ObjectId::parse(text.as_bytes()).ok_or_else(|| Unfit::Malformed {
        event: event.to_owned(),
        detail: "a commit is not named in full".to_owned(),
    })
}

/// Inputs are texts, whatever they look like.
fn number(value: &Value) -> Option<u64> {
    let text = value.as_str().map(str::trim);
    text.and_then(|text| text.parse().ok())
        .or_else(|| value.as_u64())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const ONE: &str = "1111111111111111111111111111111111111111";
    const TWO: &str = "2222222222222222222222222222222222222222";

    #[test]
    fn only_what_is_decided_by_has_to_be_there() {
        let payload = json!({
            "action": "synchronize", "number": 9_007_199_254_740_993_u64,
            "pull_request": {
                "base": { "ref": "main", "sha": ONE }, "head": { "ref": "work", "sha": TWO },
            },
        });
        let Ok(Event::Pull(pull)) = read("pull_request", &payload) else {
            panic!("no pull request");
        };
        assert_eq!(pull.number, 9_007_199_254_740_993);
        assert_eq!(pull.head.sha.as_str(), TWO);
    }

    #[test]
    fn a_title_is_no_new_base() {
        let mut payload = json!({
            "action": "edited", "number": 1, "changes": { "title": { "from": "a" } },
            "pull_request": {
                "base": { "ref": "main", "sha": ONE }, "head": { "ref": "work", "sha": TWO },
            },
        });
        let action = |payload: &Value| match read("pull_request", payload) {
            Ok(Event::Pull(pull)) => pull.action,
            other => panic!("{other:?}"),
        };
        assert_eq!(action(&payload), PullAction::Other);
        payload["changes"] = json!({ "base": { "ref": { "from": "release" } } });
        assert_eq!(action(&payload), PullAction::BaseEdited);
    }

    #[test]
    fn a_commit_that_is_none_is_said() {
        let payload = json!({ "before": ONE, "after": "--upload-pack=x" });
        let Err(Unfit::Malformed { detail, .. }) = read("push", &payload) else {
            panic!("taken");
        };
        assert_eq!(detail, "a commit is not named in full");
        let gone = json!({ "before": ONE, "after": "0".repeat(40) });
        assert!(matches!(
            read("push", &gone),
            Ok(Event::Push(Push { after: None, .. }))
        ));
        assert!(matches!(read("star", &gone), Err(Unfit::NotOurs { .. })));
    }
}
