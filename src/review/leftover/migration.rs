use std::collections::{BTreeSet, HashSet};

use super::{Kind, Leftover, Risk};
use crate::change::Class;
use crate::facts::sql::{Operation, Source, Statement};
use crate::review::deltas::compare::FilePair;
use crate::review::queries::schema::{Placed, Statements, is_migration, stem};

/// What migrations did that going back does not undo.
pub(super) fn read(files: &[FilePair<'_>], found: &mut Vec<Leftover>) {
    let statements = Statements::of(files);
    let mut told: BTreeSet<&str> = BTreeSet::new();
    let mut in_migrations: HashSet<(Operation, String)> = HashSet::new();
    let (migrations, elsewhere): (Vec<_>, Vec<_>) = statements
        .forward()
        .partition(|it| is_migration(&it.file.path));
    for placed in migrations {
        in_migrations.insert((placed.statement.operation, placed.named()));
        told.insert(&placed.file.path);
        let (risk, why) = match statements.fleeting(placed)
            && placed.statement.operation != Operation::CreateTable
        {
            // Part of a table that the earlier code does not know.
            true => continue,
            false => judge(placed),
        };
        if let Some(why) = why {
            let way_back = match placed.file.after.statements.iter().any(|it| it.down) {
                true if risk == Risk::NeedsSteps => {
                    " The migration has a way back, which has to run while its own code is there."
                }
                _ => "",
            };
            found.push(leftover(placed, risk, format!("{why}{way_back}")));
        }
    }
    for placed in elsewhere {
        let changes = changes_schema(placed.statement.operation);
        let schema_file =
            placed.statement.source == Source::File || stem(&placed.file.path).contains("schema");
        let key = (placed.statement.operation, placed.named());
        if changes && schema_file && !in_migrations.contains(&key) {
            let why = "The schema changes here, and no migration was found that does it: how it \
                       reached the database cannot be told.";
            found.push(leftover(placed, Risk::Unknown, why.to_owned()));
        }
    }
    for file in files.iter().filter(|it| is_migration(&it.path)) {
        if file.class != Class::Source || told.contains(file.path.as_str()) || is_inert(file) {
            continue;
        }
        found.push(Leftover {
            risk: Risk::Unknown,
            kind: Kind::Migration,
            what: stem(&file.path),
            why: match (file.before.exists, file.after.exists) {
                (true, true) => "A migration that may have run before was changed.",
                (true, false) => "A migration that may have run before is gone.",
                _ => "What this migration does could not be read.",
            }
            .to_owned(),
            path: file.path.clone(),
            line: None,
        });
    }
}

/// A file among migrations that migrates nothing.
fn is_inert(file: &FilePair<'_>) -> bool {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    let known = file.after.language.is_some()
        || file.before.language.is_some()
        || name.ends_with(".sql")
        || name.ends_with(".xml")
        || name.ends_with(".yml")
        || name.ends_with(".yaml");
    !known || ["__init__.py", "env.py", "mod.rs", "index.ts", "index.js"].contains(&name)
}

fn leftover(placed: Placed<'_>, risk: Risk, why: String) -> Leftover {
    Leftover {
        risk,
        kind: Kind::Migration,
        what: placed.named(),
        why,
        path: placed.file.path.clone(),
        line: Some(placed.statement.line),
    }
}

fn changes_schema(operation: Operation) -> bool {
    !matches!(
        operation,
        Operation::Select
            | Operation::Insert
            | Operation::Update
            | Operation::Delete
            | Operation::Truncate
    )
}

/// What it means for the earlier code that this stays; no reason where it means nothing.
fn judge(placed: Placed<'_>) -> (Risk, Option<&'static str>) {
    let it = placed.statement;
    let (risk, why) = match it.operation {
        Operation::CreateTable => (
            Risk::Safe,
            "The table stays; the earlier code does not know it.",
        ),
        Operation::AddColumn => return added(placed),
        Operation::DropTable | Operation::DropSchema | Operation::DropColumn => (
            Risk::LosesData,
            "It is gone with all that was in it, and the earlier code asks for it. Only a backup \
             brings it back.",
        ),
        Operation::Truncate | Operation::Delete => (
            Risk::LosesData,
            "The rows that the migration removed do not come back.",
        ),
        Operation::Update => (
            Risk::LosesData,
            "The migration wrote over values; what they were before is not kept.",
        ),
        Operation::RenameTable | Operation::RenameColumn => (
            Risk::NeedsSteps,
            "The earlier code asks for the old name. Give it back before, or in the same moment.",
        ),
        Operation::SetNotNull | Operation::AddForeignKey | Operation::AddConstraint => (
            Risk::NeedsSteps,
            "The earlier code may write what is refused now. Take the rule away before.",
        ),
        Operation::CreateIndex if is_unique(placed) => (
            Risk::NeedsSteps,
            "The earlier code may write the same value twice, which is refused now. Take the index \
             away before.",
        ),
        Operation::CreateIndex => (Risk::Safe, "The index stays, and changes no answer."),
        Operation::DropIndex => (
            Risk::NeedsSteps,
            "The index is gone: what the earlier code asks may take long. Build it again before.",
        ),
        Operation::Grant
        | Operation::Revoke
        | Operation::Role
        | Operation::Policy
        | Operation::DropPolicy
        | Operation::EnableRowSecurity
        | Operation::DisableRowSecurity => (
            Risk::NeedsSteps,
            "Who may see and change what stays as it is now. Check that it fits the earlier code.",
        ),
        Operation::ChangeType => (
            Risk::Unknown,
            "The column has another type: whether the earlier code can read and write it, and \
             whether values were cut, cannot be told.",
        ),
        Operation::CreateTrigger | Operation::DropTrigger => (
            Risk::Unknown,
            "What the database does by itself when rows change stays as it is now. Check that it fits \
             the earlier code.",
        ),
        Operation::DropNotNull | Operation::DropConstraint | Operation::SetDefault => (
            Risk::Unknown,
            "Rows written since may be such as the earlier code does not expect.",
        ),
        Operation::Insert => (
            Risk::Unknown,
            "The rows that the migration added stay; whether the earlier code minds cannot be told.",
        ),
        Operation::Select => return (Risk::Safe, None),
    };
    (risk, Some(why))
}

/// A new column: the earlier code writes rows without it.
fn added(placed: Placed<'_>) -> (Risk, Option<&'static str>) {
    let (risk, why) = match may_be_left_out(placed) {
        Some(true) => (
            Risk::Safe,
            "The column stays; the earlier code writes rows without it.",
        ),
        Some(false) => (
            Risk::NeedsSteps,
            "The column has to be filled, and the earlier code does not: its inserts fail. Let it \
             be empty, or give it a default, before.",
        ),
        None => (
            Risk::Unknown,
            "Whether the column may be left out cannot be told; the earlier code does not fill it.",
        ),
    };
    (risk, Some(why))
}

/// Whether rows can be written without a column; none where its description does not say.
fn may_be_left_out(placed: Placed<'_>) -> Option<bool> {
    let code = placed.code().to_lowercase();
    let code: String = code.split_whitespace().collect::<Vec<_>>().join(" ");
    let has = |words: &[&str]| words.iter().any(|word| code.contains(word));
    if matches!(placed.statement.source, Source::File | Source::Text) {
        return Some(!has(&["not null"]) || has(&[" default "]));
    }
    let path = placed.file.path.as_str();
    if path.ends_with(".rb") {
        return Some(!has(&["null: false", ":null => false"]) || has(&["default:", ":default =>"]));
    }
    if path.ends_with(".py") {
        if has(&["db_default", "server_default", "null=true", "nullable=true"]) {
            return Some(true);
        }
        // Alembic's columns may be empty unless said; Django's may not, and its defaults are its own.
        return match has(&["column("]) {
            true => Some(!has(&["nullable=false"])),
            false => Some(has(&["manytomany"])),
        };
    }
    if path.ends_with(".php") {
        return Some(has(&["nullable()", "->default(", "->usecurrent("]));
    }
    None
}

fn is_unique(placed: Placed<'_>) -> bool {
    let Statement { detail, .. } = placed.statement;
    detail.contains("unique") || placed.code().to_lowercase().contains("unique")
}
