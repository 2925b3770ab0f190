//! Queries and schemas: whose rows they reach, what keeps them apart, what becomes of them.

pub(crate) mod alternatives;
pub(crate) mod beside;
pub(crate) mod bound;
pub(crate) mod copied;
pub(crate) mod everywhere;
pub(crate) mod handed_over;
pub mod isolation;
pub(crate) mod loaders;
pub mod lookup;
pub(crate) mod mybatis;
pub mod schema;
pub(crate) mod taken_out;
pub mod texts;
pub(crate) mod unused_steps;
