//! What the Action is asked and what it decides: payloads to events, comments to commands, facts
//! to decisions. Pure values; `app::action` asks GitHub and carries out.

mod command;
mod decide;
mod event;
mod mode;
mod task;

pub use command::{Command, Mistake, WayBack, parse};
pub use decide::{Asker, Refusal, concern, decided, permit};
pub use event::{Comment, Event, Group, Head, Pull, PullAction, Push, Unfit, read};
pub use mode::Mode;
pub use task::{Review, Task, Why, review_task};
