//! The rules, by name: one visible list.

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// It breaks what afterclick promises, or what GitHub accepts.
    Error,
    /// It can hurt, and may be meant.
    Warning,
}

impl Level {
    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// One rule.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its name.
    pub id: &'static str,
    /// What it asks for, in one sentence.
    pub summary: &'static str,
}

macro_rules! rules {
    ($($name:ident $id:literal $summary:literal)*) => {
        $(pub(super) const $name: &Rule = &Rule { id: $id, summary: $summary };)*
        /// All of them.
        pub const RULES: &[&Rule] = &[$($name),*];
    };
}

rules! {
    UNREADABLE "unreadable" "A workflow can be read."
    QUEUE_SINGLE "queue-single" "A deploy that waits is not replaced by the next one."
    CANCELS_DEPLOY "cancels-deploy" "A deploy is not cancelled half-way by the next one."
    QUEUE_AND_CANCEL "queue-and-cancel" "A group with `queue: max` does not cancel: GitHub refuses both together."
    NO_EXCLUSION "no-exclusion" "All deploys to an environment share one group."
    TWO_GROUPS "two-groups" "An environment has one group, in every workflow."
    NO_GROUP "no-group" "A job that deploys belongs to a group."
    NO_TIMEOUT "no-timeout" "A job that holds a lock ends by itself."
    MATRIX_FAIL_FAST "matrix-fail-fast" "One deploy of a matrix does not cancel the others half-way."
    SHALLOW_GATE "shallow-gate" "The gate sees the whole history."
    MISSING_PERMISSION "missing-permission" "The token may do what the mode needs."
    UNTRUSTED_CHECKOUT "untrusted-checkout" "Code of a pull request never runs with the rights of the repository."
    APPROVAL_INSIDE_LOCK "approval-inside-lock" "Nobody waits for a person or a timer while holding a group."
    DEPLOYMENT_FALSE "deployment-false-with-rules" "An environment with custom rules has a Deployment."
    NO_REVIEWERS "approval-without-reviewers" "An environment that approvals wait for has reviewers."
    MAIN_UNPROTECTED "main-unprotected" "The branch that ships cannot be rewritten, and takes reviewed pull requests only."
    LEDGER_UNPROTECTED "ledger-unprotected" "The ledger's branch cannot be rewritten or deleted."
    LEDGER_BLOCKED "ledger-blocked" "Nothing keeps afterclick from appending to the ledger."
}
