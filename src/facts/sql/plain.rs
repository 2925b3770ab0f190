//! Statements whose first words say all that matters: rights, roles and triggers.

use super::{Operation, Parsed};

/// Reads a statement of these; None for any other.
pub(super) fn read(code: &str) -> Option<Parsed> {
    let words = words(code);
    let word = |index: usize| words.get(index).map_or("", String::as_str);
    let after = |wanted: &str| {
        let at = words.iter().position(|it| it == wanted)?;
        words.get(at + 1).map(String::as_str)
    };
    match word(0) {
        // The name of the table is put in later.
        "create" | "alter" if word(1) == "policy" && code.contains('%') => {
            let table = after("on").unwrap_or_default();
            Some(Parsed::new(Operation::Policy, table, word(2)).detail(code))
        }
        // MySQL's, which no parser reads.
        "alter" if word(1) == "table" && word(3) == "drop" && word(4) == "check" => {
            let one = !code.contains(',');
            one.then(|| Parsed::new(Operation::DropConstraint, word(2), word(5)))
        }
        "grant" => Some(rights(Operation::Grant, &words, code)),
        "revoke" => Some(rights(Operation::Revoke, &words, code)),
        "alter" if word(1) == "default" && words.iter().any(|it| it == "grant") => {
            Some(Parsed::new(Operation::Grant, "", "").detail(code))
        }
        "create" | "alter" if matches!(word(1), "role" | "user" | "login") => {
            let name = words.iter().skip(2).find(|it| !is_condition(it))?;
            Some(Parsed::new(Operation::Role, "", name).detail(code))
        }
        "create" => {
            let at = words.iter().take(6).position(|it| is_trigger(it))?;
            let others = ["table", "index", "view", "function", "procedure", "policy"];
            if words
                .iter()
                .take(at)
                .any(|it| others.contains(&it.as_str()))
            {
                return None;
            }
            let name = words.iter().skip(at + 1).find(|it| !is_condition(it))?;
            let events: Vec<&str> = words
                .iter()
                .skip(at + 1)
                .skip_while(|it| *it != name)
                .skip(1)
                .map(String::as_str)
                .take_while(|it| *it != "on" || word(at) == "rule")
                .take(12)
                .filter(|it| matches!(*it, "insert" | "update" | "delete" | "truncate"))
                .collect();
            let table = match word(at) {
                "rule" => after("to"),
                _ => after("on"),
            };
            let table = table.unwrap_or_default();
            Some(Parsed::new(Operation::CreateTrigger, table, name).detail(&events.join(" ")))
        }
        "drop" if is_trigger(word(1)) => {
            let name = words.iter().skip(2).find(|it| !is_condition(it))?;
            let table = after("on").unwrap_or_default();
            Some(Parsed::new(Operation::DropTrigger, table, name))
        }
        // SQL Server's.
        "disable" | "enable" if is_trigger(word(1)) => {
            let operation = match word(0) {
                "disable" => Operation::DropTrigger,
                _ => Operation::CreateTrigger,
            };
            let table = after("on").unwrap_or_default();
            Some(Parsed::new(operation, table, word(2)))
        }
        _ => None,
    }
}

fn is_trigger(word: &str) -> bool {
    matches!(word, "trigger" | "rule")
}

fn is_condition(word: &str) -> bool {
    matches!(word, "if" | "not" | "exists")
}

/// `GRANT … ON [TABLE] invoices TO …`.
fn rights(operation: Operation, words: &[String], code: &str) -> Parsed {
    let on = words.iter().skip_while(|it| *it != "on").skip(1);
    let table = on.into_iter().find(|it| *it != "table");
    let table = table.map_or("", String::as_str);
    Parsed::new(operation, table, "").detail(code)
}

/// The words of the head of a statement, lower case, its signs left out.
fn words(code: &str) -> Vec<String> {
    code.split(|it: char| it.is_whitespace() || matches!(it, '(' | ')' | ',' | ';'))
        .filter(|it| !it.is_empty())
        .take(60)
        .map(|it| it.trim_matches(['"', '`']).to_lowercase())
        .collect()
}
