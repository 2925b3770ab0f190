use crate::change::Class;
use crate::facts::sql::{Operation, Statement};
use crate::facts::words::words;
use crate::review::Context;
use crate::review::deltas::settings::{example, local};
use crate::review::queries::schema::{Placed, Statements};
use crate::review::record::finding::Finding;

check! {
    /// A role of the database may newly do more than it should.
    ///
    /// ## What it does
    /// Reads the rights that statements of SQL give. It speaks when every role is given a table
    /// (`TO PUBLIC`), when a role becomes a superuser or is let past row-level security, when rights on
    /// every database are given or may be passed on, when a role that is there to read or report is
    /// given all tables or may write, and when what must only be added to (an audit log, a ledger) may
    /// be changed or deleted. A role, a schema or a table that is new in the change is left out, and so
    /// are databases of developers.
    ///
    /// ## Why it matters
    /// Whoever gets hold of one connection, of a report or of an injected query, reaches as far as its
    /// role does.
    ///
    /// ## Example
    /// ```sql
    /// GRANT SELECT ON ALL TABLES IN SCHEMA public TO reporting;
    /// ```
    ///
    /// ## Instead
    /// Give each role the tables that it works with, and no more than it does with them.
    "auth/database-rights", Auth, SPEAKS, run
}

const ADVICE: &str =
    "Give each role the tables that it works with, and no more than it does with them.";

fn run(context: &Context<'_>, out: &mut Vec<Finding>) {
    let statements = context.statements();
    for placed in statements.forward() {
        let it = placed.statement;
        if aside(&placed) {
            continue;
        }
        let concern = match it.operation {
            Operation::Role => role(it),
            Operation::Grant => Grant::of(it).and_then(|grant| given(statements, &placed, &grant)),
            _ => None,
        };
        if let Some(concern) = concern {
            out.push(
                Finding::new(
                    placed.file,
                    &placed.symbol(),
                    format!("rights {}", it.detail),
                )
                .after(it.line, placed.code())
                .says(concern, ADVICE),
            );
        }
    }
    for placed in &statements.gone {
        let it = placed.statement;
        let again = |other: &Statement| {
            matches!(other.operation, Operation::Revoke | Operation::DropTable)
                && other.table == it.table
        };
        let stays = placed.file.after.exists && placed.file.after.text.contains(&it.table);
        if it.operation == Operation::Revoke
            && !it.down
            && !aside(placed)
            && keeps_record(&it.table)
            && stays
            && !statements.new.iter().any(|placed| again(placed.statement))
        {
            out.push(
                Finding::new(placed.file, &placed.symbol(), format!("revoke {}", it.table))
                    .before(it.line, placed.file.before.code(&it.span))
                    .says(
                        format!(
                            "Rights on `{}` were taken away, and no longer are. What is recorded there could be changed afterwards.",
                            it.table
                        ),
                        ADVICE,
                    ),
            );
        }
    }
}

/// Databases of developers, and what only shows how something is done.
fn aside(placed: &Placed<'_>) -> bool {
    let path = placed.file.path.as_str();
    // What a container runs when it makes a new database.
    let makes = words(path).iter().any(|it| {
        matches!(
            it.as_str(),
            "ci" | "compose" | "docker" | "entrypoint" | "init" | "initdb" | "sail"
        )
    });
    placed.file.class != Class::Source || local(path) || example(path) || makes
}

/// A role that nothing is kept from.
fn role(it: &Statement) -> Option<String> {
    let found: Vec<&str> = it.detail.split([' ', ';']).collect();
    let runs_it = words(&it.name).iter().any(|it| {
        [
            "admin", "backup", "dba", "dump", "migrat", "owner", "postgres", "replic", "root",
        ]
        .iter()
        .any(|word| it.starts_with(word))
    });
    if runs_it {
        return None;
    }
    let what = match () {
        () if found.contains(&"superuser") => "a superuser, from whom the database keeps nothing",
        () if found.contains(&"bypassrls") => "let past row-level security, and reaches every row",
        () => return None,
    };
    Some(format!(
        "The role `{}` is {what}. Whoever gets hold of one of its connections has it all.",
        it.name
    ))
}

/// A statement that gives rights, taken apart.
struct Grant<'a> {
    rights: &'a str,
    on: &'a str,
    to: Vec<String>,
    passed_on: bool,
}

impl<'a> Grant<'a> {
    fn of(it: &'a Statement) -> Option<Self> {
        let at = it.detail.find("grant ")?;
        let text = it.detail.get(at + 6..)?;
        let (rights, rest) = text.split_once(" on ")?;
        let (on, to) = rest.rsplit_once(" to ")?;
        let (to, passed_on) = match to.split_once(" with ") {
            Some((to, with)) => (to, with.starts_with("grant option")),
            None => (to, false),
        };
        let to = to.split(',').map(|it| {
            let name = it.split('@').next().unwrap_or(it);
            let name = name.trim().trim_start_matches("group ");
            name.trim_matches(['\'', '"', '`', ';', ' ']).to_owned()
        });
        Some(Self {
            rights,
            on,
            to: to.collect(),
            passed_on,
        })
    }

    fn any(&self, rights: &[&str]) -> bool {
        let mut found = self.rights.split([' ', ',', '(', ')']);
        found.any(|it| it == "all" || rights.contains(&it))
    }

    fn writes(&self) -> bool {
        self.any(&["insert", "update", "delete", "truncate"])
    }

