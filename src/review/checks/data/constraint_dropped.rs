use crate::change::Class;
use crate::facts::sql::{Operation, Statement};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::money::{says_amount, says_money};
use crate::review::queries::schema::{Placed, Statements, is_migration};
use crate::review::record::finding::Finding;
use std::collections::{BTreeSet, HashSet};

check! {
    /// The database no longer refuses what it refused.
    ///
    /// ## What it does
    /// Looks at constraints and triggers that a migration takes away and puts nothing in place of. It
    /// speaks of checks of amounts and quantities, of exclusions, of the key of a table, of foreign
    /// keys and required values of tables about money or of whose something is, and of triggers that
    /// keep a record or forbid changes; a trigger that is switched off and not on again is one as
    /// well. Other constraints are recorded. Where the table, the column or the type goes as well, it
    /// says nothing.
    ///
    /// ## Why it matters
    /// Code forgets, and scripts and people write past it. Rows that break the rule are there before
    /// anybody sees, and the rule cannot come back while they are.
    ///
    /// ## Example
    /// ```sql
    /// ALTER TABLE accounts DROP CONSTRAINT accounts_balance_not_negative;
    /// ```
    ///
    /// ## Instead
    /// Put the new rule on in the same migration, or keep the old one.
    "data/constraint-dropped", Data, SPEAKS, run
}

const ADVICE: &str = "Put the new rule on in the same migration, or keep the old one.";

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    let statements = context.statements();
    let mut seen = HashSet::new();
    for placed in statements.forward() {
        let it = placed.statement;
        if placed.file.class != Class::Source
            || statements.fleeting(placed)
            || goes(statements, &placed)
        {
            continue;
        }
        let found = match it.operation {
            Operation::DropConstraint => constraint(statements, &placed),
            Operation::DropNotNull => may_be_empty(statements, &placed),
            Operation::DropTrigger => trigger(statements, &placed),
            _ => None,
        };
        let Some((concern, speaks)) = found else {
            continue;
        };
        // One concern a table is enough.
        if !seen.insert((
            placed.file.path.as_str(),
            it.table.as_str(),
            it.operation,
            speaks,
        )) {
            continue;
        }
        out.push(
            Finding::new(
                placed.file,
                &placed.symbol(),
                format!("{:?} {}", it.operation, placed.named()),
            )
            .after(it.line, placed.code())
            .says(concern, ADVICE)
            .speaks_if(speaks),
        );
    }
}

/// The statements of the change, and of the file of one of them, that go forward.
fn around<'a>(
    statements: &'a Statements<'a>,
    placed: &Placed<'a>,
) -> impl Iterator<Item = &'a Statement> {
    let own = placed.file.after.statements.iter().filter(|it| !it.down);
    statements.forward().map(|it| it.statement).chain(own)
}

/// Whether the table goes, or gets another name, and what stood on it with it.
fn goes<'a>(statements: &'a Statements<'a>, placed: &Placed<'a>) -> bool {
    let table = placed.statement.table.as_str();
    let name = placed.statement.name.as_str();
    around(statements, placed).any(|it| match it.operation {
        Operation::DropTable | Operation::RenameTable => {
            it.table == table || table.is_empty() && name.starts_with(&it.table)
        }
        _ => false,
    })
}

/// What kind of constraint is dropped.
#[derive(PartialEq, Eq, Clone, Copy)]
enum Kind {
    Check,
    Exclusion,
    Foreign,
    Primary,
}

fn kind(placed: &Placed<'_>) -> Option<Kind> {
    let found = words(&placed.statement.name);
    let code = placed.code().to_lowercase();
    let any = |list: &[&str]| found.iter().any(|it| list.contains(&it.as_str()));
    if any(&["unique", "uniq", "uq", "uk", "uidx", "key"]) || code.contains("unique") {
        return None;
    }
    if any(&["excl", "exclude", "exclusion", "overlap", "overlapping"]) {
        return Some(Kind::Exclusion);
    }
    let foreign = ["foreign", "dropforeign", "drop_foreign"];
    if any(&["fk", "fkey", "foreign"]) || foreign.iter().any(|it| code.contains(it)) {
        return Some(Kind::Foreign);
    }
    if any(&["pkey", "pk", "primary"]) || code.contains("primary") {
        return Some(Kind::Primary);
    }
    let checks = any(&[
        "check",
        "chk",
        "ck",
        "positive",
        "nonnegative",
        "negative",
        "range",
        "valid",
        "bounds",
        "min",
        "max",
        "limit",
    ]);
    (checks || code.contains("check")).then_some(Kind::Check)
}

