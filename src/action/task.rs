//! What a review has to do for an event.

use crate::change::ObjectId;

use super::event::{Event, PullAction};

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Task {
    /// A review.
    Review(Review),
    /// Nothing, and why.
    Nothing(Why),
}

/// What is to be reviewed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Review {
    /// A pull request, as it stands on GitHub now.
    Pull {
        /// Its number.
        number: u64,
        /// The payload's words about it; none where only the number is known.
        told: Option<super::Pull>,
    },
    /// What lies between two commits: a push, or a group in the merge queue.
    Commits {
        /// The commit before.
        base: ObjectId,
        /// The commit after.
        head: ObjectId,
        /// Whether it is a group in the merge queue, whose check may be required.
        is_group: bool,
    },
}

/// Why there is nothing to review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// The pull request is closed.
    Closed,
    /// No code changed: a title, a label.
    NoCode,
    /// The branch is new: what it adds comes as a pull request.
    NewBranch,
    /// The branch is gone.
    BranchGone,
    /// The group was dissolved.
    GroupDissolved,
    /// It is a comment, which another mode answers.
    Comment,
    /// The event brings no change of code.
    NoChange,
    /// It was started by hand, and no pull request was named.
    NotNamed,
}

impl Why {
    /// In a sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Closed => "The pull request is closed, so there is nothing to review.",
            Self::NoCode => "No code changed in this event, so there is nothing to review.",
            Self::NewBranch => "The branch is new; what it adds is reviewed as a pull request.",
            Self::BranchGone => "The branch was deleted, so there is nothing to review.",
            Self::GroupDissolved => "The merge group is gone, so there is nothing to review.",
            Self::Comment => "Comments are answered in the mode `command`.",
            Self::NoChange => "This event brings no change of code, so there is nothing to review.",
            Self::NotNamed => {
                "Started by hand, a review needs the input `pull-request` with a number."
            }
        }
    }
}

/// What an event asks of a review.
pub fn review_task(event: &Event) -> Task {
    let nothing = Task::Nothing;
    match event {
        Event::Pull(pull) => match pull.action {
            PullAction::Closed => nothing(Why::Closed),
            PullAction::Other => nothing(Why::NoCode),
            PullAction::Opened
            | PullAction::Synchronize
            | PullAction::Reopened
            | PullAction::ReadyForReview
            | PullAction::BaseEdited => Task::Review(Review::Pull {
                number: pull.number,
                told: Some(pull.clone()),
            }),
        },
        Event::Push(push) => match (&push.before, &push.after) {
            (_, None) => nothing(Why::BranchGone),
            (None, _) => nothing(Why::NewBranch),
            (Some(base), Some(head)) => Task::Review(Review::Commits {
                base: base.clone(),
                head: head.clone(),
                is_group: false,
            }),
        },
        Event::MergeGroup(group) if group.is_asked => Task::Review(Review::Commits {
            base: group.base.clone(),
            head: group.head.clone(),
            is_group: true,
        }),
        Event::MergeGroup(_) => nothing(Why::GroupDissolved),
        Event::Comment(_) => nothing(Why::Comment),
        Event::Dispatch {
            pull_request: Some(number),
        } => Task::Review(Review::Pull {
            number: *number,
            told: None,
        }),
        Event::Dispatch { pull_request: None } => nothing(Why::NotNamed),
        Event::WorkflowRun | Event::Schedule | Event::DeploymentStatus => nothing(Why::NoChange),
    }
}