    /// Whether it is about what is in tables: not about using a schema, a function or a type.
    fn of_rows(&self) -> bool {
        let kinds = [
            "database",
            "domain",
            "foreign",
            "function",
            "language",
            "large",
            "parameter",
            "procedure",
            "routine",
            "schema",
            "sequence",
            "tablespace",
            "type",
        ];
        let first = self.on.split(' ').next().unwrap_or_default();
        let all = [
            "functions",
            "sequences",
            "procedures",
            "routines",
            "types",
            "schemas",
        ];
        !kinds.contains(&first)
            && !self.on.split(' ').any(|it| all.contains(&it))
            && (self.writes() || self.any(&["select"]))
    }

    /// Every table of a schema or a database, also those to come.
    fn of_all_tables(&self) -> bool {
        self.on.starts_with("all tables") || self.on.ends_with(".*") || self.on == "tables"
    }
}

/// What a grant newly opens.
fn given(statements: &Statements<'_>, placed: &Placed<'_>, grant: &Grant<'_>) -> Option<String> {
    let was = |opens: &dyn Fn(&Grant<'_>) -> bool| {
        statements.gone.iter().any(|it| {
            let gone = it.statement;
            gone.operation == Operation::Grant && Grant::of(gone).is_some_and(|it| opens(&it))
        })
    };
    let table = placed.statement.table.as_str();
    let to = grant.to.join("`, `");
    let public = |it: &Grant<'_>| it.of_rows() && it.to.iter().any(|it| it == "public");
    if public(grant) && !statements.is_new_table(table) {
        return (!was(&|it| public(it) && it.on == grant.on)).then(|| {
            format!(
                "Every role of the database is given rights on `{}`, also those that were kept away from it until now.",
                grant.on
            )
        });
    }
    let everywhere = |it: &Grant<'_>| it.on == "*.*" && it.any(&["super", "file", "grant"]);
    if everywhere(grant) && !was(&everywhere) && !names_owner(grant) {
        return Some(format!(
            "`{to}` is given all rights on every database of the server. Whoever gets hold of one of its connections has it all."
        ));
    }
    if grant.passed_on && !was(&|it| it.passed_on) && !names_owner(grant) {
        return Some(format!(
            "`{to}` may now give its rights on `{}` to others. Who can reach them is no longer decided here.",
            grant.on
        ));
    }
    if grant.any(&["update", "delete", "truncate"])
        && grant.of_rows()
        && keeps_record(table)
        && !statements.fleeting(*placed)
        && !names_owner(grant)
        && !was(&|it| it.on == grant.on && it.any(&["update", "delete", "truncate"]))
    {
        return Some(format!(
            "`{to}` may now change or delete what is recorded in `{table}`. What has happened could be altered afterwards."
        ));
    }
    all_tables(placed, grant).filter(|_| !was(&|it| it.of_all_tables() && it.to == grant.to))
}

/// Every table for a role that is there to read some of them.
fn all_tables(placed: &Placed<'_>, grant: &Grant<'_>) -> Option<String> {
    let reports = |it: &String| {
        words(it).iter().any(|it| {
            matches!(
                it.as_str(),
                "analyst"
                    | "analysts"
                    | "analytics"
                    | "bi"
                    | "dashboard"
                    | "dashboards"
                    | "grafana"
                    | "looker"
                    | "metabase"
                    | "partner"
                    | "report"
                    | "reporter"
                    | "reporting"
                    | "reports"
                    | "stats"
                    | "support"
                    | "tableau"
            )
        })
    };
    let reads = |it: &String| {
        let found = words(it);
        found
            .iter()
            .any(|it| matches!(it.as_str(), "readonly" | "ro" | "reader" | "readers"))
            || found
                .windows(2)
                .any(|it| it[0] == "read" && it[1] == "only")
    };
    let born = |role: &String| {
        placed.file.after.statements.iter().any(|it| {
            it.operation == Operation::Role && it.name == *role && it.detail.starts_with("create")
        })
    };
    // What is granted anew each time a table is made.
    let refreshed =
        placed.file.after.statements.iter().any(|it| {
            it.operation == Operation::CreateTable && !it.down && it.detail != "temporary"
        });
    let anew = placed
        .file
        .path
        .rsplit('/')
        .next()
        .is_some_and(|it| it.starts_with("R__"));
    let schema = grant.on.rsplit(' ').next().unwrap_or_default();
    let new_schema = placed
        .file
        .after
        .text
        .to_lowercase()
        .split(';')
        .any(|it| it.trim_start().starts_with("create schema") && it.contains(schema));
    if !grant.of_all_tables() || !grant.of_rows() || anew || new_schema {
        return None;
    }
    let role = grant
        .to
        .iter()
        .find(|it| (reads(it) && grant.writes()) || (reports(it) && !refreshed))?;
    if born(role) {
        return None;
    }
    Some(match grant.writes() {
        true => format!(
            "`{role}` may now change every table (`{}`), where it was there to read.",
            grant.on
        ),
        false => format!(
            "`{role}` may now read every table (`{}`), with all that is personal in them.",
            grant.on
        ),
    })
}

/// Whether rights go to whoever runs the database.
fn names_owner(grant: &Grant<'_>) -> bool {
    grant.to.iter().all(|it| {
        words(it).iter().any(|it| {
            [
                "admin", "backup", "dba", "migrat", "owner", "postgres", "root",
            ]
            .iter()
            .any(|word| it.starts_with(word))
        })
    })
}

/// Whether a table is one that must only be added to.
fn keeps_record(table: &str) -> bool {
    words(table)
        .iter()
        .any(|it| matches!(it.as_str(), "audit" | "audits" | "ledger" | "ledgers"))
}