/// A constraint that nothing takes the place of.
fn constraint<'a>(statements: &'a Statements<'a>, placed: &Placed<'a>) -> Option<(String, bool)> {
    let it = placed.statement;
    let kind = kind(placed)?;
    if follows(statements, placed, kind) {
        return None;
    }
    let found: BTreeSet<String> = words(&it.table)
        .into_iter()
        .chain(words(&it.name))
        .collect();
    let money = says_money(&found) || says_amount(&it.table, true);
    let (what, speaks) = match kind {
        Kind::Check => {
            let any = |list: &[&str]| found.iter().any(|it| list.contains(&it.as_str()));
            let counts = any(&[
                "positive",
                "nonnegative",
                "negative",
                "balance",
                "amount",
                "quantity",
                "stock",
                "total",
                "price",
                "limit",
                "range",
                "capacity",
                "overlap",
            ]);
            (
                format!(
                    "The database no longer checks `{}` of `{}`. Values that it refused are stored, and the rule cannot come back while they are there.",
                    it.name, it.table
                ),
                counts,
            )
        }
        Kind::Exclusion => (
            format!(
                "Rows of `{}` that exclude each other (`{}`) are no longer refused. Two requests at the same time can book the same twice.",
                it.table, it.name
            ),
            true,
        ),
        Kind::Primary => (
            format!(
                "`{}` no longer has a key of its own (`{}`). The same row can be there twice, and nobody can tell which one counts.",
                it.table, it.name
            ),
            true,
        ),
        Kind::Foreign => (
            format!(
                "Rows of `{}` may now point to something that is not there (`{}` is gone). What they belong to can be deleted from under them.",
                it.table, it.name
            ),
            money && is_migration(&placed.file.path),
        ),
    };
    Some((what, speaks))
}

/// Whether the change puts something in the place of a constraint, or takes away what it was about.
fn follows<'a>(statements: &'a Statements<'a>, placed: &Placed<'a>, kind: Kind) -> bool {
    let gone = placed.statement;
    let file = placed.file;
    let told: Vec<String> = words(&gone.name);
    let about = |name: &str| {
        let found = words(name);
        !found.is_empty() && found.iter().all(|it| told.contains(it))
            || gone.name.contains(name) && name.len() > 2
    };
    around(statements, placed).any(|it| {
        if it.table != gone.table && !gone.table.is_empty() {
            return false;
        }
        match it.operation {
            Operation::DropColumn | Operation::RenameColumn => {
                kind == Kind::Primary || it.name.is_empty() || about(&it.name) || about(&it.detail)
            }
            Operation::ChangeType => kind == Kind::Check && about(&it.name),
            Operation::AddForeignKey => kind == Kind::Foreign,
            Operation::AddColumn => match kind {
                Kind::Check => it.detail.contains("check"),
                Kind::Primary => it.detail.contains("primary"),
                Kind::Foreign => it.detail.contains("references"),
                Kind::Exclusion => false,
            },
            Operation::AddConstraint | Operation::CreateIndex => {
                let code = match it.detail.is_empty() {
                    true => file.after.code(&it.span).to_lowercase(),
                    false => it.detail.clone(),
                };
                match kind {
                    Kind::Check => {
                        it.operation == Operation::AddConstraint
                            && !code.contains("unique (")
                            && !code.contains("foreign key")
                    }
                    Kind::Exclusion => ["exclude", "exclusion", "unique"]
                        .iter()
                        .any(|it| code.contains(it)),
                    Kind::Primary => code.contains("primary") || code.contains("unique"),
                    Kind::Foreign => {
                        it.operation == Operation::AddConstraint && code.contains("foreign")
                    }
                }
            }
            Operation::CreateTrigger => kind == Kind::Check,
            _ => false,
        }
    })
}

