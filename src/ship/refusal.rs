use std::fmt;

/// Why an event may not happen. The list is closed; each has a code for programs and a sentence for
/// people.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Refusal {
    /// The state is of a form that this binary does not know.
    UnknownVersion(u32),
    /// The event does not follow the last one of its stream.
    OutOfOrder,
    /// The same wish has a ticket, or had one.
    ClaimTaken(u64),
    /// There is no such ticket in the queue.
    NoSuchTicket(u64),
    /// Whoever asks is not the one whose ticket it is.
    NotYours(u64),
    /// The ticket's commit is another.
    CommitChanged(u64),
    /// It may not be approved by whoever asked for it, or by a program.
    NotAnApprover,
    /// Somebody has to approve it first.
    NotApproved(u64),
    /// The ticket stands aside.
    Held(u64),
    /// The ticket does not stand aside.
    NotHeld(u64),
    /// It came back with another commit too often.
    TooManyRequeues(u64),
    /// Somebody holds the deploy lock.
    LockHeld(u64),
    /// Another ticket is next.
    NotNext {
        /// The one that asked.
        ticket: u64,
        /// The one that is next.
        next: u64,
    },
    /// The tickets that are passed are not all written down.
    OrderNotRecorded,
    /// The environment is frozen.
    Frozen,
    /// The environment is not frozen.
    NotFrozen,
    /// Nobody knows what is live.
    LiveUncertain,
    /// The fencing token is not that of the lock: the lock was taken away, or never held.
    WrongEpoch {
        /// What was shown.
        shown: u64,
        /// What the environment has.
        now: u64,
    },
    /// The gate looked at other commits than those that are at stake.
    GateOfAnother,
    /// The commit was rolled back, and nobody acknowledged that.
    KnownBad(String),
    /// The deploy has begun.
    AlreadyStarted,
    /// The deploy has not begun.
    NotStarted,
    /// The probe says that something else is live.
    ProbeDisagrees(String),
    /// The evidence is about somebody else, or shows nothing.
    NoEvidence,
    /// The machine is not GitHub's own: its job is over, and the deploy may still run there.
    Quarantined,
    /// A person has to decide it.
    NotAPerson,
    /// The reason is missing.
    NoReason,
    /// Nothing is live that this could be compared with.
    NothingLive,
    /// What a rollback undoes does not begin with what is live.
    NotARollback,
}

impl Refusal {
    /// A name for programs that never changes.
    pub fn code(&self) -> &'static str {
        match self {
            Self::UnknownVersion(_) => "unknown-version",
            Self::OutOfOrder => "out-of-order",
            Self::ClaimTaken(_) => "claim-taken",
            Self::NoSuchTicket(_) => "no-such-ticket",
            Self::NotYours(_) => "not-yours",
            Self::CommitChanged(_) => "commit-changed",
            Self::NotAnApprover => "not-an-approver",
            Self::NotApproved(_) => "not-approved",
            Self::Held(_) => "held",
            Self::NotHeld(_) => "not-held",
            Self::TooManyRequeues(_) => "too-many-requeues",
            Self::LockHeld(_) => "lock-held",
            Self::NotNext { .. } => "not-next",
            Self::OrderNotRecorded => "order-not-recorded",
            Self::Frozen => "frozen",
            Self::NotFrozen => "not-frozen",
            Self::LiveUncertain => "live-uncertain",
            Self::WrongEpoch { .. } => "wrong-epoch",
            Self::GateOfAnother => "gate-of-another",
            Self::KnownBad(_) => "known-bad",
            Self::AlreadyStarted => "already-started",
            Self::NotStarted => "not-started",
            Self::ProbeDisagrees(_) => "probe-disagrees",
            Self::NoEvidence => "no-evidence",
            Self::Quarantined => "quarantined",
            Self::NotAPerson => "not-a-person",
            Self::NoReason => "no-reason",
            Self::NothingLive => "nothing-live",
            Self::NotARollback => "not-a-rollback",
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::UnknownVersion(version) => write!(
                out,
                "The state of the environment has version {version}, which this afterclick does \
                 not know."
            ),
            Self::OutOfOrder => write!(out, "An event does not follow the one before it."),
            Self::ClaimTaken(ticket) => {
                write!(out, "The same wish to ship is ticket {ticket} already.")
            }
            Self::NoSuchTicket(ticket) => write!(out, "No ticket {ticket} is in the queue."),
            Self::NotYours(ticket) => write!(out, "Ticket {ticket} belongs to somebody else."),
            Self::CommitChanged(ticket) => write!(
                out,
                "Ticket {ticket} is for another commit now than the one that was looked at."
            ),
            Self::NotAnApprover => write!(
                out,
                "A ticket is approved by a person, and not by the one who asked for it."
            ),
            Self::NotApproved(ticket) => {
                write!(out, "Somebody has to approve ticket {ticket} first.")
            }
            Self::Held(ticket) => write!(out, "Ticket {ticket} stands aside."),
            Self::NotHeld(ticket) => write!(out, "Ticket {ticket} does not stand aside."),
            Self::TooManyRequeues(ticket) => write!(
                out,
                "Ticket {ticket} came back with another commit three times already."
            ),
            Self::LockHeld(ticket) => write!(out, "Ticket {ticket} holds the deploy lock."),
            Self::NotNext { ticket, next } => {
                write!(out, "Ticket {next} is next, not ticket {ticket}.")
            }
            Self::OrderNotRecorded => write!(
                out,
                "The tickets that are passed are not written down as they are."
            ),
            Self::Frozen => write!(out, "The environment is frozen."),
            Self::NotFrozen => write!(out, "The environment is not frozen."),
            Self::LiveUncertain => write!(out, "Nobody knows what is live."),
            Self::WrongEpoch { shown, now } => write!(
                out,
                "The deploy lock of epoch {shown} is gone; the environment is at epoch {now}."
            ),
            Self::GateOfAnother => write!(
                out,
                "The gate looked at other commits than the one that ships and the one that is live."
            ),
            Self::KnownBad(sha) => write!(out, "The commit {sha} was rolled back before."),
            Self::AlreadyStarted => write!(out, "The deploy has begun already."),
            Self::NotStarted => write!(out, "The deploy has not begun."),
            Self::ProbeDisagrees(sha) => write!(out, "The probe says that {sha} is live."),
            Self::NoEvidence => write!(out, "Nothing shows that the run or process is gone."),
            Self::Quarantined => write!(
                out,
                "The run is over, but its machine is not GitHub's own: the deploy may still run."
            ),
            Self::NotAPerson => write!(out, "A person has to decide this."),
            Self::NoReason => write!(out, "The reason is missing."),
            Self::NothingLive => write!(out, "Nothing is known to be live."),
            Self::NotARollback => write!(
                out,
                "What the rollback undoes does not begin with what is live now."
            ),
        }
    }
}

impl std::error::Error for Refusal {}
