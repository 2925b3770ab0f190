//! SQL statements, whichever file or migration tool they come from.

/// One statement, as far as the checks need it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// What it does.
    pub operation: Operation,
    /// The table, lower case, without schema and quotes; empty where there is none.
    pub table: String,
    /// The column, constraint, index or other thing it is about; empty for the table itself.
    pub name: String,
    /// The columns that its condition compares, lower case, sorted.
    pub filter: Vec<String>,
    /// Anything else that distinguishes it: type, default, `on delete` action, policy expression.
    pub detail: String,
    /// The line, from 1.
    pub line: u32,
    /// The bytes of the statement.
    pub span: super::tree::Span,
    /// Whether it stands in the direction that undoes a migration.
    pub down: bool,
}

/// What a statement does.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Operation {
    /// A table is born.
    CreateTable,
    /// A table goes.
    DropTable,
    /// A table gets another name.
    RenameTable,
    /// A schema or database goes.
    DropSchema,
    /// A column is born.
    AddColumn,
    /// A column goes.
    DropColumn,
    /// A column gets another name.
    RenameColumn,
    /// A column gets another type.
    ChangeType,
    /// A column may no longer be empty.
    SetNotNull,
    /// A foreign key is added.
    AddForeignKey,
    /// A constraint goes.
    DropConstraint,
    /// An index is built.
    CreateIndex,
    /// An index goes.
    DropIndex,
    /// Row-level security is switched on.
    EnableRowSecurity,
    /// Row-level security is switched off.
    DisableRowSecurity,
    /// A policy is made or changed.
    Policy,
    /// A policy goes.
    DropPolicy,
    /// Rights are given.
    Grant,
    /// Every row goes.
    Truncate,
    /// Rows go.
    Delete,
    /// Rows change.
    Update,
    /// Rows are read.
    Select,
    /// Rows are added.
    Insert,
}