/// A value that had to be there and may be missing now.
fn may_be_empty<'a>(statements: &'a Statements<'a>, placed: &Placed<'a>) -> Option<(String, bool)> {
    let it = placed.statement;
    let found = words(&it.name);
    let any = |list: &[&str]| found.iter().any(|it| list.contains(&it.as_str()));
    let about: BTreeSet<String> = words(&it.table).into_iter().collect();
    let owner = any(&["tenant", "organization", "organisation", "workspace"]);
    let amount = says_amount(&it.name, says_money(&about)) || any(&["currency"]);
    let replaced = around(statements, placed).any(|other| {
        other.table == it.table
            && match other.operation {
                // A step on the way to another column.
                Operation::AddColumn | Operation::DropColumn | Operation::RenameColumn => true,
                Operation::SetNotNull => other.name == it.name,
                Operation::AddConstraint => true,
                _ => false,
            }
    });
    if !(owner || amount) || replaced || statements.is_new_column(&it.table, &it.name) {
        return None;
    }
    let hurt = match owner {
        true => {
            "Rows that belong to nobody may be stored, and may be shown to everybody or to nobody."
        }
        false => "Rows without it may be stored, and sums that leave them out are wrong.",
    };
    Some((
        format!(
            "`{}` had to be given, and may be missing now. {hurt}",
            placed.named()
        ),
        is_migration(&placed.file.path),
    ))
}

/// Words of triggers that keep a record or keep something from being changed.
const KEEPS: &[&str] = &[
    "append",
    "audit",
    "audited",
    "audits",
    "block",
    "deny",
    "enforce",
    "forbid",
    "guard",
    "immutable",
    "ledger",
    "lock",
    "no",
    "only",
    "prevent",
    "protect",
    "readonly",
    "reject",
    "restrict",
];

fn keeps(name: &str) -> bool {
    words(name).iter().any(|it| KEEPS.contains(&it.as_str()))
}

fn trigger<'a>(statements: &'a Statements<'a>, placed: &Placed<'a>) -> Option<(String, bool)> {
    let gone = placed.statement;
    let all = matches!(gone.name.as_str(), "all" | "user");
    let protects = keeps(&gone.name) || all && keeps(&gone.table);
    if !protects || again(statements, placed, all) {
        return None;
    }
    let on = match gone.table.as_str() {
        "" => String::new(),
        table => format!(" of `{table}`"),
    };
    let what = match all {
        true => "The triggers".to_owned(),
        false => format!("The trigger `{}`", gone.name),
    };
    Some((
        format!(
            "{what}{on} kept a record or refused changes, and {} not any more when this has run. What happens from then on is neither recorded nor refused.",
            if all { "do" } else { "does" }
        ),
        true,
    ))
}

/// Whether a trigger is there again further down, by its name or by what it does.
fn again<'a>(statements: &'a Statements<'a>, placed: &Placed<'a>, all: bool) -> bool {
    let gone = placed.statement;
    let told = words(&gone.name);
    let event = |it: &str| told.iter().any(|word| word == it);
    around(statements, placed).any(|it| {
        if it.operation != Operation::CreateTrigger {
            return false;
        }
        let same = it.name == gone.name || matches!(it.name.as_str(), "all" | "user");
        let here = gone.table.is_empty() || it.table.is_empty() || it.table == gone.table;
        let events: Vec<&str> = ["insert", "update", "delete", "truncate"]
            .into_iter()
            .filter(|it| event(it))
            .collect();
        let covers = events.iter().all(|event| it.detail.contains(event));
        let alike =
            keeps(&it.name) && covers && (!gone.table.is_empty() || shares(&it.name, &told));
        here && (same || all || alike)
    })
}

/// Whether a name has a word in common that says what a trigger keeps.
fn shares(name: &str, told: &[String]) -> bool {
    words(name)
        .iter()
        .any(|it| KEEPS.contains(&it.as_str()) && told.contains(it))
}
