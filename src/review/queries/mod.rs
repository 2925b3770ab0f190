//! Queries and schemas: whose rows they reach, what keeps them apart, what becomes of them.

pub(crate) mod alternatives;
pub(crate) mod beside;
pub(crate) mod copied;
pub(crate) mod everywhere;
pub(crate) mod handed_over;
pub mod isolation;
pub mod lookup;
pub(crate) mod mybatis;
pub mod schema;
pub mod texts;
pub(crate) mod unused_steps;
