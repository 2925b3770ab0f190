//! What must hold for code to go on, what it is about, and ways around it.

pub(crate) mod answers;
pub mod awaited;
pub(in crate::review) mod bounds;
pub mod bypass;
pub(crate) mod exempt;
pub mod idle;
pub mod noted;
pub mod presence;
pub mod rank;
pub mod requirement;
pub mod restated;
pub(crate) mod signed_in;
pub mod subject;
pub(in crate::review) mod vocabulary;
