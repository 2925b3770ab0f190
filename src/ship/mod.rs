//! One deploy at a time, on a current base, and the way back.
//!
//! [`State`] is what an environment is; it is folded from the [`Event`]s of its stream in the
//! ledger and from nothing else, by [`apply`], which refuses what may not happen. [`step`] is the
//! client of one ship: it says what to do next, and whoever carries it out comes back with what was
//! learnt.

pub mod board;
mod environment;
mod event;
pub mod gate;
mod machine;
mod order;
mod protocol;
mod refusal;
pub mod rollback;
mod state;

pub use environment::{Environment, InvalidEnvironment};
pub use event::{Event, Evidence, GateVerdict, Overtaken, Why};
pub use machine::{Stamped, advance, apply};
pub use protocol::{
    Ahead, GateReply, Learnt, LockProof, Outcome, Presence, Probed, Step, Stop, Waiting, WaitsFor,
    Way, Wish, claim, step,
};
pub use refusal::Refusal;
pub use state::{
    Bad, End, Freeze, Good, Kind, Live, Lock, Past, Priority, Runner, Started, State, Ticket,
    TicketState,
};
