//! One deploy at a time, on a current base, and the way back.
//!
//! [`State`] is what an environment is; it is folded from the [`Event`]s of its stream in the
//! ledger and from nothing else.

mod environment;
mod event;
mod state;

pub use environment::{Environment, InvalidEnvironment};
pub use event::{Event, Evidence, GateVerdict};
pub use state::{
    Bad, Freeze, Good, Kind, Live, Lock, Priority, Runner, State, Ticket, TicketState,
};
